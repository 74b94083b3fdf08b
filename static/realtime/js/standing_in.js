// Says that another market than the first is followed, since when and why, and when that is over; of any other change of
// the market, for a while, that it was one.
// metrics/pages/places.py says the same for the first paint, of which `data-left` names the market that was left.

import { setText } from "./fields.js";
import { placeWords, stateWord, utcTime } from "./figures.js";
import { comesBefore } from "./ranks.js";
import { reasonWords } from "./reasons.js";

const CHANGE_SHOWN_MS = 60_000;

export class StandingIn {
  #box;
  #symbol;
  #left = null; // {venue, form, timestamp}: the market that was left, and when it was heard last
  #shown = null;
  #end = null;

  constructor(box, symbol) {
    this.#box = box;
    this.#symbol = symbol;
    const [venue, form] = box.dataset.left.split("/");
    if (form) this.#left = { venue, form, timestamp: null };
  }

  // timestamp: when the market that was shown was heard last, null where that is not known
  move(from, to, timestamp) {
    clearTimeout(this.#end);
    const isStandIn = this.#left !== null && comesBefore(this.#left, from);
    if (!isStandIn) this.#left = { ...from, timestamp };
    this.#shown = to;
    if (this.#isAwaited) return this.#say(sinceWhen(this.#left));
    this.#end = setTimeout(() => this.#beSilent(), CHANGE_SHOWN_MS);
    if (!comesBefore(to, from)) return this.#say(sinceWhen(this.#left));
    this.#write(isSame(this.#left, to) ? `Back at ${this.#name(to)}` : `Now showing ${this.#name(to)}, which comes before ${this.#name(from)}`, "back");
    this.#left = null;
  }

  // What is known of all markets of the symbol by now; of one that has expired, what was known of it.
  hear(markets) {
    if (!this.#left) return;
    this.#shown ??= markets.find((market) => market.is_followed);
    const left = markets.find((market) => isSame(market, this.#left));
    if (!left || left.is_followed) return; // the frame that moves this page is on its way
    this.#left.timestamp = left.timestamp;
    this.#say(troubleOf(left, this.#isAwaited));
  }

  // Is the market that was left followed again by itself?
  get #isAwaited() {
    return comesBefore(this.#left, this.#shown);
  }

  #say(trouble) {
    const [left, shown] = [this.#left, this.#shown].map((place) => this.#name(place));
    if (this.#isAwaited) this.#write(`${left} ${trouble}; showing ${shown}`, "away");
    else this.#write(`Now showing ${shown}; ${left} ${trouble}`, "back");
  }

  #beSilent() {
    this.#left = null;
    this.#box.hidden = true;
  }

  #write(text, kind) {
    this.#box.hidden = false;
    this.#box.dataset.kind = kind;
    setText(this.#box, text);
  }

  #name(place) {
    return placeWords({ ...place, symbol: this.#symbol });
  }
}

const isSame = (one, other) => one.venue === other.venue && one.form === other.form;

const sinceWhen = ({ timestamp }) => (timestamp ? `has been silent since ${utcTime(timestamp)}` : "is not live");

// Why it is not followed.
function troubleOf({ state, reason, timestamp }, isAwaited) {
  const words = reasonWords(reason, state);
  if (state === "live" && isAwaited) return "is live, and followed once it has been live for 30 s";
  if (state === "stale" && !words) return sinceWhen({ timestamp });
  return `is ${stateWord(state)}${words ? ` (${words})` : ""}`;
}

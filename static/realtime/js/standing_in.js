// Says that another market than the first is followed, since when and why, and when that is over.
// metrics/pages/places.py says the same for the first paint, of which `data-left` names the market that was left.

import { setText } from "./fields.js";
import { placeWords, stateWord, utcTime } from "./figures.js";
import { reasonWords } from "./reasons.js";

const BACK_SHOWN_MS = 60_000;

export class StandingIn {
  #box;
  #symbol;
  #left = null; // {venue, form, timestamp}: the market that another stands in for, and when it was heard last
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
    this.#left ??= { ...from, timestamp };
    this.#shown = to;
    if (!isSame(this.#left, to)) return this.#say(`${this.#name(this.#left)} ${sinceWhen(this.#left)}`);
    this.#left = null;
    this.#write(`Back at ${this.#name(to)}`, "back");
    this.#end = setTimeout(() => (this.#box.hidden = true), BACK_SHOWN_MS);
  }

  // What is known of all markets of the symbol by now; of one that has expired, what was known of it.
  hear(markets) {
    if (!this.#left) return;
    this.#shown ??= markets.find((market) => market.is_followed);
    const left = markets.find((market) => isSame(market, this.#left));
    if (!left || left.is_followed) return; // the frame that moves this page is on its way
    this.#left.timestamp = left.timestamp;
    this.#say(`${this.#name(left)} ${troubleOf(left)}`);
  }

  #say(trouble) {
    this.#write(`${trouble}; showing ${this.#name(this.#shown)}`, "away");
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
function troubleOf({ state, reason, timestamp }) {
  const words = reasonWords(reason, state);
  if (state === "live") return "is heard again, and followed once it has been live for 30 s";
  if (state === "stale" && !words) return sinceWhen({ timestamp });
  return `is ${stateWord(state)}${words ? ` (${words})` : ""}`;
}

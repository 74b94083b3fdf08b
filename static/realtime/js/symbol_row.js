// One row of the overview's table: what is known of a market, and the cells that show it.

import { setBar } from "./diverging_bar.js";
import { age, bps, compact, formWord, isBlank, leastCost, placeWords, price, signed, stateWord, trend, venueWord } from "./figures.js";
import { LastMinute } from "./last_minute.js";
import { comesBefore } from "./ranks.js";
import { reasonWords, whyNoCost, whyNoDepth } from "./reasons.js";

const SETTLED_MS = 1_000; // by then whoever is asked for the past of a row knows of which market it is

export class SymbolRow {
  #cells = new Map();
  #shown = new Map();
  #bar;
  #canvas;
  #facts = {};
  #ranked = new Map(); // what the row is ranked by, as it was when the order was made
  #observedAt = 0; // when the book was last seen, on this machine's clock
  #needsSparkline = true;
  #home = null; // the market that comes first and that another stands in for, as long as this page knows
  #movedAt = -Infinity; // when another market took the row over
  leftAt = Infinity; // when it was told that the row is gone
  lastMinute = new LastMinute();
  isOnScreen = false;
  isDirty = true;
  state = null;

  // name: what the market goes by, the bare symbol where it is the only one that is shown of it
  constructor(name, element) {
    this.name = name;
    this.symbol = element.dataset.symbol;
    this.element = element;
    for (const cell of element.querySelectorAll("[data-cell]")) this.#cells.set(cell.dataset.cell, cell);
    this.#bar = element.querySelector(".diverging");
    this.#canvas = element.querySelector(".spark");
  }

  // What is known of the market now, as REST has it.
  get facts() {
    return this.#facts;
  }

  // True where they are of another market than before.
  take(facts, now) {
    const isMoved = this.#facts.venue !== undefined && !isSamePlace(facts, this.#facts);
    if (isMoved) this.#moveTo(facts, now);
    if (facts.state === "suspect" && this.#facts.state !== "suspect") this.#forgetMinute();
    this.#facts = facts;
    this.#observedAt = now - facts.age_ms;
    this.leftAt = Infinity;
    this.isDirty = true;
    return isMoved;
  }

  // Nothing of it may be shown any more. Where the symbol means another market now, that one takes the row over.
  leave(now) {
    const { symbol, venue, form } = this.#facts;
    this.#forgetMinute();
    this.#ranked.clear();
    this.#facts = { symbol, venue, form };
    this.leftAt = now;
    this.isDirty = true;
  }

  #moveTo(facts, now) {
    this.#movedAt = now;
    this.#forgetMinute();
    this.#ranked.clear();
    this.#home ??= this.#facts;
    if (!comesBefore(this.#home, facts)) this.#home = null;
  }

  // A live row nobody has heard of for too long is stale, whatever was reported last.
  judge(now, isFresh, staleAfterMs) {
    const isLive = this.#facts.state === "live" && isFresh && now - this.#observedAt <= staleAfterMs;
    const state = this.#facts.state === "live" && !isLive ? "stale" : this.#facts.state ?? null;
    const isNews = state !== this.state;
    this.isDirty ||= isNews;
    this.state = state;
    return isNews;
  }

  // These numbers are shown as they are now, until they are ranked anew.
  rankAnew(keys, now) {
    for (const key of keys) {
      const value = this.#current(key, now);
      this.isDirty ||= this.#ranked.get(key) !== value;
      this.#ranked.set(key, value);
    }
  }

  // The row is ranked by these and no others; what it has been ranked by already stays.
  rankBy(keys, now) {
    for (const key of this.#ranked.keys()) if (!keys.includes(key)) this.#ranked.delete(key);
    this.rankAnew(keys.filter((key) => !this.#ranked.has(key)), now);
  }

  trackMinute(serverNow) {
    const pressure = this.#facts.net_pressure;
    if (this.state === "live" && pressure !== null) this.lastMinute.push(pressure, serverNow);
  }

  advanceMinute(serverNow) {
    if (this.lastMinute.advance(serverNow)) this.#needsSparkline = true;
  }

  // What was drawn may have been another coin's.
  #forgetMinute() {
    this.lastMinute = new LastMinute();
    this.#needsSparkline = true;
  }

  // Why the state is what it is; of a row that has grown stale here, nobody has reported why.
  get #reason() {
    return this.state === this.#facts.state ? reasonWords(this.#facts.reason, this.state) : "";
  }

  // Fill in the minute before, 30 values, oldest first, which was asked for at `askedAt`. It may not be all of this market,
  // or not all true yet: of one that is suspect, and of one that had just taken the row over.
  remember(values, askedAt, serverNow) {
    if (this.state === "suspect" || askedAt < this.#movedAt + SETTLED_MS) return;
    this.lastMinute.fill(values, serverNow);
    this.redrawSparkline();
  }

  redrawSparkline() {
    this.#needsSparkline = true;
    this.isDirty = true;
  }

  // What stands in the row of it.
  sortValue(key) {
    if (key === "symbol") return this.symbol;
    if (key === "state") return this.state; // which is never kept back
    if (key === "venue") return this.#facts.venue;
    return this.#shownOf(key);
  }

  // What is not known any more is not shown any longer, either.
  #shownOf(key, now) {
    const current = this.#current(key, now);
    return current === null || !this.#ranked.has(key) ? current : this.#ranked.get(key);
  }

  #current(key, now) {
    return key === "age_ms" ? now - this.#observedAt : this.#facts[key] ?? null;
  }

  paint(now) {
    const pressure = this.#shownOf("net_pressure");
    if (this.#set("net_pressure", signed(pressure))) setBar(this.#bar, pressure);
    this.#set("spread_bps_10s", bps(this.#shownOf("spread_bps_10s")));
    this.#paintLiquidity();
    this.#set("mid_price", price(this.#shownOf("mid_price")));
    this.#set("quote", this.#facts.quote_asset ?? "");
    const direction = isBlank(this.state) ? null : this.#facts.trend;
    if (this.#set("trend", trend(direction))) this.#cells.get("trend").dataset.trend = direction ?? "";
    if (this.#set("state", stateWord(this.state))) this.element.dataset.state = this.state ?? "";
    if (this.#set("reason", this.#reason)) this.element.toggleAttribute("data-explained", this.#reason !== "");
    if (this.#set("halted", this.#facts.halted ? "halted" : "")) this.element.toggleAttribute("data-halted", this.#facts.halted);
    this.#set("venue", venueWord(this.#facts.venue));
    this.#set("form", formWord(this.#facts.form, this.symbol));
    const instead = this.#home ? `instead of ${placeWords(this.#home)}` : "";
    this.#set("instead", instead);
    this.paintAge(now);
    this.isDirty = false;
  }

  #paintLiquidity() {
    const [amount, step = ""] = compact(this.#shownOf("depth_usd_10s")).split(" ");
    const costs = ["cost_bps_10s", "cost_at_least_bps_10s"].map((key) => [key, this.#shownOf(key)]);
    this.#set("cost", leastCost(Object.fromEntries(costs)));
    this.#set("depth_usd_10s", amount);
    this.#set("depth_step", step);
    this.#explain("cost", "cost_reason", whyNoCost(this.#facts));
    this.#explain("depth_usd_10s", "depth_reason", whyNoDepth(this.#facts));
  }

  // Why a figure is not known, for pointers and for screen readers.
  #explain(figure, reason, text) {
    if (this.#set(reason, text)) this.#cells.get(figure).parentElement.title = text;
  }

  paintAge(now) {
    this.#set("age", age(this.#shownOf("age_ms", now)));
  }

  paintSparkline() {
    if (!this.#needsSparkline) return;
    this.lastMinute.draw(this.#canvas);
    this.#needsSparkline = false;
  }

  #set(name, text) {
    if (this.#shown.get(name) === text) return false;
    this.#shown.set(name, text);
    this.#cells.get(name).textContent = text;
    return true;
  }
}

const isSamePlace = (one, other) => one.venue === other.venue && one.form === other.form;

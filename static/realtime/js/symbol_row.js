// One row of the overview's table: what is known of a symbol, and the cells that show it.

import { setBar } from "./diverging_bar.js";
import { age, bps, price, signed, stateWord, trend } from "./figures.js";
import { LastMinute } from "./last_minute.js";
import { reasonWords } from "./reasons.js";

export class SymbolRow {
  #cells = new Map();
  #shown = new Map();
  #bar;
  #canvas;
  #facts = {};
  #observedAt = 0; // when the book was last seen, on this machine's clock
  #needsSparkline = true;
  lastMinute = new LastMinute();
  isOnScreen = false;
  isDirty = true;
  state = null;

  constructor(symbol, element) {
    this.symbol = symbol;
    this.element = element;
    for (const cell of element.querySelectorAll("[data-cell]")) this.#cells.set(cell.dataset.cell, cell);
    this.#bar = element.querySelector(".diverging");
    this.#canvas = element.querySelector(".spark");
  }

  take(facts, now) {
    if (facts.state === "suspect" && this.#facts.state !== "suspect") this.#forgetMinute();
    this.#facts = facts;
    this.#observedAt = now - facts.age_ms;
    this.isDirty = true;
  }

  // A live row nobody has heard of for too long is stale, whatever was said last.
  judge(now, isFresh, staleAfterMs) {
    const isLive = this.#facts.state === "live" && isFresh && now - this.#observedAt <= staleAfterMs;
    const state = this.#facts.state === "live" && !isLive ? "stale" : this.#facts.state;
    if (state !== this.state) this.isDirty = true;
    this.state = state;
  }

  trackMinute(serverNow) {
    const pressure = this.#facts.net_pressure;
    if (this.state === "live" && pressure !== null) this.lastMinute.push(pressure, serverNow);
  }

  advanceMinute(serverNow) {
    if (this.lastMinute.advance(serverNow)) this.#needsSparkline = true;
  }

  get netPressure() {
    return this.#facts.net_pressure ?? null;
  }

  // What was drawn may have been another coin's.
  #forgetMinute() {
    this.lastMinute = new LastMinute();
    this.#needsSparkline = true;
  }

  // Why the state is what it is; of a row that has grown stale here, nobody has said why.
  get #reason() {
    return this.state === this.#facts.state ? reasonWords(this.#facts.reason, this.state) : "";
  }

  redrawSparkline() {
    this.#needsSparkline = true;
    this.isDirty = true;
  }

  sortValue(key) {
    if (key === "symbol") return this.symbol;
    if (key === "state") return this.state;
    if (key === "age_ms") return -this.#observedAt;
    return this.#facts[key] ?? null;
  }

  paint(now) {
    const { net_pressure, spread_bps, mid_price } = this.#facts;
    if (this.#set("net_pressure", signed(net_pressure))) setBar(this.#bar, net_pressure);
    this.#set("spread_bps", bps(spread_bps));
    this.#set("mid_price", price(mid_price));
    const direction = this.state === "suspect" ? null : this.#facts.trend;
    if (this.#set("trend", trend(direction))) this.#cells.get("trend").dataset.trend = direction ?? "";
    if (this.#set("state", stateWord(this.state))) this.element.dataset.state = this.state;
    if (this.#set("reason", this.#reason)) this.element.toggleAttribute("data-explained", this.#reason !== "");
    if (this.#set("halted", this.#facts.halted ? "halted" : "")) this.element.toggleAttribute("data-halted", this.#facts.halted);
    this.paintAge(now);
    this.isDirty = false;
  }

  paintAge(now) {
    this.#set("age", age(now - this.#observedAt));
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

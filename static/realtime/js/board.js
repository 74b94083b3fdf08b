// The table of all symbols. A batch costs what has changed and can be seen: rows off the screen are
// remembered as dirty and painted when they come into view, or a few at a time every second.
// What is ranked, here or in the lists beside, is renewed once a second, order and number in one go.

import { BoardQuery } from "./board_query.js";
import { serverClock } from "./server_clock.js";
import { SymbolRow } from "./symbol_row.js";

const ALWAYS_RANKED = ["net_pressure", "cost_bps_10s", "cost_at_least_bps_10s"]; // by the lists beside
const STEADY = ["symbol", "venue", "state"]; // nothing of these is kept back: they stand, or must be seen at once
const LEAVING_MS = 1_000; // a symbol that is of another market now is back by then
const HOLD_MS = 10_000; // who has neither moved the pointer nor pressed a key for so long is not reading any more
const MARGIN = "240px 0px";

export class Board {
  #rows = new Map();
  #body = document.getElementById("rows");
  #template = document.getElementById("row");
  #shown = document.getElementById("shown");
  #order = document.getElementById("order");
  #empty = document.getElementById("empty");
  #options;
  #query;
  #watcher;
  #readAt = -Infinity;
  #isFresh = true;
  #placeAsked;

  // options: symbolUrl(symbol), staleAfterMs, onNeed() when a paint is wanted, onPlace() when other markets are,
  // onMoved(facts) when symbols are shown of another market than before
  constructor(options) {
    this.#options = options;
    this.#query = new BoardQuery(() => this.#arrangeAsAsked());
    this.#placeAsked = this.place.query;
    this.#showOrder(false);
    this.#watcher = new IntersectionObserver((entries) => this.#onScroll(entries), { rootMargin: MARGIN });
    this.#body.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") this.#readAt = Date.now();
    });
    this.#body.addEventListener("pointerleave", () => (this.#readAt = -Infinity));
    this.#body.addEventListener("keyup", () => (this.#readAt = Date.now()));
    this.#body.addEventListener("keydown", (event) => this.#onArrow(event));
  }

  get rows() {
    return [...this.#rows.values()];
  }

  // Which markets are asked for.
  get place() {
    return this.#query.place;
  }

  // Everything anew, by the names that markets go by: rows that are not in `facts` go.
  replace(facts) {
    const isFirst = this.#rows.size === 0;
    if (isFirst) this.#adopt(facts);
    for (const name of this.#rows.keys()) if (!(name in facts)) this.#remove(name);
    this.merge(facts, []);
    this.#renew(Date.now());
  }

  merge(facts, removed) {
    const now = Date.now();
    const serverNow = serverClock.now();
    let isNewcomer = false;
    let isOtherwise = false;
    const moved = [];
    for (const name of removed) this.#rows.get(name)?.leave(now);
    for (const name in facts) {
      isNewcomer ||= !this.#rows.has(name);
      const row = this.#rows.get(name) ?? this.#add(name, facts[name]);
      if (row.take(facts[name], now)) moved.push(facts[name]);
      if (row.judge(now, this.#isFresh, this.#options.staleAfterMs)) isOtherwise = true;
      row.trackMinute(serverNow);
    }
    if (isNewcomer) this.#arrange();
    else if (isOtherwise) this.#arrangeStates(now);
    if (moved.length) this.#options.onMoved(moved);
  }

  // Fill in the minute before this page was opened; `minutes` is name -> 30 values, oldest first, asked for at `askedAt`.
  remember(minutes, askedAt) {
    for (const [name, values] of Object.entries(minutes)) this.#rows.get(name)?.remember(values, askedAt, serverClock.now());
  }

  believe(isFresh) {
    this.#isFresh = isFresh;
    this.tick();
  }

  // Once a frame, after everything that arrived before it.
  paint() {
    const now = Date.now();
    const visible = this.rows.filter((row) => row.isOnScreen);
    for (const row of visible) if (row.isDirty) row.paint(now);
    for (const row of visible) row.paintSparkline();
  }

  // Once a second: what changes by the passing of time alone.
  tick() {
    const now = Date.now();
    const serverNow = serverClock.now();
    this.#letGo(now);
    for (const row of this.#rows.values()) {
      row.judge(now, this.#isFresh, this.#options.staleAfterMs);
      row.advanceMinute(serverNow);
    }
    this.#renewUnlessRead(now);
    for (const row of this.#rows.values()) {
      if (row.isDirty) row.paint(now);
      else row.paintAge(now);
    }
    this.#options.onNeed();
  }

  redraw() {
    for (const row of this.#rows.values()) row.redrawSparkline();
    this.#options.onNeed();
  }

  #adopt(facts) {
    for (const element of [...this.#body.children]) {
      const { name } = element.dataset;
      if (name in facts) this.#keep(name, element);
      else element.remove();
    }
  }

  #add(name, facts) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    Object.assign(element.dataset, { name, symbol: facts.symbol });
    const link = element.querySelector("a");
    link.textContent = facts.symbol;
    link.href = this.#options.symbolUrl(facts);
    return this.#keep(name, element);
  }

  #keep(name, element) {
    const row = new SymbolRow(name, element);
    this.#rows.set(name, row);
    this.#watcher.observe(element);
    return row;
  }

  // What was withdrawn, or expired, and did not come back as another market.
  #letGo(now) {
    const gone = this.rows.filter((row) => now - row.leftAt > LEAVING_MS);
    for (const row of gone) this.#remove(row.name);
    if (gone.length) this.#arrange();
  }

  #remove(name) {
    const row = this.#rows.get(name);
    this.#watcher.unobserve(row.element);
    row.element.remove();
    this.#rows.delete(name);
  }

  #onScroll(entries) {
    for (const { target, isIntersecting } of entries) {
      const row = this.#rows.get(target.dataset.name);
      if (row) row.isOnScreen = isIntersecting;
    }
    this.#options.onNeed();
  }

  #arrangeAsAsked() {
    this.#showOrder(false);
    if (this.#placeAsked === this.place.query) return this.#arrange();
    this.#placeAsked = this.place.query;
    for (const name of this.#rows.keys()) this.#remove(name);
    this.#options.onPlace();
  }

  // An order by figures that move is not renewed under somebody's eyes, nor are these figures.
  #renewUnlessRead(now) {
    const isRead = this.#isRead(now);
    this.#showOrder(isRead);
    if (!isRead) return this.#renew(now);
    const kept = this.#query.key;
    for (const row of this.#rows.values()) row.rankAnew(this.#rankedKeys.filter((key) => key !== kept), now);
  }

  #isRead(now) {
    return this.#query.key !== "symbol" && now - this.#readAt < HOLD_MS;
  }

  #showOrder(isRead) {
    const { key, sortedBy } = this.#query;
    const held = STEADY.includes(key) ? "Order" : `Order and ${sortedBy[0].toLowerCase()}${sortedBy.slice(1)}`;
    this.#order.hidden = key === "symbol";
    this.#order.toggleAttribute("data-held", isRead);
    this.#order.textContent = isRead ? `${held} held while you read · ` : "Sorted anew every second · ";
  }

  get #rankedKeys() {
    return [...ALWAYS_RANKED, this.#query.key].filter((key) => !STEADY.includes(key));
  }

  #renew(now) {
    for (const row of this.#rows.values()) row.rankAnew(this.#rankedKeys, now);
    this.#arrange();
  }

  // A state is shown at once, so where it orders the table, so is its place.
  #arrangeStates(now) {
    if (this.#query.key === "state" && !this.#isRead(now)) this.#arrange();
  }

  // Filter and order; only rows that are not in their place are moved. Whatever is listed shows what it is listed by.
  #arrange() {
    const [keys, now] = [this.#rankedKeys, Date.now()];
    for (const row of this.#rows.values()) row.rankBy(keys, now);
    const matching = this.rows.filter((row) => this.#query.matches(row)).sort(this.#query.comparison());
    const wanted = new Set(matching);
    for (const row of this.#rows.values()) if (!wanted.has(row)) row.element.remove();
    this.#place(matching);
    for (const row of matching) if (row.isDirty) row.paint(now);
    this.#shown.textContent = `${matching.length} of ${this.#rows.size}`;
    this.#empty.hidden = matching.length > 0;
    this.#empty.textContent = this.#rows.size ? this.#noMatchWords() : "No symbol is tracked yet.";
  }

  #noMatchWords() {
    const { stranger } = this.#query;
    return stranger ? `No symbol matches: ${stranger}.` : "No symbol matches.";
  }

  #place(rows) {
    const focused = this.#body.contains(document.activeElement) ? document.activeElement : null;
    let place = this.#body.firstElementChild;
    for (const { element } of rows) {
      if (element === place) place = place.nextElementSibling;
      else this.#body.insertBefore(element, place);
    }
    if (focused !== document.activeElement) focused?.focus({ preventScroll: true }); // moving a row blurs it
  }

  #onArrow(event) {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const link = step && event.target.closest("tr")?.[step]?.querySelector("a");
    if (!link) return;
    event.preventDefault();
    link.focus();
  }
}

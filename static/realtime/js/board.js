// The table of all symbols. A batch costs what has changed and can be seen: rows off the screen are
// remembered as dirty and painted when they come into view, or a few at a time every second.

import { BoardQuery } from "./board_query.js";
import { serverClock } from "./server_clock.js";
import { SymbolRow } from "./symbol_row.js";

const REORDER_MS = 2_000;
const TICK_MS = 1_000; // how often tick() is called
const HOLD_MS = 10_000; // a pointer at rest this long is not reading any more
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
  #pointerAt = -Infinity;
  #orderedAt = 0;
  #isFresh = true;

  // options: symbolUrl(symbol), quoteAsset(symbol), staleAfterMs, onNeed() when a paint is wanted
  constructor(options) {
    this.#options = options;
    this.#query = new BoardQuery(() => this.#arrangeAsAsked());
    this.#sayOrder(false);
    this.#watcher = new IntersectionObserver((entries) => this.#onScroll(entries), { rootMargin: MARGIN });
    this.#body.addEventListener("pointermove", (event) => {
      if (event.pointerType === "mouse") this.#pointerAt = Date.now();
    });
    this.#body.addEventListener("pointerleave", () => (this.#pointerAt = -Infinity));
    this.#body.addEventListener("keydown", (event) => this.#onArrow(event));
  }

  get symbols() {
    return [...this.#rows.values()];
  }

  // Net pressure as it stands in the row; null for a symbol that has none.
  pressureOf(symbol) {
    return this.#rows.get(symbol)?.netPressure ?? null;
  }

  // Everything anew: rows of symbols that are not in `facts` go.
  replace(facts) {
    const isFirst = this.#rows.size === 0;
    if (isFirst) this.#adopt(facts);
    this.merge(facts, this.symbols.map((row) => row.symbol).filter((symbol) => !(symbol in facts)));
    this.#arrange();
  }

  merge(facts, removed) {
    const now = Date.now();
    const serverNow = serverClock.now();
    let isNewcomer = false;
    for (const symbol of removed) this.#remove(symbol);
    for (const symbol in facts) {
      isNewcomer ||= !this.#rows.has(symbol);
      const row = this.#rows.get(symbol) ?? this.#add(symbol);
      row.take(facts[symbol], now);
      row.judge(now, this.#isFresh, this.#options.staleAfterMs);
      row.trackMinute(serverNow);
    }
    if (isNewcomer || removed.length) this.#arrange();
  }

  // Fill in the minute before this page was opened; `minutes` is symbol -> 30 values, oldest first.
  remember(minutes) {
    for (const [symbol, values] of Object.entries(minutes)) {
      const row = this.#rows.get(symbol);
      if (!row || row.state === "suspect") continue; // what is left of its past may not be all true yet
      row.lastMinute.fill(values, serverClock.now());
      row.redrawSparkline();
    }
  }

  believe(isFresh) {
    this.#isFresh = isFresh;
    this.tick();
  }

  // Once a frame, after everything that arrived before it.
  paint() {
    const now = Date.now();
    const visible = this.symbols.filter((row) => row.isOnScreen);
    for (const row of visible) if (row.isDirty) row.paint(now);
    for (const row of visible) row.paintSparkline();
  }

  // Once a second: what changes by the passing of time alone.
  tick() {
    const now = Date.now();
    const serverNow = serverClock.now();
    for (const row of this.#rows.values()) {
      row.judge(now, this.#isFresh, this.#options.staleAfterMs);
      row.advanceMinute(serverNow);
      if (row.isDirty) row.paint(now);
      else row.paintAge(now);
    }
    if (now - this.#orderedAt > REORDER_MS - TICK_MS / 2) this.#arrangeUnlessRead(now);
    this.#options.onNeed();
  }

  redraw() {
    for (const row of this.#rows.values()) row.redrawSparkline();
    this.#options.onNeed();
  }

  #adopt(facts) {
    for (const element of [...this.#body.children]) {
      const { symbol } = element.dataset;
      if (symbol in facts) this.#keep(symbol, element);
      else element.remove();
    }
  }

  #add(symbol) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    element.dataset.symbol = symbol;
    const link = element.querySelector("a");
    link.textContent = symbol;
    link.href = this.#options.symbolUrl(symbol);
    element.querySelector("[data-cell=quote]").textContent = this.#options.quoteAsset(symbol);
    return this.#keep(symbol, element);
  }

  #keep(symbol, element) {
    const row = new SymbolRow(symbol, element);
    this.#rows.set(symbol, row);
    this.#watcher.observe(element);
    return row;
  }

  #remove(symbol) {
    const row = this.#rows.get(symbol);
    if (!row) return;
    this.#watcher.unobserve(row.element);
    row.element.remove();
    this.#rows.delete(symbol);
  }

  #onScroll(entries) {
    for (const { target, isIntersecting } of entries) {
      const row = this.#rows.get(target.dataset.symbol);
      if (row) row.isOnScreen = isIntersecting;
    }
    this.#options.onNeed();
  }

  #arrangeAsAsked() {
    this.#sayOrder(false);
    this.#arrange();
  }

  #arrangeUnlessRead(now) {
    const isRead = now - this.#pointerAt < HOLD_MS || this.#body.querySelector(":focus-visible") !== null;
    this.#sayOrder(isRead);
    if (!isRead) this.#arrange();
  }

  // An order by figures that move is renewed in steps, and not under somebody's eyes.
  #sayOrder(isRead) {
    this.#order.hidden = this.#query.sort.endsWith("symbol");
    this.#order.toggleAttribute("data-held", isRead);
    this.#order.textContent = isRead ? "Order held while you read · " : `Sorted anew every ${REORDER_MS / 1000} s · `;
  }

  // Filter and order; only rows that are not in their place are moved.
  #arrange() {
    this.#orderedAt = Date.now();
    const matching = this.symbols.filter((row) => this.#query.matches(row)).sort(this.#query.comparison());
    const wanted = new Set(matching);
    for (const row of this.#rows.values()) if (!wanted.has(row)) row.element.remove();
    this.#place(matching);
    this.#shown.textContent = `${matching.length} of ${this.#rows.size}`;
    this.#empty.hidden = matching.length > 0;
    this.#empty.textContent = this.#rows.size ? this.#sayNoMatch() : "No symbol is tracked yet.";
  }

  #sayNoMatch() {
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

// What the reader wants to see of the table: text, state and order, kept in the address.
// metrics/pages/board.py applies the same rules to the first paint.

import { PlaceFilter } from "./place_filter.js";
import { capitals, strangerIn } from "./symbols.js";

const RISING_FIRST = new Set(["symbol", "venue", "state", "age_ms"]);

export class BoardQuery {
  #form = document.getElementById("query");
  #sort = document.getElementById("sort"); // the heads of the table share its name, for readers without scripts
  #heads = [...document.querySelectorAll("button[data-sort]")];
  #strangers = new RegExp(`[${document.getElementById("query").dataset.strangers}]`);
  #namedStates = [...this.#form.elements.state].map(({ value }) => value);
  #onChange;
  place = new PlaceFilter();

  constructor(onChange) {
    this.#onChange = onChange;
    this.#form.addEventListener("submit", (event) => this.#submitted(event));
    this.#form.addEventListener("input", () => this.#changed());
    this.#form.elements.q.addEventListener("keydown", (event) => event.key === "Escape" && this.#clear());
    document.addEventListener("keydown", (event) => this.#shortcut(event));
    this.#showSort();
  }

  get text() {
    return capitals(this.#form.elements.q.value.trim());
  }

  // Why no symbol can match, where the text shows it.
  get stranger() {
    return strangerIn(this.text, this.#strangers);
  }

  get state() {
    return this.#form.elements.state.value;
  }

  get sort() {
    return this.#sort.value;
  }

  get key() {
    return this.sort.replace("-", "");
  }

  // The column that orders the table, as its head names it.
  get sortedBy() {
    return this.#heads.find((head) => head.dataset.sort === this.key).firstChild.data.trim(); // without its unit
  }

  matches(row) {
    return this.#isInState(row.state) && row.symbol.includes(this.text);
  }

  #isInState(state) {
    if (this.state === "other") return !this.#namedStates.includes(state);
    return !this.state || state === this.state;
  }

  // For Array.sort; rows without the number come last either way, equals by symbol and market.
  comparison() {
    const { key } = this;
    const factor = this.sort.startsWith("-") ? -1 : 1;
    return (a, b) => {
      const [left, right] = [a.sortValue(key), b.sortValue(key)];
      if (left === null || right === null) return (left === null) - (right === null) || bySymbol(a, b);
      return left < right ? -factor : left > right ? factor : bySymbol(a, b);
    };
  }

  #submitted(event) {
    event.preventDefault();
    const key = event.submitter?.dataset.sort;
    if (!key) return;
    const [first, second] = RISING_FIRST.has(key) ? [key, `-${key}`] : [`-${key}`, key];
    this.#sort.value = this.sort === first ? second : first;
    this.#showSort();
    this.#changed();
  }

  #clear() {
    this.#form.elements.q.value = "";
    this.#changed();
  }

  #shortcut(event) {
    const isTyping = event.target.matches?.("input[type=search], textarea");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#form.elements.q.select();
  }

  #changed() {
    const { venue, form } = this.place;
    const wanted = { venue, form, q: this.text, state: this.state, sort: this.sort === "symbol" ? "" : this.sort };
    const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value));
    history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
    this.#onChange();
  }

  #showSort() {
    for (const button of this.#heads) {
      const isSorted = this.key === button.dataset.sort;
      const order = this.sort.startsWith("-") ? "descending" : "ascending";
      button.closest("th").setAttribute("aria-sort", isSorted ? order : "none");
    }
  }
}

const bySymbol = (a, b) => (a.symbol === b.symbol ? (a.name < b.name ? -1 : 1) : a.symbol < b.symbol ? -1 : 1);

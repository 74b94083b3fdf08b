// Beside each parameter that strategies hold against the market: where its value lies in what the last hour brought. The
// marker follows typing; a value that never or always held is marked, and may be saved all the same.

import { bps, compact, fixed } from "../../realtime/js/figures.js";
import { setText } from "../../realtime/js/fields.js";
import { follow } from "../../realtime/js/follow.js";
import { numberIn } from "./entered.js";
import { heldShare } from "./shares.js";
import { Sketch } from "./sketch.js";

const ASK_EVERY_MS = 60_000;
const SAY_AFTER_MS = 1_500; // somebody has stopped typing
const SPACE = "\u00a0"; // a number and its unit stay on one line
const WHOLE_HOUR = 60;
const DIGITS = 12; // of a product of decimals: 57 of 0.57, and not 56.99999999999999
const HOLDS = { above: "above", below: "below", at_least: "at least", at_most: "at most" };

const list = document.querySelector("[data-measured]");
const note = document.getElementById("measured-note");
const said = document.getElementById("measured-said");
let beside = new Map(); // by parameter
let saying;

// A parameter's row on the page: what is entered there, and a place for words about it.
class Row {
  #row;
  #input;
  #element = made("div", "market");
  #words = made("p", "market-words");
  #warning = made("p", "in-force-line");

  constructor(parameter) {
    this.#row = document.getElementById(`row-${parameter}`) ?? document.getElementById(`param-${parameter}`);
    this.#input = this.#row.querySelector("input");
    this.#words.id = `market-${parameter}`;
    this.#warning.dataset.kind = "warn";
    this.#element.append(this.#words, this.#warning);
  }

  // In front of the words; shown with them.
  picture(...elements) {
    this.#element.prepend(...elements);
  }

  say(words, warning) {
    setText(this.#words, words);
    setText(this.#warning, warning);
    this.#warning.hidden = !warning;
    if (!this.#element.isConnected) this.#stand();
  }

  #stand() {
    this.#row.append(this.#element);
    const described = new Set(this.#input?.getAttribute("aria-describedby").split(" "));
    this.#input?.setAttribute("aria-describedby", [...described.add(this.#words.id)].join(" "));
  }

  remove() {
    this.#element.remove();
  }

  get text() {
    return `${this.#words.textContent} ${this.#warning.textContent}`.trim();
  }

  // What holds if this is saved: what cannot be read changes nothing.
  get value() {
    const text = this.#input?.value.trim();
    if (text === "") return Number(this.#row.dataset.inherited);
    return numberIn(text ?? "") ?? this.inForce;
  }

  get inForce() {
    return Number(this.#row.dataset.saved);
  }
}

class Limit {
  #row;
  #compared;
  #answer;
  #sketch = null;

  constructor(compared, answer) {
    this.#row = new Row(compared.parameter);
    this.#compared = compared;
    this.#answer = answer;
    const span = this.#own ?? this.#all;
    if (span) this.#draw(span.quantities[compared.quantity]);
  }

  remove() {
    this.#row.remove();
  }

  show() {
    const limit = this.#row.value;
    this.#sketch?.mark(limit);
    this.#row.say(this.#sentences(limit).join(" "), this.#warningOf(limit));
  }

  get text() {
    return this.#row.text;
  }

  // What is measured of the level's own symbol, or of all where the level is that of all; null where nothing is.
  get #own() {
    return this.#known(this.#answer.symbol ? this.#answer.of_symbol : this.#answer.of_all_symbols);
  }

  get #all() {
    return this.#known(this.#answer.of_all_symbols);
  }

  #known(span) {
    return span && this.#compared.quantity in span.quantities ? span : null;
  }

  #sentences(limit) {
    const { symbol, counted } = this.#answer;
    const [own, all] = [this.#own, this.#all];
    const sentences = [];
    if (own) sentences.push(this.#sentence(own, limit));
    else sentences.push(`No ${counted}${symbol ? ` of ${symbol}` : ""} were measured in the last hour.`);
    if (symbol && all) sentences.push(own ? `Over all symbols: ${this.#shareIn(all, limit)}.` : `Over all symbols: ${this.#condition(limit)} in ${this.#shareIn(all, limit)}.`);
    return sentences;
  }

  #sentence(span, limit) {
    const { label, quantity } = this.#compared;
    const { count } = span.quantities[quantity];
    const was = this.#row.inForce;
    const other = limit === was ? "" : `; ${this.#condition(was)}, in force, in ${this.#shareIn(span, was)}`;
    return `${label} ${this.#condition(limit)} in ${this.#shareIn(span, limit)} of ${fixed(count, 0)} ${this.#answer.counted} ${during(span)}${other}.`;
  }

  #condition(limit) {
    const { holds, unit } = this.#compared;
    return `${HOLDS[holds]} ${limit}${unit === null ? "" : `${SPACE}${unit}`}`;
  }

  #held(span, limit) {
    return heldShare(span.quantities[this.#compared.quantity], this.#compared.holds, limit);
  }

  #shareIn(span, limit) {
    return shareWords(this.#held(span, limit));
  }

  #warningOf(limit) {
    const span = this.#own;
    if (!span) return "";
    const { never, always } = this.#held(span, limit);
    if (never) return `Never held ${during(span)}.`;
    return always && this.#compared.purpose === "decides" ? `Would always have held ${during(span)}.` : "";
  }

  #draw(quantity) {
    this.#sketch = new Sketch(quantity, this.#compared.holds);
    const ends = made("p", "sketch-ends figure");
    ends.ariaHidden = "true";
    ends.append(...[this.#sketch.low, this.#sketch.high].map((value) => Object.assign(made("span", ""), { textContent: compact(value) })));
    this.#row.picture(this.#sketch.element, ends);
  }
}

// What a position costs, beside the gap it waits for. What one that was not worked out costs, the next smaller one does at least.
class Position {
  #row;
  #gap;
  #costs;

  constructor({ parameter, gap, costs }) {
    this.#row = new Row(parameter);
    this.#gap = new Row(gap);
    this.#costs = costs;
  }

  remove() {
    this.#row.remove();
  }

  show() {
    const cost = this.#costs.findLast(({ size }) => size <= this.#row.value);
    if (!cost) return this.#row.remove();
    const deed = `Buying and selling $${fixed(cost.size, 0)} at once`;
    if (cost.bps === null) return this.#row.say(`What ${deed.toLowerCase()} costs is not known now.`, "");
    const gap = Number((100 * this.#gap.value).toPrecision(DIGITS));
    const costs = cost.bps === 0 ? "nothing" : `${bps(cost.bps)}${SPACE}bps`;
    const warning = cost.bps > gap ? `That is more than the gap of ${gap}${SPACE}bps it waits for.` : "";
    return this.#row.say(`${deed} costs ${costs} now beyond the best prices.`, warning);
  }

  get text() {
    return this.#row.text;
  }
}

function during({ minutes }) {
  if (minutes >= WHOLE_HOUR) return "in the last hour";
  return minutes === 1 ? "in the last minute" : `in the last ${minutes} minutes`;
}

function shareWords({ share, never, always }) {
  const percent = 100 * share;
  if (never) return "none";
  if (always) return "all";
  if (percent < 0.1) return `less than 0.1${SPACE}%`;
  if (percent > 99.9) return `more than 99.9${SPACE}%`;
  return `${percent < 10 || percent > 90 ? Number(percent.toFixed(1)) : Math.round(percent)}${SPACE}%`;
}

function made(name, className) {
  const element = document.createElement(name);
  element.className = className;
  return element;
}

function showAll() {
  for (const each of beside.values()) each.show();
}

function forget() {
  for (const each of beside.values()) each.remove();
  beside = new Map();
}

function take({ data }) {
  forget();
  note.hidden = true;
  beside = new Map(data.parameters.map((compared) => [compared.parameter, new Limit(compared, data)]));
  if (data.position) beside.set(data.position.parameter, new Position(data.position));
  showAll();
}

function refused() {
  forget();
  note.hidden = false;
}

// One region speaks for all, and not before somebody pauses.
function typed({ target }) {
  if (!beside.size) return;
  showAll();
  clearTimeout(saying);
  saying = setTimeout(() => setText(said, beside.get(target.name)?.text ?? ""), SAY_AFTER_MS);
}

list.addEventListener("input", typed);
follow(list.dataset.measured, take, { refused, everyMs: ASK_EVERY_MS });

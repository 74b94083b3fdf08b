// Beside each parameter that strategies hold against the market: where its value lies in what the last hour brought. The
// marker follows typing; a value that never or always held is marked, and may be saved all the same.

import { compact, fixed } from "../../realtime/js/figures.js";
import { setText } from "../../realtime/js/fields.js";
import { follow } from "../../realtime/js/follow.js";
import { heldShare } from "./shares.js";
import { Sketch } from "./sketch.js";

const ASK_EVERY_MS = 60_000;
const SAY_AFTER_MS = 1_500; // somebody has stopped typing
const WHOLE_HOUR = 60;
const HOLDS = { above: "above", below: "below", at_least: "at least", at_most: "at most" };
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const list = document.querySelector("[data-measured]");
const note = document.getElementById("measured-note");
const said = document.getElementById("measured-said");
let beside = new Map(); // by parameter
let saying;

class Beside {
  #row;
  #input;
  #compared;
  #answer;
  #element = made("div", "market");
  #words = made("p", "market-words");
  #warning = made("p", "in-force-line");
  #sketch = null;

  constructor(compared, answer) {
    this.#compared = compared;
    this.#answer = answer;
    this.#row = document.getElementById(`row-${compared.parameter}`) ?? document.getElementById(`param-${compared.parameter}`);
    this.#input = this.#row.querySelector("input");
    const span = this.#own ?? this.#all;
    if (span) this.#draw(span.quantities[compared.quantity]);
    this.#words.id = `market-${compared.parameter}`;
    this.#warning.dataset.kind = "warn";
    this.#element.append(this.#words, this.#warning);
    this.#row.append(this.#element);
    this.#describe();
    this.show();
  }

  remove() {
    this.#element.remove();
  }

  show() {
    const limit = this.#entered ?? this.#inForce;
    this.#sketch?.mark(limit);
    setText(this.#words, this.#sentences(limit).join(" "));
    const warning = this.#warningOf(limit);
    setText(this.#warning, warning);
    this.#warning.hidden = !warning;
  }

  get text() {
    return [this.#words.textContent, this.#warning.textContent].filter(Boolean).join(" ");
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

  get #entered() {
    const text = this.#input?.value.trim();
    if (text === "") return Number(this.#row.dataset.inherited);
    return text && NUMBER.test(text) ? Number(text) : null;
  }

  get #inForce() {
    return Number(this.#input?.defaultValue.trim() || this.#row.dataset.inherited);
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
    const was = this.#inForce;
    const other = limit === was ? "" : `; ${this.#condition(was)}, in force, in ${this.#shareIn(span, was)}`;
    return `${label} ${this.#condition(limit)} in ${this.#shareIn(span, limit)} of ${fixed(count, 0)} ${this.#answer.counted} ${during(span)}${other}.`;
  }

  #condition(limit) {
    return [HOLDS[this.#compared.holds], limit, this.#compared.unit].filter((part) => part !== null).join(" ");
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
    this.#element.append(this.#sketch.element, ends);
  }

  #describe() {
    const described = new Set((this.#input?.getAttribute("aria-describedby") ?? "").split(" "));
    this.#input?.setAttribute("aria-describedby", [...described.add(this.#words.id)].join(" ").trim());
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
  if (percent < 0.1) return "less than 0.1 %";
  if (percent > 99.9) return "more than 99.9 %";
  return `${percent < 10 || percent > 90 ? Number(percent.toFixed(1)) : Math.round(percent)} %`;
}

function made(name, className) {
  const element = document.createElement(name);
  element.className = className;
  return element;
}

function forget() {
  for (const each of beside.values()) each.remove();
  beside = new Map();
}

function take({ data }) {
  forget();
  note.hidden = true;
  beside = new Map(data.parameters.map((compared) => [compared.parameter, new Beside(compared, data)]));
}

function refused() {
  forget();
  note.hidden = false;
}

// One region speaks for all, and not before somebody pauses.
function typed({ target }) {
  const here = beside.get(target.name);
  if (!here) return;
  here.show();
  clearTimeout(saying);
  saying = setTimeout(() => setText(said, beside.get(target.name)?.text ?? ""), SAY_AFTER_MS);
}

list.addEventListener("input", typed);
follow(list.dataset.measured, take, { refused, everyMs: ASK_EVERY_MS });

// What is asked to be swept: one parameter, from where to where, in how many values.

import { numberIn } from "../entered.js";
import { made } from "../made.js";
import { enteredIn, inForceIn, isChanged, isNumber, rowsOf } from "./rows.js";

export const PARAMETER = "what-if-parameter"; // where the sweep begins
const MOST = 20;
const USUAL = 9;
const NEAR = 0.5; // from so much less than what is entered to so much more
const DIGITS = 6;

// Values from one end to the other, evenly, and `others` that lie between; whole ones of a whole parameter, each once.
export function valuesBetween(from, to, steps, isWhole, others = []) {
  const between = others.filter((value) => value > Math.min(from, to) && value < Math.max(from, to));
  const evenly = Math.max(2, Math.min(steps, MOST - between.length));
  const values = Array.from({ length: evenly }, (_, i) => from + ((to - from) * i) / (evenly - 1)).map((value) => (isWhole ? Math.round(value) : rounded(value)));
  return [...new Set([...values, ...between])].sort((one, other) => (one - other) * Math.sign(to - from));
}

// Where a sweep begins and ends that nobody has said more about: around what is entered, with what is in force.
export function endsAround(value, inForce, lowest, highest) {
  const half = Math.abs(value) * NEAR || NEAR;
  return [Math.max(Math.min(value - half, inForce), lowest ?? -Infinity), Math.min(Math.max(value + half, inForce), highest ?? Infinity)].map(rounded);
}

const rounded = (value) => Number(value.toPrecision(DIGITS));

export class SweepControl {
  #parameter = made("select", { id: PARAMETER, className: "field-input" });
  #from = new Entry("what-if-from", "from");
  #to = new Entry("what-if-to", "to");
  #steps = new Entry("what-if-steps", "in so many values");
  #form;
  #isOwn = false; // somebody has said what is to be swept

  // ask({parameter, values}) gets what is to be tried.
  constructor(form, ask) {
    this.#form = form;
    this.#parameter.append(...this.#offered.map((row) => made("option", { value: row.dataset.name }, row.dataset.label)));
    this.#parameter.addEventListener("change", () => this.#suggest());
    this.#steps.value = USUAL;
    this.element = made("form", { className: "what-if-sweep", noValidate: true, autocomplete: "off" },
      made("label", { htmlFor: PARAMETER }, made("span", {}, "Sweep"), this.#parameter), this.#from.element, this.#to.element, this.#steps.element,
      made("button", { type: "submit", className: "button" }, "Sweep"), ...notOffered(this.#rows));
    this.element.hidden = !this.#offered.length;
    this.element.addEventListener("input", () => (this.#isOwn = true));
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      const values = this.#values();
      if (values) ask({ parameter: this.#parameter.value, values });
    });
    form.addEventListener("input", () => this.#follow());
    if (this.#offered.length) this.#follow();
  }

  get #rows() {
    return rowsOf(this.#form).filter(isNumber);
  }

  get #offered() {
    return this.#rows.filter(({ dataset }) => !dataset.bound);
  }

  get #row() {
    return this.#offered.find(({ dataset }) => dataset.name === this.#parameter.value);
  }

  // The parameter that is being changed, as long as nobody has said otherwise.
  #follow() {
    if (this.#isOwn) return;
    this.#parameter.value = (this.#offered.find(isChanged) ?? this.#offered[0]).dataset.name;
    this.#suggest();
  }

  #suggest() {
    const { lowest, highest, type, unit } = this.#row.dataset;
    const [entered, inForce] = [enteredIn(this.#row), inForceIn(this.#row)];
    const ends = endsAround(Number.isFinite(entered) ? entered : inForce, inForce, numberIn(lowest), numberIn(highest));
    [this.#from.value, this.#to.value] = type === "int" ? ends.map(Math.round) : ends;
    this.#from.unit = this.#to.unit = unit;
  }

  // null where one of them cannot be read, which is said beside it
  #values() {
    const [from, to] = [this.#from.number(), this.#to.number((to) => to !== numberIn(this.#from.value), "another number")];
    const steps = this.#steps.number((steps) => Number.isInteger(steps) && steps >= 2 && steps <= MOST, `2 to ${MOST}`);
    if ([from, to, steps].includes(null)) return null;
    return valuesBetween(from, to, steps, this.#row.dataset.type === "int", [inForceIn(this.#row), enteredIn(this.#row)].filter(Number.isFinite));
  }
}

// A field for a number, with its unit, and what is wrong with it.
class Entry {
  #input;
  #unit = made("span", { className: "unit" });
  #error;

  constructor(id, words) {
    this.#error = made("span", { className: "param-error", id: `${id}-error`, role: "alert" });
    this.#input = made("input", { id, className: "field-input", type: "text", inputMode: "decimal" });
    this.#input.setAttribute("aria-describedby", this.#error.id);
    this.#input.addEventListener("input", () => this.#say(""));
    this.element = made("div", {}, made("label", { htmlFor: id }, made("span", {}, words, " ", this.#unit), this.#input), this.#error);
  }

  get value() {
    return this.#input.value;
  }

  set value(value) {
    this.#input.value = String(value);
    this.#say("");
  }

  set unit(words) {
    this.#unit.textContent = words;
  }

  // null where it is none, or not such a one
  number(isSuch = () => true, what = "a number") {
    const number = numberIn(this.value);
    const isGood = number !== null && isSuch(number);
    this.#say(isGood ? "" : `must be ${number === null ? "a number" : what}`);
    if (!isGood) this.#input.focus();
    return isGood ? number : null;
  }

  #say(words) {
    this.#error.textContent = words;
    if (words) this.#input.setAttribute("aria-invalid", "true");
    else this.#input.removeAttribute("aria-invalid");
  }
}

// Those that a rule binds to one another.
function notOffered(rows) {
  const rules = new Set(rows.map(({ dataset }) => dataset.bound).filter(Boolean));
  const boundBy = (rule) => rows.filter(({ dataset }) => dataset.bound === rule).map(({ dataset }) => dataset.label);
  return [...rules].map((rule) => made("p", { className: "hint" }, `Not offered: ${boundBy(rule).join(", ")}. None can be changed alone, as ${rule}.`));
}

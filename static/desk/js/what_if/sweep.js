// One parameter, tried with several values: signals and what became of prices against it, and each value can be entered.

import { signed } from "../../../realtime/js/figures.js";
import { made } from "../made.js";
import { numberIn } from "../entered.js";
import { sweepPicture } from "./sweep_picture.js";
import { moved, table } from "./table.js";
import { count, counted, restsOn, spanWords } from "./words.js";

const MOST = 20;
const USUAL = 9;
const NEAR = 0.5; // from so much less than what is entered to so much more
const DIGITS = 6;

const NUMBERS = new Set(["int", "float"]);

// Values from one end to the other, evenly; whole ones of a whole parameter, each once.
export function valuesBetween(from, to, steps, isWhole) {
  const values = Array.from({ length: steps }, (_, i) => from + ((to - from) * i) / Math.max(1, steps - 1));
  return [...new Set(values.map((value) => (isWhole ? Math.round(value) : Number(value.toPrecision(DIGITS)))))];
}

// Where a sweep begins and ends that nobody has said more about.
export function endsAround(value, lowest, highest) {
  const half = Math.abs(value) * NEAR || NEAR;
  return [Math.max(value - half, lowest ?? -Infinity), Math.min(value + half, highest ?? Infinity)].map((end) => Number(end.toPrecision(DIGITS)));
}

export class SweepControl {
  #parameter = made("select", { id: "what-if-parameter", className: "field-input" });
  #from = field("what-if-from");
  #to = field("what-if-to");
  #steps = field("what-if-steps");
  #form;

  // ask({parameter, values}) gets what is to be tried; refused(sentence), why it cannot be.
  constructor(form, ask, refused) {
    this.#form = form;
    this.#parameter.append(...this.#rows.map((row) => made("option", { value: row.dataset.name }, row.dataset.label)));
    this.#parameter.addEventListener("change", () => this.#suggest());
    this.#steps.value = USUAL;
    const button = made("button", { type: "submit", className: "button" }, "Sweep");
    this.element = made("form", { className: "what-if-sweep", noValidate: true, autocomplete: "off", hidden: !this.#rows.length },
      labelled("Sweep", this.#parameter), labelled("from", this.#from), labelled("to", this.#to), labelled("values", this.#steps), button);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      const values = this.#values();
      if (values) ask({ parameter: this.#parameter.value, values });
      else refused(`A sweep goes from one number to another, in 2 to ${MOST} values.`);
    });
    if (this.#rows.length) this.#suggest();
  }

  get #rows() {
    return [...this.#form.querySelectorAll(".param[data-type]")].filter(({ dataset }) => NUMBERS.has(dataset.type));
  }

  get #row() {
    return this.#rows.find(({ dataset }) => dataset.name === this.#parameter.value);
  }

  #suggest() {
    const { inherited, lowest, highest } = this.#row.dataset;
    const ends = endsAround(enteredIn(this.#row) ?? Number(inherited), numberIn(lowest), numberIn(highest));
    [this.#from.value, this.#to.value] = this.#row.dataset.type === "int" ? ends.map(Math.round) : ends;
  }

  #values() {
    const [from, to, steps] = [this.#from, this.#to, this.#steps].map(({ value }) => numberIn(value));
    if (from === null || to === null || from === to || !Number.isInteger(steps) || steps < 2 || steps > MOST) return null;
    return valuesBetween(from, to, steps, this.#row.dataset.type === "int");
  }
}

const enteredIn = (row) => numberIn(row.querySelector("input").value);

function field(id) {
  return made("input", { id, className: "field-input", type: "text", inputMode: "decimal" });
}

function labelled(words, control) {
  return made("label", { htmlFor: control.id }, made("span", {}, words), control);
}

// What a sweep brought; use(value) is called with what somebody chooses.
export function swept(answer, row, use) {
  const { steps, in_force } = answer;
  const { unit, label } = row.dataset;
  const marks = { inForce: Number(row.dataset.saved), entered: enteredIn(row) ?? Number(row.dataset.inherited) };
  const rows = steps.map(({ value, signals }) => [
    made("span", { className: "figure" }, String(value), unit ? made("span", { className: "unit" }, ` ${unit}`) : "", standing(value, marks)),
    count(signals.signals), signed(signals.signals - in_force.signals, 0), moved(signals, "1m"), moved(signals, "5m"), moved(signals, "15m"), button(value, use),
  ]);
  const after = ["1m", "5m", "15m"].map((span) => ({ head: `After ${spanWords(span)}`, unit: "bps", number: true }));
  const columns = [{ head: label }, { head: "Signals", number: true }, { head: "Against in force", number: true }, ...after, { head: "Use it" }];
  return [
    made("p", { className: "what-if-summary" }, `${label} from ${steps[0].value} to ${steps.at(-1).value}${unit ? ` ${unit}` : ""}; in force are ${counted(in_force.signals)} in this span.`),
    sweepPicture(answer, marks, use),
    table(columns, rows, `Signals by ${label}`),
    ...restsOn(answer).map((sentence) => made("p", { className: "what-if-note" }, sentence)),
  ];
}

function standing(value, { inForce, entered }) {
  const words = [value === inForce && "in force", value === entered && "entered"].filter(Boolean);
  return words.length ? made("span", { className: "second" }, words.join(", ")) : "";
}

function button(value, use) {
  const element = made("button", { type: "button", className: "button small" }, "Enter", made("span", { className: "visually-hidden" }, ` ${value}`));
  element.addEventListener("click", () => use(value));
  return element;
}

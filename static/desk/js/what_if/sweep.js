// What a sweep brought: signals and what became of prices against the values of one parameter, each of which can be entered.

import { signed } from "../../../realtime/js/figures.js";
import { made } from "../made.js";
import { enteredIn, inForceIn, isChanged, rowsOf, valueWords } from "./rows.js";
import { sweepPicture } from "./sweep_picture.js";
import { moved, table } from "./table.js";
import { count, counted, spanWords } from "./words.js";

const SPANS = ["1m", "5m", "15m"];

// use(value) is called with what somebody chooses.
export function swept(answer, form, use) {
  const { steps, in_force, parameter } = answer;
  const row = document.getElementById(`row-${parameter}`);
  const { unit, label } = row.dataset;
  const marks = { inForce: inForceIn(row), entered: enteredIn(row) };
  const others = rowsOf(form).filter((each) => each !== row && isChanged(each));
  const rows = steps.map(({ value, signals }) => [
    made("span", { className: "figure" }, String(value), unit ? made("span", { className: "unit" }, ` ${unit}`) : "", standing(value, marks, others.length > 0)),
    count(signals.signals), signed(signals.signals - in_force.signals, 0), ...SPANS.map((span) => moved(signals, span)), button(value, use),
  ]);
  const after = SPANS.map((span) => ({ head: `After ${spanWords(span)}`, unit: "bps", number: true }));
  const columns = [{ head: label }, { head: "Signals", number: true }, { head: "Against in force", number: true }, ...after, { head: "Use it" }];
  const ends = `${label} from ${steps[0].value} to ${steps.at(-1).value}${unit ? ` ${unit}` : ""}`;
  return [
    made("p", { className: "what-if-summary" }, `${ends}, ${withOthers(others)}. What is in force brings ${counted(in_force.signals)} in this span.`),
    sweepPicture(answer, marks, use),
    made("p", { className: "what-if-legend" }, `Broken: what is in force${marks.entered === marks.inForce ? "" : "; blue: the value that is entered"}. A click on a point puts its value into the field.`),
    table(columns, rows, `Signals by ${label}`),
  ];
}

const withOthers = (rows) => (rows.length ? `with ${rows.map(valueWords).join(", ")} as entered` : "all else as in force");

// One value is in force only where all others are.
function standing(value, { inForce, entered }, isElseChanged) {
  const words = [value === inForce && !isElseChanged && "in force", value === entered && "entered"].filter(Boolean);
  return words.length ? made("span", { className: "second" }, words.join(", ")) : "";
}

function button(value, use) {
  const element = made("button", { type: "button", className: "button small" }, "Put into the field", made("span", { className: "visually-hidden" }, ` ${value}`));
  element.addEventListener("click", () => use(value));
  return element;
}

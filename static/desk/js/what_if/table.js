// Figures of an answer as tables. On a phone each row is a card, and each figure stands beside the head of its column.

import { signed, UNKNOWN } from "../../../realtime/js/figures.js";
import { made } from "../made.js";
import { BECOMES, count, isFew, spanWords } from "./words.js";

const SPANS = ["1m", "5m", "15m"];
const NUMBER = "number figure";

// columns: [{head, unit, number}], rows: [[text or element]], the first of which names its row
export function table(columns, rows, caption) {
  const heads = columns.map(({ head, unit, number }) => made("th", { scope: "col", className: number ? "number" : "" }, head, ...(unit ? [" ", made("span", { className: "unit" }, unit)] : [])));
  const name = made("caption", { className: "visually-hidden" }, caption);
  return made("table", { className: "ledger" }, name, made("thead", {}, made("tr", {}, ...heads)), made("tbody", {}, ...rows.map((row) => rowOf(columns, row))));
}

function rowOf(columns, [first, ...others]) {
  const cells = others.map((content, i) => {
    const { head, unit, number } = columns[i + 1];
    const cell = made("td", { className: number ? NUMBER : "" }, content);
    cell.dataset.label = unit ? `${head} ${unit}` : head;
    return cell;
  });
  return made("tr", {}, made("th", { scope: "row" }, first), ...cells);
}

const numbers = (...heads) => heads.map((head) => ({ head, number: true }));

// Everything about both runs.
export function tallies({ in_force, proposed, stays, gone, new: come }) {
  const rows = [["In force", in_force], ["With these values", proposed], ["Stay", stays], ["Go", gone], ["Come", come]];
  const after = SPANS.map((span) => ({ head: `After ${spanWords(span)}`, unit: "bps", number: true }));
  return table(
    [{ head: "Which" }, ...numbers("Signals", "Buy", "Sell", "Halted"), ...after],
    rows.map(([name, tally]) => [name, ...["signals", "buys", "sells", "halted"].map((part) => count(tally[part])), ...SPANS.map((span) => moved(tally, span))]),
    "Signals in force and with these values, and how far the mid price had moved their way",
  );
}

export function bySymbol(symbols) {
  const after = ["in force", "with these"].map((which) => ({ head: `${spanWords("5m")}, ${which}`, unit: "bps", number: true }));
  return table(
    [{ head: "Symbol" }, ...numbers("In force", ...Object.values(BECOMES), "With these values"), ...after],
    symbols.map(({ symbol, in_force, proposed, kinds }) => [
      symbol, count(in_force.signals), ...Object.keys(BECOMES).map((kind) => count(kinds[kind])), count(proposed.signals), moved(in_force, "5m"), moved(proposed, "5m"),
    ]),
    "Signals by symbol",
  );
}

// A mean, and of how many it is.
export function moved({ signals, known, mean_bps }, span) {
  if (!known[span]) return UNKNOWN;
  const few = isFew(known[span]);
  const of = few || known[span] < signals ? made("span", { className: "second" }, `${known[span] < signals ? "known " : ""}of ${count(known[span])}`) : "";
  return made("span", { className: few ? "what-if-few" : "" }, signed(mean_bps[span]), of);
}

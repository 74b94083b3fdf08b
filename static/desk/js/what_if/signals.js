// The signals that differ, one by one.

import { fixed, price, signed } from "../../../realtime/js/figures.js";
import { made } from "../made.js";
import { folded } from "./folded.js";
import { PARAMETER } from "./sweep_control.js";
import { table } from "./table.js";
import { clock, count, moment, spanWords } from "./words.js";

const DEEDS = { gone: "goes", new: "comes", moved: "other time", changed: "changed" };
const SPANS = ["1m", "5m"];

export function differing({ signals, kinds }) {
  const pairs = signals.filter(({ kind }) => kind in DEEDS);
  const all = Object.keys(DEEDS).reduce((sum, kind) => sum + kinds[kind], 0);
  const heading = all > pairs.length ? `${count(pairs.length)} of ${count(all)} that differ, one by one` : `${count(all)} that differ, one by one`;
  if (!pairs.length) return [];
  const past = made("a", { className: "what-if-past", href: `#${PARAMETER}` }, "Past this list, to the sweep");
  return [past, folded(heading, list(pairs), true)];
}

function list(pairs) {
  return table(
    [
      { head: "Time" }, { head: "Symbol" }, { head: "Side" }, { head: "What" }, { head: "Price", number: true }, { head: "Confidence", number: true },
      ...SPANS.map((span) => ({ head: `After ${spanWords(span)}`, unit: "bps", number: true })), { head: "Why" },
    ],
    pairs.map(cellsOf),
    "Signals that differ",
  );
}

function cellsOf({ kind, in_force, proposed }) {
  const one = in_force ?? proposed;
  return [
    became(in_force, proposed, ({ at }) => moment(at)), one.symbol, sideOf(one), whatOf(kind, one),
    became(in_force, proposed, (each) => price(each.price)), became(in_force, proposed, (each) => fixed(each.confidence)),
    ...SPANS.map((span) => became(in_force, proposed, ({ outcome }) => signed(outcome[span].bps))), rationaleOf(in_force, proposed),
  ];
}

// Of both where both are, and are not the same.
function became(in_force, proposed, write) {
  const texts = [...new Set([in_force, proposed].filter(Boolean).map(write))];
  return made("span", { className: "figure" }, texts.join(" → "));
}

function sideOf({ action }) {
  const side = made("span", { className: "what-if-side" }, action);
  side.dataset.side = action;
  return side;
}

function whatOf(kind, { halted }) {
  return made("span", {}, DEEDS[kind], halted ? made("span", { className: "second" }, "halted") : "");
}

function rationaleOf(in_force, proposed) {
  const texts = new Set([in_force, proposed].filter(Boolean).map(({ rationale }) => rationale));
  const who = `${(in_force ?? proposed).symbol} at ${clock((in_force ?? proposed).at)}`;
  const summary = made("summary", {}, "Why", made("span", { className: "visually-hidden" }, ` ${who}`));
  return made("details", { className: "what-if-why" }, summary, ...[...texts].map((text) => made("p", {}, text)));
}

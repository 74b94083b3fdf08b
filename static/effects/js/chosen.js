// The change whose effect a page shows on its charts: one at a time. It is asked for anew for as long as it fills in.

import { answered } from "../../realtime/js/follow.js";

const EVERY_MS = 15_000;
const LATELY_MS = 1_800_000; // of what is older, the hour is shown

const listeners = [];
let url = null; // of the effect of the change CHANGE
let chosen = null; // the id of the change
let shown = null; // {effect, comparison} of it

// listen(chosen id, {effect, comparison}), at once and whenever one of them changes: comparison is that of its equal spans
// which is shown; both are null where none is chosen, the second also until there is an answer, and undefined without one
export function onChosen(listen) {
  listeners.push(listen);
  listen(chosen, shown);
}

export function choose(id) {
  chosen = id;
  tell(null);
  if (chosen) load();
}

export function begin(address) {
  url = address;
  setInterval(() => chosen && !document.hidden && !isOver() && load(), EVERY_MS);
}

const isOver = () => Boolean(shown) && shown.comparison.fills_until === null;

async function load() {
  const own = chosen;
  const answer = await answered(url.replace("CHANGE", own));
  if (own !== chosen) return;
  if (answer) tell({ effect: answer.data, comparison: fitting(answer.data) });
  else if (!shown) tell(undefined);
}

function tell(next) {
  shown = next;
  for (const listen of listeners) listen(chosen, shown);
}

function fitting({ at, read_at: now, comparisons }) {
  const length = Date.parse(now) - Date.parse(at) < LATELY_MS ? "15m" : "1h";
  return comparisons.find((each) => each.length === length);
}

// Shades the equal spans on charts.
export function shadeOn(charts) {
  onChosen((_, shown) => {
    const span = shown && { start: Date.parse(shown.comparison.before.start), at: Date.parse(shown.effect.at), end: Date.parse(shown.comparison.after.end) };
    for (const chart of charts) chart.shade(span ?? null);
  });
}

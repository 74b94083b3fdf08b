// A strategy's last 24 hours: its signals by hour and side, how far the mid price had moved their way after five minutes, and what people decided.

import { followDecisions } from "../../realtime/js/decisions.js";
import { fixed, signed, UNKNOWN } from "../../realtime/js/figures.js";
import { answered, follow } from "../../realtime/js/follow.js";

const HOUR_MS = 3_600_000;
const HOURS = 24;
const EVERY_MS = 60_000;
const SPAN = "5m";
const [WIDTH, GAP, HALF] = [10, 2, 34]; // of a bar, and from the line to the end
const LEAST = 1.5; // of a bar that is not empty
const SIDES = ["buy", "sell", "hold"];

const panel = document.getElementById("strategy-day");
const part = (name) => panel.querySelector(`[data-day="${name}"]`);
const count = (value) => fixed(value, 0);

function begin() {
  const ask = (url) => answered(`${url}&from=${new Date(oldestHour()).toISOString()}`);
  const refused = () => (part("words").textContent = "The ledger of signals cannot be asked now.");
  const draw = (marks) => part("marks").replaceChildren(...marks.map(markOf).filter(Boolean));
  followDecisions(document.getElementById("day-decisions"), draw, { everyMs: EVERY_MS });
  follow(panel.dataset.url, ({ rows, since }) => show(hoursOf(rows, Date.parse(since)), since), { everyMs: EVERY_MS, ask, refused });
}

const oldestHour = () => (Math.floor(Date.now() / HOUR_MS) - (HOURS - 1)) * HOUR_MS;

// The last 24 hours, oldest first: {at, buy, sell, hold, known, sum}, sum in basis points over those that are known.
// What was before `since`, where that is a number, was not counted: these hours are left out.
function hoursOf(rows, since) {
  const all = Array.from({ length: HOURS }, (_, i) => ({ at: oldestHour() + i * HOUR_MS, buy: 0, sell: 0, hold: 0, known: 0, sum: 0 }));
  const hours = all.filter(({ at }) => !(at + HOUR_MS <= since));
  for (const { hour, action, signals, known, mean_bps: mean } of rows) {
    const found = hours.find(({ at }) => at === Date.parse(hour));
    if (!found) continue;
    found[action] += signals;
    found.known += known[SPAN];
    found.sum += known[SPAN] * (mean[SPAN] ?? 0);
  }
  return hours;
}

function show(hours, since) {
  const all = hours.reduce((sum, hour) => Object.fromEntries(Object.keys(sum).map((name) => [name, sum[name] + hour[name]])), { buy: 0, sell: 0, hold: 0, known: 0, sum: 0 });
  part("words").textContent = wordsOf(all, since);
  part("bars").replaceChildren(...barsOf(hours));
  part("begin").textContent = `${dayOf(oldestHour())}, ${timeOf(oldestHour())}`;
  part("rows").replaceChildren(...hours.toReversed().map(rowOf));
}

function wordsOf({ buy, sell, hold, known, sum }, since) {
  const signals = buy + sell + hold;
  if (!signals) return "No signal in the last 24 hours.";
  const moved = known ? ` After 5 minutes the mid price had moved ${signed(sum / known)} bps their way on average, as far as that is known (of ${count(known)}).` : "";
  const only = since ? ` since ${timeOf(Date.parse(since))}, before which there were more than are counted at once` : "";
  return `${count(signals)} signal${signals === 1 ? "" : "s"}${only}: ${count(buy)} buy, ${count(sell)} sell, ${count(hold)} hold.${moved}`;
}

function barsOf(hours) {
  const most = Math.max(1, ...hours.flatMap(({ buy, sell }) => [buy, sell]));
  const height = (signals) => (signals ? Math.max(LEAST, (signals / most) * HALF) : 0);
  return hours.flatMap(({ at, buy, sell }) => [
    bar(at, HALF - height(buy), height(buy), "buy"),
    bar(at, HALF, height(sell), "sell"),
  ]);
}

function bar(at, y, height, side) {
  const rect = drawn("rect", { x: xOf(at) + GAP / 2, y, width: WIDTH - GAP, height });
  rect.dataset.side = side;
  return rect;
}

// Across the bars at its moment; null of what was before the first of them.
function markOf({ x: at, kind }) {
  const x = xOf(at);
  if (x < 0) return null;
  const line = drawn("path", { d: `M${x.toFixed(2)} 0V${2 * HALF}` });
  line.dataset.kind = kind;
  return line;
}

const xOf = (at) => ((at - oldestHour()) / HOUR_MS) * WIDTH;

function drawn(shape, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", shape);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function rowOf({ at, known, sum, ...hour }) {
  const texts = [timeOf(at), ...SIDES.map((side) => count(hour[side])), known ? signed(sum / known) : UNKNOWN, count(known)];
  const row = document.createElement("tr");
  row.append(...texts.map(cellOf));
  return row;
}

// On a phone it stands beside the head of its column.
function cellOf(textContent, place) {
  if (!place) return Object.assign(document.createElement("th"), { textContent, scope: "row" });
  const cell = Object.assign(document.createElement("td"), { textContent, className: "number figure" });
  cell.dataset.label = panel.querySelectorAll("thead th")[place].textContent;
  return cell;
}

const dayOf = (at) => new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

const timeOf = (at) => `${new Date(at).toISOString().slice(11, 16)} UTC`;

if (panel) begin();

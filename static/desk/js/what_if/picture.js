// The span that was judged, as a picture: a lane for what becomes of signals, and above them, where there is one, the mid price,
// on which they stand as well. What it shows is said in words and listed beside it, so screen readers leave it out.

import { price } from "../../../realtime/js/figures.js";
import { drawn, made } from "../made.js";
import { mark } from "./marks.js";
import { BECOMES, clock, count } from "./words.js";

const DIFFERENT_LAST = ["kept", "changed", "moved", "gone", "new"]; // on the price, on top of the others
const [LEFT, RIGHT, LANE, PRICE, FOOT, PAD] = [72, 12, 24, 120, 20, 12];
const WIDE = 420; // with room for a third time
const GAP_MS = 90_000; // a longer pause between two prices is a gap

// prices: [{x: seconds since the epoch, y}], oldest first; empty where there is no one price
export function picture(answer, prices) {
  const element = made("div", { className: "what-if-picture", ariaHidden: "true" });
  new ResizeObserver(() => element.clientWidth && element.replaceChildren(draw(answer, prices, element.clientWidth))).observe(element);
  return element;
}

// What its signs mean, and how many of each kind are drawn.
export function legendOf({ signals, kinds, omitted }, isPriced) {
  const price = isPriced ? " The line above them is the mid price, and all stand on it, too." : "";
  const signs = `▲ buy, ▼ sell, ◆ hold; hollow: goes, ringed: comes, full: stays at another time or changed, pale: stays unchanged.${price}`;
  if (!omitted) return signs;
  const drawn = Object.keys(BECOMES).filter((kind) => kinds[kind]).map((kind) => `${count(marksOf(kind, signals).length)} of ${count(kinds[kind])} (${BECOMES[kind].toLowerCase()})`);
  return `${signs} Drawn, evenly over the span: ${drawn.join(", ")}.`;
}

function draw({ since, until, compared: { signals, kinds } }, prices, width) {
  const lanes = Object.keys(BECOMES).filter((kind) => kinds[kind]);
  const top = prices.length ? PRICE : 0;
  const foot = top + lanes.length * LANE;
  const x = (at) => LEFT + ((at - since) / (until - since)) * (width - LEFT - RIGHT);
  const svg = drawn("svg", { width, height: foot + FOOT });
  if (prices.length) svg.append(...priced(prices, signals, x, width));
  lanes.forEach((kind, i) => svg.append(...lane(kind, marksOf(kind, signals), kinds[kind], x, top + i * LANE, width)));
  for (const [at, anchor] of [[since, "start"], [(since + until) / 2, "middle"], [until, "end"]]) {
    if (anchor === "middle" && width < WIDE) continue;
    svg.append(drawn("text", { x: x(at), y: foot + 14, "text-anchor": anchor }, clock(at)));
  }
  return svg;
}

const marksOf = (kind, signals) => signals.filter((pair) => pair.kind === kind);

// A lane without marks says how many signals it stands for.
function lane(kind, pairs, all, x, y, width) {
  const middle = y + LANE / 2;
  const name = drawn("text", { x: 0, y: middle + 4 }, BECOMES[kind]);
  if (!pairs.length) return [name, drawn("text", { x: LEFT, y: middle + 4 }, `${count(all)}, not drawn`)];
  return [drawn("line", { x1: LEFT, x2: width - RIGHT, y1: middle, y2: middle, class: "what-if-lane" }), name, ...pairs.map((pair) => mark(pair, x(momentOf(pair)), middle))];
}

const momentOf = ({ in_force, proposed }) => (in_force ?? proposed).at;

function priced(prices, signals, x, width) {
  const priceable = signals.filter(({ in_force, proposed }) => (in_force ?? proposed).mid !== null);
  const shown = DIFFERENT_LAST.flatMap((kind) => priceable.filter((pair) => pair.kind === kind));
  const levels = [...prices.map(({ y }) => y), ...shown.map(({ in_force, proposed }) => (in_force ?? proposed).mid)];
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const y = (level) => PAD + (1 - (level - low) / (high - low || 1)) * (PRICE - 2 * PAD);
  const path = prices.map((point, i) => `${i && 1_000 * (point.x - prices[i - 1].x) <= GAP_MS ? "L" : "M"}${x(point.x).toFixed(1)} ${y(point.y).toFixed(1)}`).join("");
  const scale = [high, low].flatMap((level) => [
    drawn("line", { x1: LEFT, x2: width - RIGHT, y1: y(level), y2: y(level), class: "what-if-lane" }),
    drawn("text", { x: 0, y: y(level) + 4 }, price(level)),
  ]);
  return [...scale, drawn("path", { d: path, class: "what-if-price" }), ...shown.map((pair) => mark(pair, x(momentOf(pair)), y((pair.in_force ?? pair.proposed).mid)))];
}

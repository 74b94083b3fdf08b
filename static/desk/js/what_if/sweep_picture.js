// Signals, and how far the mid price had moved their way, against the values of a parameter. Each point can be clicked; beside it
// stands a table with the same, and keys, so screen readers leave it out.

import { signed } from "../../../realtime/js/figures.js";
import { drawn, made } from "../made.js";
import { count, spanWords, toldAfter } from "./words.js";

const [LEFT, RIGHT, HEIGHT, PAD, HEAD, FOOT] = [56, 16, 84, 10, 18, 20];
const DOT = 4.5;
const LABEL = 12; // as high as a number is

// marks: {inForce, entered}, values of the parameter; use(value) is called with one that is clicked
export function sweepPicture(answer, marks, use) {
  const element = made("div", { className: "what-if-picture", ariaHidden: "true" });
  new ResizeObserver(() => element.clientWidth && element.replaceChildren(draw(answer, marks, use, element.clientWidth))).observe(element);
  return element;
}

function draw({ steps, in_force }, marks, use, width) {
  const ends = [steps[0].value, steps.at(-1).value, marks.inForce, marks.entered].filter(Number.isFinite);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const x = (value) => LEFT + ((value - low) / (high - low || 1)) * (width - LEFT - RIGHT);
  const span = toldAfter(steps.map(({ signals }) => signals));
  const panels = [
    { head: "Signals", write: count, of: ({ signals }) => signals, from: 0 },
    ...(span ? [{ head: `Moved their way after ${spanWords(span)}, bps`, write: signed, of: ({ mean_bps }) => mean_bps[span] }] : []),
  ];
  const total = panels.length * (HEAD + HEIGHT);
  const svg = drawn("svg", { width, height: total + FOOT });
  panels.forEach((panel, i) => {
    const top = i * (HEAD + HEIGHT);
    svg.append(...standing(marks, x, top + HEAD, top + HEAD + HEIGHT), ...drawPanel(panel, steps, in_force, x, top, width, use));
  });
  svg.append(drawn("text", { x: x(low), y: total + 14 }, low), drawn("text", { x: x(high), y: total + 14, "text-anchor": "end" }, high));
  return svg;
}

function drawPanel({ head, write, of, from }, steps, in_force, x, top, width, use) {
  const points = steps.map(({ value, signals }) => ({ value, y: of(signals) })).filter(({ y }) => y !== null);
  const levels = [...points.map(({ y }) => y), of(in_force), from].filter((level) => Number.isFinite(level));
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const y = (level) => top + HEAD + PAD + (1 - (level - low) / (high - low || 1)) * (HEIGHT - 2 * PAD);
  const path = points.map((point, i) => `${i ? "L" : "M"}${x(point.value).toFixed(1)} ${y(point.y).toFixed(1)}`).join("");
  const line = (level, name) => drawn("line", { x1: LEFT, x2: width - RIGHT, y1: y(level), y2: y(level), class: name });
  const isApart = Math.abs(y(high) - y(low)) > LABEL;
  return [
    drawn("text", { x: LEFT, y: top + 12 }, head),
    ...(isApart ? [high, low] : [high]).flatMap((level) => [line(level, "what-if-lane"), drawn("text", { x: LEFT - 8, y: y(level) + 4, "text-anchor": "end" }, write(level))]),
    ...(of(in_force) === null ? [] : [line(of(in_force), "what-if-in-force")]),
    drawn("path", { d: path, class: "what-if-price" }),
    ...points.map((point) => dot(point, x(point.value), y(point.y), write, use)),
  ];
}

function dot({ value, y: level }, x, y, write, use) {
  const circle = drawn("circle", { cx: x, cy: y, r: DOT, class: "what-if-dot" }, drawn("title", {}, `${value}: ${write(level)}`));
  circle.addEventListener("click", () => use(value));
  return circle;
}

// Where the value in force stands, and the one that is entered, without a line through the heads.
function standing({ inForce, entered }, x, top, bottom) {
  const upright = (value, name) => drawn("line", { x1: x(value), x2: x(value), y1: top, y2: bottom, class: name });
  return [upright(inForce, "what-if-in-force"), ...(entered === inForce || !Number.isFinite(entered) ? [] : [upright(entered, "what-if-entered")])];
}

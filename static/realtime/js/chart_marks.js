// What is drawn on the chart beside its line: signals at its edges, decisions of people across it, where a reader is, and equal
// spans before and after a change.

import { colour } from "./colours.js";

const SIZE = 9;
const LINE_DASH = { change: [2, 3], halt: [], resume: [6, 3], cursor: [] };
const NEAR = 9; // pixels from a mark
const WORDS_NEED = 54; // pixels
const COLOURS = { buy: "bid", sell: "ask", hold: "ink-soft", change: "accent", halt: "warn", resume: "ink-soft", cursor: "ink-faint" };

// chart.$marks holds, by source, [{x: milliseconds since the epoch, kind}]
export function drawMarks({ ctx, chartArea, scales: { x: axis }, $marks }) {
  ctx.save();
  for (const { x, kind } of [...($marks?.values() ?? [])].flat()) {
    const middle = axis.getPixelForValue(x);
    if (middle < chartArea.left || middle > chartArea.right) continue;
    ctx.fillStyle = ctx.strokeStyle = colour(COLOURS[kind]);
    if (kind in LINE_DASH) drawLine(ctx, chartArea, middle, LINE_DASH[kind]);
    ctx.beginPath();
    SHAPES[kind](ctx, middle, chartArea);
    ctx.fill();
  }
  ctx.restore();
}

function drawLine(ctx, { top, bottom }, x, dash) {
  ctx.lineWidth = 1.2;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x, top);
  ctx.lineTo(x, bottom);
  ctx.stroke();
}

// Buying points up from the lower edge, selling down from the upper one, holding lies on the lower one; decisions sit below the sales.
const SHAPES = {
  buy: (ctx, x, { bottom }) => triangle(ctx, x, bottom, bottom - SIZE),
  sell: (ctx, x, { top }) => triangle(ctx, x, top, top + SIZE),
  hold: (ctx, x, { bottom }) => ctx.rect(x - SIZE / 2, bottom - SIZE / 2, SIZE, SIZE / 2),
  change: (ctx, x, { top }) => polygon(ctx, [[x, top + SIZE], [x + 6, top + SIZE + 6], [x, top + SIZE + 12], [x - 6, top + SIZE + 6]]),
  halt: (ctx, x, { top }) => ctx.rect(x - 5, top + SIZE + 1, 10, 10),
  resume: (ctx, x, { top }) => ctx.arc(x, top + SIZE + 6, 5.5, 0, 2 * Math.PI),
  cursor: () => {},
};

const triangle = (ctx, x, edge, tip) => polygon(ctx, [[x - SIZE / 2, edge], [x + SIZE / 2, edge], [x, tip]]);

function polygon(ctx, [first, ...others]) {
  ctx.moveTo(...first);
  for (const corner of others) ctx.lineTo(...corner);
}

// The mark of a change at this place, undefined where there is none.
export function nearestMark({ scales: { x: axis }, $marks }, x) {
  const from = (mark) => Math.abs(axis.getPixelForValue(mark.x) - x);
  return [...$marks.values()].flat().filter((mark) => mark.id && from(mark) <= NEAR).sort((one, other) => from(one) - from(other))[0];
}

// Behind everything else: chart.$span is {start, at, end}, or nothing.
export function drawSpan(chart) {
  for (const { left, right, fill } of sidesOf(chart)) {
    const { top, height } = chart.chartArea;
    chart.ctx.fillStyle = colour(fill);
    chart.ctx.fillRect(left, top, right - left, height);
  }
}

// Its two marks, the change between them, and which side is which.
export function drawSpanEdges(chart) {
  const { ctx, chartArea, scales: { x: axis }, $span } = chart;
  if (!$span) return;
  ctx.save();
  for (const [time, name] of [[$span.start, "ink-faint"], [$span.end, "ink-faint"], [$span.at, "accent"]]) {
    const x = axis.getPixelForValue(time);
    ctx.strokeStyle = colour(name);
    if (x >= chartArea.left && x <= chartArea.right) drawLine(ctx, chartArea, x, []);
  }
  ctx.font = "500 11px Inter";
  ctx.fillStyle = colour("ink-soft");
  ctx.textAlign = "center";
  for (const { left, right, word } of sidesOf(chart)) if (right - left > WORDS_NEED) ctx.fillText(word, (left + right) / 2, chartArea.bottom - SIZE - 6);
  ctx.restore();
}

// What of either side is to be seen, in pixels.
function sidesOf({ chartArea: { left, right }, scales: { x: axis }, $span }) {
  if (!$span) return [];
  const [start, at, end] = [$span.start, $span.at, $span.end].map((time) => Math.min(right, Math.max(left, axis.getPixelForValue(time))));
  return [{ left: start, right: at, fill: "hover", word: "before" }, { left: at, right: end, fill: "accent-soft", word: "after" }];
}

// An amount that is never below zero, such as a spread, a cost or a depth: from zero to a little above its most.

import { colour } from "./colours.js";
import { stepText } from "./price_chart.js";
import { TimeChart } from "./time_chart.js";

const MARGIN = 0.08;

// write(amount) gives what the pointer reads, tick(amount) the text at a line of the scale
export const amountChart = (canvas, gapMs, write, tick = stepText) => new TimeChart(canvas, gapMs, {
  y: { ticks: { includeBounds: false, callback: tick, maxTicksLimit: 5 } },
  limits: (points) => [0, (1 + MARGIN) * points.reduce((most, { y }) => Math.max(most, y), 0) || 1],
  label: write,
  line: () => ({
    borderColor: colour("accent"),
    fill: { target: "origin", above: colour("accent-soft"), below: "transparent" },
  }),
});

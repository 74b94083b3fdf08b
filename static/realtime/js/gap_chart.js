// The gap between two venues: what lies above zero could have been had.

import { colour } from "./colours.js";
import { bps } from "./figures.js";
import { stepText } from "./price_chart.js";
import { TimeChart } from "./time_chart.js";

const LEAST_SPAN = 0.02; // bps: venues that agree are not drawn as if they did not

// stepMs: how far points are apart; where one is missing the line breaks
export const gapChart = (canvas, stepMs) => new TimeChart(canvas, 1.5 * stepMs, {
  y: { ticks: { includeBounds: false, callback: stepText, maxTicksLimit: 5 } },
  limits,
  label: (gap) => `Gap ${bps(gap)} bps`,
  line: () => ({
    borderColor: colour("accent"),
    pointRadius: ({ dataset: { data }, dataIndex: i }) => (isLone(data, i) ? 1.5 : 0),
    pointBackgroundColor: colour("accent"),
    fill: { target: "origin", above: colour("accent-soft"), below: "transparent" },
  }),
  plugins: [{ id: "zero", beforeDatasetsDraw: drawZero }],
});

// A point between two holes would be a line of no length.
const isLone = (data, i) => [data[i - 1], data[i + 1]].every((point) => !point || Number.isNaN(point.y)) && !Number.isNaN(data[i]?.y);

// Zero is always seen.
function limits(points) {
  const values = points.map(({ y }) => y);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const margin = Math.max(0.08 * (high - low), LEAST_SPAN);
  return [low - margin, high + margin];
}

function drawZero({ ctx, chartArea: { left, right }, scales: { y } }) {
  const middle = y.getPixelForValue(0);
  ctx.save();
  ctx.lineWidth = 1;
  ctx.strokeStyle = colour("line-strong");
  ctx.beginPath();
  ctx.moveTo(left, middle);
  ctx.lineTo(right, middle);
  ctx.stroke();
  ctx.restore();
}

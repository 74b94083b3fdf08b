// Net pressure: above zero in the colour of buying, below in that of selling, and where it begins to count.

import { colour } from "./colours.js";
import { signed } from "./figures.js";
import { TimeChart } from "./time_chart.js";

const THRESHOLD = 20; // beyond it the book counts as bullish or bearish

export const pressureChart = (canvas, gapMs) => new TimeChart(canvas, gapMs, {
  y: { ticks: { callback: (value) => signed(value, 0), stepSize: 10, maxTicksLimit: 9 } },
  limits: niceLimits,
  label: (pressure) => `Net pressure ${signed(pressure)} %`,
  line: () => ({
    borderColor: colour("ink-soft"),
    segment: { borderColor: ({ p0, p1 }) => (p0.parsed.y + p1.parsed.y >= 0 ? colour("bid") : colour("ask")) },
    fill: { target: "origin", above: colour("bid-soft"), below: colour("ask-soft") },
  }),
  plugins: [{ id: "thresholds", beforeDatasetsDraw: drawThresholds }],
});

function drawThresholds({ ctx, chartArea: { left, right }, scales: { y } }) {
  ctx.save();
  ctx.lineWidth = 1;
  for (const [value, dash] of [[0, []], [THRESHOLD, [3, 4]], [-THRESHOLD, [3, 4]]]) {
    ctx.strokeStyle = colour("line-strong");
    ctx.setLineDash(dash);
    ctx.beginPath();
    ctx.moveTo(left, y.getPixelForValue(value));
    ctx.lineTo(right, y.getPixelForValue(value));
    ctx.stroke();
  }
  ctx.restore();
}

function niceLimits(points) {
  const largest = points.reduce((most, { y }) => Math.max(most, Math.abs(y)), 0);
  const limit = [40, 60, 80].find((enough) => largest <= 0.95 * enough) ?? 100;
  return [-limit, limit];
}

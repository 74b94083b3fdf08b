// Net pressure over the last 1, 5 or 15 minutes. The imbalance ratio is the same curve on another scale,
// so it is drawn once, with both scales beside it.

/* global Chart */

import { drawMarks } from "./chart_marks.js";
import { colour } from "./colours.js";
import { signed } from "./figures.js";
import { serverClock } from "./server_clock.js";

const SPANS_MS = { "1m": 60_000, "5m": 300_000, "15m": 900_000 };
const TICKS_MS = { "1m": 10_000, "5m": 60_000, "15m": 180_000 };
const THRESHOLD = 20; // beyond it the book counts as bullish or bearish
const POINTS = 300;
const GAP_MS = 6_000; // a pause longer than this is a gap in the line

export class PressureChart {
  #chart;
  #points = [];
  #timeframe = "5m";

  constructor(canvas) {
    this.#chart = new Chart(canvas, this.#configuration());
    this.#chart.$marks = new Map();
    window.addEventListener("themechange", () => this.#recolour());
    this.#recolour();
  }

  // points: [{x: milliseconds since the epoch, y: net pressure}], oldest first
  replace(timeframe, points) {
    this.#timeframe = timeframe;
    this.#points = points;
    this.draw();
  }

  clear() {
    this.#points = [];
    this.draw();
  }

  // At most so many points as the history has: a newer one takes the place of one just drawn.
  push(x, y) {
    const step = SPANS_MS[this.#timeframe] / POINTS;
    const before = this.#points.at(-2);
    if (x <= (this.#points.at(-1)?.x ?? -Infinity)) return;
    if (before && x - before.x < step) this.#points.pop();
    this.#points.push({ x, y });
    this.draw();
  }

  // marks: [{x: milliseconds since the epoch, kind}], all there are of one source
  mark(source, marks) {
    this.#chart.$marks.set(source, marks);
    this.draw();
  }

  get begins() {
    return serverClock.now() - SPANS_MS[this.#timeframe];
  }

  get isEmpty() {
    return this.#points.length === 0;
  }

  draw() {
    const { scales, datasets } = { ...this.#chart.options, ...this.#chart.data };
    const span = SPANS_MS[this.#timeframe];
    scales.x.max = serverClock.now();
    scales.x.min = scales.x.max - span;
    while (this.#points.length && this.#points[0].x < scales.x.min) this.#points.shift();
    const limit = niceLimit(this.#points);
    [scales.y.min, scales.y.max] = [-limit, limit];
    [scales.ratio.min, scales.ratio.max] = [-limit / 100, limit / 100];
    datasets[0].data = withGaps(this.#points);
    this.#chart.update("none");
  }

  #configuration() {
    const scale = { border: { display: false }, ticks: { maxTicksLimit: 9 } };
    return {
      type: "line",
      data: { datasets: [{ data: [], parsing: false, borderWidth: 1.6, pointRadius: 0, pointHitRadius: 0, fill: {} }] },
      options: {
        animation: false,
        normalized: true,
        maintainAspectRatio: false,
        interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: {
          x: { ...scale, type: "linear", afterBuildTicks: (axis) => this.#placeTicks(axis),
               ticks: { callback: clockTime, maxRotation: 0, autoSkipPadding: 16 } },
          y: { ...scale, position: "left", ticks: { callback: (value) => signed(value, 0), stepSize: 10, maxTicksLimit: 9 } },
          ratio: { ...scale, position: "right", grid: { drawOnChartArea: false },
                   ticks: { callback: (value) => signed(value, 1), stepSize: 0.1, maxTicksLimit: 9 } },
        },
        plugins: { legend: { display: false }, tooltip: this.#tooltip() },
      },
      plugins: [
        { id: "thresholds", beforeDatasetsDraw: drawThresholds },
        { id: "marks", afterDatasetsDraw: drawMarks },
      ],
    };
  }

  #tooltip() {
    return {
      displayColors: false,
      callbacks: {
        title: ([item]) => `${clockTime(item.parsed.x)} UTC`,
        label: ({ parsed }) => [`Net pressure ${signed(parsed.y)} %`, `Imbalance ${signed(parsed.y / 100, 4)}`],
      },
    };
  }

  #placeTicks(axis) {
    const step = TICKS_MS[this.#timeframe];
    axis.ticks = [];
    for (let time = Math.ceil(axis.min / step) * step; time <= axis.max; time += step) axis.ticks.push({ value: time });
  }

  #recolour() {
    const { scales, plugins } = this.#chart.options;
    for (const scale of Object.values(scales)) {
      scale.ticks.color = colour("ink-faint");
      scale.ticks.font = { family: "Inter", size: 11 };
      scale.grid = { ...scale.grid, color: colour("line") };
    }
    const [line] = this.#chart.data.datasets;
    line.borderColor = colour("ink-soft");
    line.segment = { borderColor: ({ p0, p1 }) => (p0.parsed.y + p1.parsed.y >= 0 ? colour("bid") : colour("ask")) };
    line.fill = { target: "origin", above: colour("bid-soft"), below: colour("ask-soft") };
    Object.assign(plugins.tooltip, {
      backgroundColor: colour("ink"), titleColor: colour("page"), bodyColor: colour("page"), padding: 10,
      titleFont: { family: "Inter" }, bodyFont: { family: "Inter" },
    });
    this.draw();
  }
}

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

// A point without a value breaks the line (spanGaps cannot, together with a colour per segment).
function withGaps(points) {
  return points.flatMap((point, i) => {
    const isAfterGap = i > 0 && point.x - points[i - 1].x > GAP_MS;
    return isAfterGap ? [{ x: point.x - 1, y: NaN }, point] : [point];
  });
}

function niceLimit(points) {
  const largest = points.reduce((most, { y }) => Math.max(most, Math.abs(y)), 0);
  return [40, 60, 80].find((limit) => largest <= 0.95 * limit) ?? 100;
}

const clockTime = (time) => new Date(time).toISOString().slice(11, 19);

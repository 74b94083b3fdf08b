// A number over the last 1, 5 or 15 minutes, or 24 hours, of one market or of several: lines that break where the book was not live, with the marks of
// signals and decisions. The charts of a page have the same width of scales, so that what stands below one another
// was at the same time.

/* global Chart */

import { drawMarks, drawSpan, drawSpanEdges, nearestMark } from "./chart_marks.js";
import { colour } from "./colours.js";
import { serverClock } from "./server_clock.js";

const SPANS_MS = { "1m": 60_000, "5m": 300_000, "15m": 900_000, "24h": 86_400_000 };
const TICKS_MS = { "1m": 10_000, "5m": 60_000, "15m": 180_000, "24h": 10_800_000 };
export const SCALE_WIDTH = 78;

// So many that where points are left out, those that stay are not as far apart as those of a book that was not live.
export const MOST_POINTS = { "1m": 300, "5m": 200, "15m": 900 };

export class TimeChart {
  #chart;
  #style;
  #gapMs;
  #lines; // points of each
  #timeframe = "5m";

  // style: y (options of the scale), limits(points) -> [lowest, highest], label(y, i), line(i) (colours of a line), plugins,
  // and count, of lines, where there is more than one; gapMs: a pause longer than this is a gap in the line
  constructor(canvas, gapMs, style) {
    this.#style = style;
    this.#gapMs = gapMs;
    this.#lines = Array.from({ length: style.count ?? 1 }, () => []);
    this.#chart = new Chart(canvas, this.#configuration());
    this.#chart.$marks = new Map();
    window.addEventListener("themechange", () => this.#recolour());
    this.#recolour();
  }

  // lines: the points of each, [{x: milliseconds since the epoch, y}], oldest first
  replace(timeframe, ...lines) {
    this.#timeframe = timeframe;
    this.#lines = lines;
    this.draw();
  }

  clear() {
    this.#lines = this.#lines.map(() => []);
    this.draw();
  }

  // At most so many points as the history has: a newer one takes the place of one just drawn.
  push(x, y, i = 0) {
    const points = this.#lines[i];
    const step = SPANS_MS[this.#timeframe] / MOST_POINTS[this.#timeframe];
    const before = points.at(-2);
    if (x <= (points.at(-1)?.x ?? -Infinity)) return;
    if (before && x - before.x < step) points.pop();
    points.push({ x, y });
    this.draw();
  }

  // marks: [{x: milliseconds since the epoch, kind}], all there are of one source
  mark(source, marks) {
    this.#chart.$marks.set(source, marks);
    this.draw();
  }

  // span: {start, at, end}, milliseconds since the epoch, what lies equally long before and after a moment; null for none
  shade(span) {
    this.#chart.$span = span;
    this.draw();
  }

  // told(mark) gets that of a change on which a pointer is pressed.
  onMark(told) {
    const { canvas } = this.#chart;
    const markAt = ({ offsetX }) => nearestMark(this.#chart, offsetX);
    canvas.addEventListener("click", (event) => markAt(event) && told(markAt(event)));
    canvas.addEventListener("pointermove", (event) => (canvas.style.cursor = markAt(event) ? "pointer" : ""));
  }

  // told(time) gets the milliseconds since the epoch at which a pointer is.
  onPointer(told) {
    const { canvas, scales } = this.#chart;
    canvas.addEventListener("pointermove", ({ offsetX }) => told(scales.x.getValueForPixel(offsetX)));
  }

  // For those who cannot see it.
  describe(text) {
    if (this.#chart.canvas.ariaLabel !== text) this.#chart.canvas.ariaLabel = text;
  }

  get begins() {
    return serverClock.now() - SPANS_MS[this.#timeframe];
  }

  get isEmpty() {
    return this.#lines.every((points) => points.length === 0);
  }

  draw() {
    const { scales, datasets } = { ...this.#chart.options, ...this.#chart.data };
    scales.x.max = serverClock.now();
    scales.x.min = scales.x.max - SPANS_MS[this.#timeframe];
    for (const points of this.#lines) while (points.length && points[0].x < scales.x.min) points.shift();
    [scales.y.min, scales.y.max] = this.#style.limits(this.#lines.flat());
    datasets.forEach((dataset, i) => (dataset.data = this.#withGaps(this.#lines[i])));
    this.#chart.update("none");
  }

  // A point without a value breaks the line (spanGaps cannot, together with a colour per segment).
  #withGaps(points) {
    return points.flatMap((point, i) => {
      const isAfterGap = i > 0 && point.x - points[i - 1].x > this.#gapMs;
      return isAfterGap ? [{ x: point.x - 1, y: NaN }, point] : [point];
    });
  }

  #configuration() {
    const scale = { border: { display: false } };
    return {
      type: "line",
      data: { datasets: this.#lines.map(() => ({ data: [], parsing: false, borderWidth: 1.6, pointRadius: 0, pointHitRadius: 0, fill: {} })) },
      options: {
        animation: false,
        normalized: true,
        maintainAspectRatio: false,
        interaction: { mode: "nearest", axis: "x", intersect: false },
        scales: {
          x: { ...scale, type: "linear", afterBuildTicks: (axis) => this.#placeTicks(axis),
               ticks: { callback: (time) => this.#clockTime(time), maxRotation: 0, autoSkipPadding: 16 } },
          y: { ...scale, ...this.#style.y, afterFit: (axis) => (axis.width = SCALE_WIDTH) },
        },
        plugins: { legend: { display: false }, tooltip: this.#tooltip() },
      },
      plugins: [
        { id: "span", beforeDraw: drawSpan, afterDatasetsDraw: drawSpanEdges },
        ...(this.#style.plugins ?? []),
        { id: "marks", afterDatasetsDraw: drawMarks },
      ],
    };
  }

  #tooltip() {
    return {
      displayColors: false,
      callbacks: {
        title: ([item]) => `${this.#clockTime(item.parsed.x)} UTC`,
        label: ({ parsed, datasetIndex }) => this.#style.label(parsed.y, datasetIndex),
      },
    };
  }

  // Of a day, without seconds.
  #clockTime(time) {
    return new Date(time).toISOString().slice(11, this.#timeframe === "24h" ? 16 : 19);
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
    this.#chart.data.datasets.forEach((dataset, i) => Object.assign(dataset, this.#style.line(i)));
    Object.assign(plugins.tooltip, {
      backgroundColor: colour("ink"), titleColor: colour("page"), bodyColor: colour("page"), padding: 10,
      titleFont: { family: "Inter" }, bodyFont: { family: "Inter" },
    });
    this.draw();
  }
}

export const clockTime = (time) => new Date(time).toISOString().slice(11, 19);

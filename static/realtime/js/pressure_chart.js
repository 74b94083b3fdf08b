// Net pressure over a span of time. Pressure is the imbalance ratio times a hundred: one line, two axes.
// Chart.js is a global that unfold ships.

import { colour, onPaletteChange } from "./colours.js";
import { fixed, signed } from "./figures.js";

const SPANS_MS = { "1m": 60_000, "5m": 300_000, "15m": 900_000 };
const GAP_MS = { "1m": 5_000, "5m": 10_000, "15m": 20_000 }; // a longer pause is drawn as one

export class PressureChart {
  #chart;
  #span = "5m";
  #points = [];

  constructor(canvas) {
    this.#chart = new window.Chart(canvas, this.#configuration());
    onPaletteChange(() => this.#repaint());
    this.#repaint();
  }

  replace(span, history) {
    this.#span = span;
    this.#points = history.map(({ timestamp, pressure }) => ({ x: Date.parse(timestamp), y: pressure }));
    this.advance(Math.max(Date.now(), this.#points.at(-1)?.x ?? 0));
  }

  push(at, pressure) {
    if (pressure === null || at <= (this.#points.at(-1)?.x ?? 0)) return;
    this.#points.push({ x: at, y: pressure });
  }

  advance(now) {
    const oldest = now - SPANS_MS[this.#span];
    this.#points = this.#points.filter(({ x }) => x >= oldest);
    this.#chart.data.datasets[0].data = this.#withGaps();
    Object.assign(this.#chart.options.scales.x, { min: oldest, max: now });
    this.#chart.options.scales.x.ticks.stepSize = SPANS_MS[this.#span] / 5;
    this.#chart.update("none");
  }

  #withGaps() {
    const points = [];
    for (const point of this.#points) {
      const before = points.at(-1);
      if (before && point.x - before.x > GAP_MS[this.#span]) points.push({ x: before.x + 1, y: null });
      points.push(point);
    }
    return points;
  }

  #repaint() {
    const [ink, grid, strong] = ["ink-faint", "line", "line-strong"].map(colour);
    const { scales } = this.#chart.options;
    for (const axis of Object.values(scales)) axis.ticks.color = ink;
    scales.x.grid.color = grid;
    scales.pressure.grid.color = ({ tick }) => (tick.value === 0 ? strong : grid);
    const [line] = this.#chart.data.datasets;
    Object.assign(line, { borderColor: colour("accent"), fill: { value: 0, above: colour("bid-soft"), below: colour("ask-soft") } });
    this.#chart.update("none");
  }

  #configuration() {
    const time = (value) => new Date(value).toISOString().slice(11, 19);
    const axis = { type: "linear", min: -100, max: 100, border: { display: false } };
    return {
      type: "line",
      data: { datasets: [{ data: [], yAxisID: "pressure", borderWidth: 1.5, pointRadius: 0, pointHitRadius: 8, tension: 0 }] },
      options: {
        animation: false,
        maintainAspectRatio: false,
        parsing: false,
        normalized: true,
        interaction: { mode: "nearest", axis: "x", intersect: false },
        plugins: {
          legend: { display: false },
          tooltip: {
            displayColors: false,
            callbacks: {
              title: ([item]) => `${time(item.parsed.x)} UTC`,
              label: ({ parsed }) => `${signed(parsed.y)} %, ratio ${signed(parsed.y / 100, 4)}`,
            },
          },
        },
        scales: {
          x: { type: "linear", border: { display: false }, grid: {}, ticks: { callback: time, maxRotation: 0, autoSkipPadding: 24 } },
          pressure: { ...axis, position: "left", grid: {}, ticks: { stepSize: 25, callback: (value) => fixed(value, 0) } },
          imbalance: {
            ...axis,
            position: "right",
            grid: { display: false },
            ticks: { stepSize: 50, callback: (value) => fixed(value / 100, 1) },
          },
        },
      },
    };
  }
}

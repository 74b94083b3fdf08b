// Depth over time: how deep the book was, by time and price, under its best prices and what was traded.

/* global Chart */

import { colour } from "./colours.js";
import { stepText } from "./price_chart.js";
import { BPS, edgeOf } from "./heat_rows.js";
import { clockTime, SCALE_WIDTH } from "./time_chart.js";

const STOPS = ["heat-0", "heat-1", "heat-2", "heat-3", "heat-4"];
const SHADES = 256;
const LEAST_DOUBLINGS = 3; // between the ends of the scale: a book that is even is not drawn as one that is torn
const [FAINTEST, STRONGEST] = [0.02, 0.995]; // shares of all cells below the ends of the scale
const ROWS_OF_THE_SCALE = 100; // tell it as well as all do
const MARK_EVERY_PX = 7;
const MARK_PX = [1.5, 7];
const HATCH_PX = 7;
const MARGIN = 0.03;
const LEAST_SHARE = 0.05; // of the colours: a little is more than nothing

export class HeatChart {
  #chart;
  #rows;
  #image = document.createElement("canvas");
  #shades = []; // as pixels, in the colours of the theme, from nothing to the most
  #unknown = 0;
  #span = { begin: 0, end: 1 };
  #isAround = false; // are prices drawn by how far they lie from the mid price of their moment?
  scale = null; // {low, high}: levels at the ends of the colours; null while there is nothing

  constructor(canvas, rows) {
    this.#rows = rows;
    this.#chart = new Chart(canvas, this.#configuration());
    window.addEventListener("themechange", () => this.#recolour());
    this.#recolour();
  }

  // begin, end: milliseconds since the epoch; zoom: how many times closer than all that is known
  draw({ begin, end, zoom, isAround }) {
    this.#span = { begin, end };
    this.#isAround = isAround;
    const { scales } = this.#chart.options;
    [scales.x.min, scales.x.max] = [begin, end];
    const rows = this.#rows.within(begin, end);
    [scales.y.min, scales.y.max] = isAround ? limitsAround(rows, zoom) : limits(rows, zoom);
    this.scale = this.#scaleOf(rows);
    this.#setLines();
    this.#chart.update("none");
  }

  get area() {
    return this.#chart.chartArea;
  }

  // What a place of the canvas stands for, in pixels from its corner; a height is a price, or basis points from the mid.
  valuesAt(x, y) {
    const { scales } = this.#chart;
    return { time: scales.x.getValueForPixel(x), height: scales.y.getValueForPixel(y) };
  }

  placeOf({ time, height }) {
    const { scales } = this.#chart;
    return { x: scales.x.getPixelForValue(time), y: scales.y.getPixelForValue(height) };
  }

  heightOf = (row, price) => (this.#isAround ? (price / row.mid - 1) * BPS : price);

  priceAt = (row, height) => (this.#isAround ? row.mid * (1 + height / BPS) : height);

  #scaleOf(rows) {
    const counts = new Map();
    let all = 0;
    const sample = rows.filter((_, i) => i % Math.ceil(rows.length / ROWS_OF_THE_SCALE) === 0);
    for (const level of sample.flatMap(({ levels: [bids, asks] }) => [...bids, ...asks])) {
      if (level === -Infinity) continue;
      const step = Math.round(4 * level) / 4;
      counts.set(step, (counts.get(step) ?? 0) + 1);
      all += 1;
    }
    if (!all) return null;
    const steps = [...counts].sort(([a], [b]) => a - b);
    const below = (share) => {
      let left = share * all;
      return steps.find(([, count]) => (left -= count) <= 0)[0];
    };
    const high = below(STRONGEST);
    return { low: Math.min(below(FAINTEST), high - LEAST_DOUBLINGS), high };
  }

  #setLines() {
    const lines = { mid: [], bid: [], ask: [] };
    let before = -Infinity;
    for (const [begin, end, row] of this.#rows.spans(this.#span.begin, this.#span.end)) {
      for (const [name, points] of Object.entries(lines)) {
        const y = this.heightOf(row, row[name]);
        if (begin > before) points.push({ x: begin, y: NaN });
        points.push({ x: begin, y }, { x: Math.min(end, this.#span.end), y });
      }
      before = end;
    }
    this.#chart.data.datasets.forEach((set) => (set.data = lines[set.name]));
  }

  #configuration() {
    const scale = { border: { display: false }, grid: { display: false } };
    const line = { data: [], parsing: false, pointRadius: 0, pointHitRadius: 0 };
    return {
      type: "line",
      data: { datasets: ["ask", "bid", "mid"].map((name) => ({ ...line, name, borderWidth: name === "mid" ? 1.8 : 1.2, borderDash: name === "mid" ? [] : [4, 2] })) },
      options: {
        animation: false,
        normalized: true,
        maintainAspectRatio: false,
        events: [],
        scales: {
          x: { ...scale, type: "linear", afterBuildTicks: placeTicks, ticks: { callback: clockTime, maxRotation: 0, autoSkipPadding: 16 } },
          y: { ...scale, ticks: { includeBounds: false, callback: (...tick) => this.#tickText(...tick), maxTicksLimit: 8 }, afterFit: (axis) => (axis.width = SCALE_WIDTH) },
        },
        plugins: { legend: { display: false }, tooltip: { enabled: false } },
      },
      plugins: [{ id: "heat", beforeDatasetsDraw: (chart) => this.#drawHeat(chart), afterDatasetsDraw: (chart) => this.#drawTrades(chart) }],
    };
  }

  #tickText = (value, i, ticks) => (this.#isAround ? `${stepText(value, i, ticks)} bps` : stepText(value, i, ticks));

  // -- Colours -------------------------------------------------------------------------------

  #recolour() {
    this.#shades = pixelsOf(STOPS);
    [this.#unknown] = pixelsOf(["surface", "surface"]);
    for (const axis of Object.values(this.#chart.options.scales)) {
      axis.ticks.color = colour("ink-faint");
      axis.ticks.font = { family: "Inter", size: 11 };
    }
    for (const set of this.#chart.data.datasets) set.borderColor = colour("ink");
    this.#chart.update("none");
  }

  // -- Drawing -------------------------------------------------------------------------------

  #drawHeat({ ctx, chartArea, scales: { x, y } }) {
    const { left, top, width, height } = chartArea;
    hatch(ctx, chartArea);
    const [columns, lines] = [Math.max(1, Math.round(width)), Math.max(1, Math.round(height))];
    const pixels = new Uint32Array(columns * lines);
    const heights = Array.from({ length: lines }, (_, line) => y.getValueForPixel(top + line + 0.5));
    for (const [begin, end, row] of this.#rows.spans(this.#span.begin, this.#span.end)) {
      const [from, to] = [begin, end].map((time) => Math.round(x.getPixelForValue(time) - left));
      if (to > Math.max(from, 0) && from < columns) this.#paint(pixels, columns, Math.max(from, 0), Math.min(to, columns), row, heights);
    }
    Object.assign(this.#image, { width: columns, height: lines });
    const image = new ImageData(new Uint8ClampedArray(pixels.buffer), columns, lines);
    this.#image.getContext("2d").putImageData(image, 0, 0);
    ctx.drawImage(this.#image, left, top, width, height);
  }

  // A row, from the highest place down, over the columns of the time for which it holds.
  #paint(pixels, columns, from, to, row, heights) {
    const shades = row.levels.map((levels) => Uint32Array.from(levels, (level) => this.#shadeOf(level)));
    for (let line = 0; line < heights.length; line += 1) {
      const bps = this.#isAround ? heights[line] : (heights[line] / row.mid - 1) * BPS;
      const side = bps < 0 ? 0 : 1;
      const place = this.#rows.bucketOf(row, side, Math.abs(bps));
      const shade = place < 0 ? this.#unknown : shades[side][place];
      for (let pixel = line * columns + from; pixel < line * columns + to; pixel += 1) pixels[pixel] = shade;
    }
  }

  #shadeOf(level) {
    if (level === -Infinity) return this.#shades[0];
    const share = (level - this.scale.low) / (this.scale.high - this.scale.low);
    return this.#shades[Math.round(Math.min(Math.max(share, LEAST_SHARE), 1) * (SHADES - 1))];
  }

  #drawTrades({ ctx, chartArea, scales: { x, y } }) {
    const marks = new Map();
    const everyMs = (MARK_EVERY_PX * (this.#span.end - this.#span.begin)) / Math.max(1, chartArea.width);
    for (const row of this.#rows.within(this.#span.begin, this.#span.end)) {
      const middle = x.getPixelForValue(row.time);
      if (middle < chartArea.left) continue;
      for (const [way, price] of [["bought", row.ask], ["sold", row.bid]]) {
        if (!row[way]) continue;
        const key = `${way} ${Math.floor(row.time / everyMs)}`;
        const mark = marks.get(key) ?? { way, notional: 0, weighted: 0, y: 0 };
        mark.notional += row[way];
        mark.weighted += row[way] * middle;
        mark.y = y.getPixelForValue(this.heightOf(row, price));
        marks.set(key, mark);
      }
    }
    const most = Math.max(...[...marks.values()].map(({ notional }) => notional));
    ctx.save();
    ctx.beginPath();
    ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height);
    ctx.clip();
    for (const { way, notional, weighted, y: edge } of marks.values()) {
      const size = Math.max(MARK_PX[0], MARK_PX[1] * Math.sqrt(notional / most));
      drawMark(ctx, way, weighted / notional, edge, size);
    }
    ctx.restore();
  }
}

// Bought points up from above the best ask, sold points down from below the best bid.
function drawMark(ctx, way, x, edge, size) {
  const [up, gap] = [way === "bought" ? -1 : 1, 3];
  ctx.beginPath();
  ctx.moveTo(x - size, edge + up * gap);
  ctx.lineTo(x + size, edge + up * gap);
  ctx.lineTo(x, edge + up * (gap + 1.8 * size));
  ctx.closePath();
  ctx.fillStyle = colour(way === "bought" ? "bid" : "ask");
  ctx.strokeStyle = colour("surface");
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.fill();
}

// Where no row holds the book was not live.
function hatch(ctx, { left, top, right, bottom }) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, right - left, bottom - top);
  ctx.clip();
  ctx.strokeStyle = colour("line-strong");
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let x = left - (bottom - top); x < right; x += HATCH_PX) {
    ctx.moveTo(x, bottom);
    ctx.lineTo(x + bottom - top, top);
  }
  ctx.stroke();
  ctx.restore();
}

// All that is known of any row; closer, around the middle of what the mid price did, of which nothing is cut off.
function limits(rows, zoom) {
  if (!rows.length) return [0, 1];
  const low = Math.min(...rows.map((row) => edgeOf(row, 0)));
  const high = Math.max(...rows.map((row) => edgeOf(row, 1)));
  const mids = rows.map((row) => row.mid);
  const [least, most] = [Math.min(...mids), Math.max(...mids)];
  const middle = (least + most) / 2;
  const half = Math.max(Math.max(high - middle, middle - low) / zoom, (0.5 + MARGIN) * (most - least));
  return [middle - half, middle + half];
}

// The same in basis points from the mid price, which lies in the middle.
function limitsAround(rows, zoom) {
  const half = Math.max(1, ...rows.flatMap(({ reach }) => reach)) / zoom;
  return [-half, half];
}

function placeTicks(axis) {
  const step = [10_000, 60_000, 180_000].find((each) => (axis.max - axis.min) / each <= 6);
  axis.ticks = [];
  for (let time = Math.ceil(axis.min / step) * step; time <= axis.max; time += step) axis.ticks.push({ value: time });
}

// The colours between some of the palette, as pixels.
function pixelsOf(names) {
  const ctx = Object.assign(document.createElement("canvas"), { width: SHADES, height: 1 }).getContext("2d", { willReadFrequently: true });
  const gradient = ctx.createLinearGradient(0.5, 0, SHADES - 0.5, 0);
  names.forEach((name, i) => gradient.addColorStop(i / (names.length - 1), colour(name)));
  ctx.fillStyle = gradient;
  ctx.fillRect(0, 0, SHADES, 1);
  return new Uint32Array(ctx.getImageData(0, 0, SHADES, 1).data.buffer);
}

// A small picture of how a quantity was distributed, with a marker where a limit lies in it. What it shows is said in words
// beside it, so screen readers leave it out.

import { isUpwards } from "./shares.js";

const BINS = 48;
const BIN_WIDTH = 5;
const HEIGHT = 30;
const LEAST = 1.5; // of a bin that is not empty
const TAIL = 0.005; // at either end, drawn at the edge
const WIDE = 20; // from here on, how often the least fits into the greatest is drawn in powers

export class Sketch {
  #position;
  #bars;
  #marker;
  #holds;

  constructor(quantity, holds) {
    const [low, high] = ends(quantity);
    this.#holds = holds;
    this.low = low;
    this.high = high;
    this.#position = scale(low, high);
    this.element = part("svg", { viewBox: `0 0 ${BINS * BIN_WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "sketch", "aria-hidden": "true" });
    const bins = binned(quantity, this.#position);
    const fullest = Math.max(...bins);
    this.#bars = bins.map((count, index) => bar(index, count / fullest));
    this.#marker = part("line", { y1: 0, y2: HEIGHT, class: "sketch-limit" });
    this.element.append(...this.#bars, this.#marker);
  }

  mark(limit) {
    const place = this.#position(limit) * BINS;
    this.#bars.forEach((each, index) => each.toggleAttribute("data-held", isUpwards(this.#holds) === index + 0.5 > place));
    const x = Math.min(BINS * BIN_WIDTH - 1, Math.max(1, place * BIN_WIDTH));
    this.#marker.setAttribute("x1", x);
    this.#marker.setAttribute("x2", x);
  }
}

// From where to where it is drawn: without the outermost few, which would leave no room for the others.
function ends({ buckets, count, lowest, highest }) {
  let seen = 0;
  const low = buckets.find((bucket) => (seen += bucket.count) > count * TAIL)?.low ?? lowest;
  seen = 0;
  const high = buckets.findLast((bucket) => (seen += bucket.count) > count * TAIL)?.high ?? highest;
  return [low, high];
}

// Where a value lies, 0 to 1.
function scale(low, high) {
  if (low === high) return (value) => (value < low ? 0 : value > low ? 1 : 0.5);
  const bend = low > 0 && high / low > WIDE ? (value) => Math.log(Math.max(value, low)) : (value) => value;
  return (value) => Math.min(1, Math.max(0, (bend(value) - bend(low)) / (bend(high) - bend(low))));
}

function binned({ buckets }, position) {
  const bins = Array(BINS).fill(0);
  for (const { low, high, count } of buckets) {
    const [first, last] = [low, high].map((value) => position(value) * BINS);
    const [from, to] = [first, last].map((place) => Math.min(BINS - 1, Math.floor(place)));
    for (let bin = from; bin <= to; bin += 1) {
      const overlap = last > first ? (Math.min(last, bin + 1) - Math.max(first, bin)) / (last - first) : 1;
      bins[bin] += count * overlap;
    }
  }
  return bins;
}

function bar(index, share) {
  const height = share && Math.max(LEAST, share * HEIGHT);
  return part("rect", { x: index * BIN_WIDTH, y: HEIGHT - height, width: BIN_WIDTH - 1, height, class: "sketch-bar" });
}

function part(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}

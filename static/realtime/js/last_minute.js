// The last minute of one number in equal slots, and its picture.

import { colour } from "./colours.js";

const SLOTS = 30;
const SLOT_MS = 2_000;
const BRIDGED_SLOTS = 2; // a pause this short is drawn through, a longer one is a gap

export class LastMinute {
  #values = new Array(SLOTS).fill(null);
  #slot = null; // number of the newest slot, counted from the epoch

  fill(values, now) {
    const live = this.#values.at(-1);
    this.#values = values.slice(-SLOTS);
    while (this.#values.length < SLOTS) this.#values.unshift(null);
    this.#values[SLOTS - 1] = live ?? this.#values[SLOTS - 1];
    this.#slot = Math.floor(now / SLOT_MS);
  }

  push(value, now) {
    this.advance(now);
    this.#values[SLOTS - 1] = value;
  }

  // Move on to the slot of `now`; true when the picture has changed by that.
  advance(now) {
    const slot = Math.floor(now / SLOT_MS);
    const passed = this.#slot === null ? 0 : Math.min(SLOTS, slot - this.#slot);
    this.#slot = Math.max(slot, this.#slot ?? slot);
    for (let i = 0; i < passed; i += 1) {
      this.#values.shift();
      this.#values.push(null);
    }
    return passed > 0;
  }

  draw(canvas) {
    const context = prepared(canvas);
    const { clientWidth: width, clientHeight: height } = canvas;
    const x = (slot) => 1 + (slot / (SLOTS - 1)) * (width - 4);
    const y = (value) => height / 2 - (Math.max(-100, Math.min(100, value)) / 100) * (height / 2 - 2);
    line(context, colour("line-strong"), 1, [[[0, height / 2], [width, height / 2]]]);
    const runs = this.#runs().map((run) => run.map(([slot, value]) => [x(slot), y(value)]));
    line(context, colour("ink-soft"), 1.25, runs);
    const newest = runs.at(-1)?.at(-1);
    if (newest) dot(context, newest, newest[1] <= height / 2 ? colour("bid") : colour("ask"));
  }

  #runs() {
    const runs = [];
    let previous = -Infinity;
    this.#values.forEach((value, slot) => {
      if (value === null) return;
      if (slot - previous > BRIDGED_SLOTS + 1) runs.push([]);
      runs.at(-1).push([slot, value]);
      previous = slot;
    });
    return runs;
  }
}

function prepared(canvas) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  return context;
}

function line(context, style, width, runs) {
  context.strokeStyle = style;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.lineCap = "round";
  context.beginPath();
  for (const run of runs) {
    context.moveTo(...run[0]);
    run.forEach((point) => context.lineTo(...point));
  }
  context.stroke();
}

function dot(context, [x, y], style) {
  context.fillStyle = style;
  context.beginPath();
  context.arc(x, y, 2.2, 0, 2 * Math.PI);
  context.fill();
}

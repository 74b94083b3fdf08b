// The panel of depth over time: asked for while somebody sees it, read with the pointer or the keyboard, told in words.

import { setText } from "./fields.js";
import { compact, fixed, utcTime } from "./figures.js";
import { answered } from "./follow.js";
import { HeatChart } from "./heat_chart.js";
import { HeatRows, KEPT_MS } from "./heat_rows.js";
import { serverClock } from "./server_clock.js";

const ASK_EVERY_MS = 2_000;
const WITHDRAWN_AFTER_MS = 2_000; // by then the server has let go of a false past
const CLOSEST = 16;
const LEAP = 10; // rows, or steps of price
const PRICE_STEPS = 64; // from the lowest price that is drawn to the highest
const SIDES = ["bid", "ask"];

const styles = Object.assign(document.createElement("link"), { rel: "stylesheet", href: new URL("../css/heat.css", import.meta.url) });
document.head.append(styles);
await new Promise((resolve) => (styles.onload = styles.onerror = resolve)); // the canvas takes its size from them

export class Heat {
  #panel;
  #url;
  #place;
  #units;
  #write;
  #hint;
  #rows = new HeatRows();
  #chart;
  #cursor = null; // {time, height} that is read; null while nothing is
  #pointer = null; // {x, y} in the plot, while there is one
  #minutes = 15;
  #zoom = 1;
  #isAround = null; // prices as they are (false), or by how far they lie from the mid; null until there is something
  #isSeen = false;
  #askAfter = 0;
  #generation = 0; // answers to what was asked before the rows were thrown away are of no use

  // place: {venue, form}; write(price) gives its text
  constructor(panel, place, quote, write) {
    [this.#panel, this.#place, this.#write] = [panel, place, write];
    this.#url = panel.dataset.url;
    this.#units = { quote, base: panel.dataset.base };
    this.#hint = this.#part("readout").textContent;
    this.#chart = new HeatChart(this.#part("canvas"), this.#rows);
    this.#listen();
    new IntersectionObserver((entries) => {
      this.#isSeen = entries.at(-1).isIntersecting;
      this.#tick();
    }).observe(panel);
    setInterval(() => this.#tick(), 1_000);
    document.addEventListener("visibilitychange", () => this.#tick());
  }

  // From now on that of another market.
  moveTo(place) {
    this.#place = place;
    this.#forget();
    this.#tick();
  }

  // What has been drawn may have been of another coin.
  clear() {
    this.#forget();
    this.#askAfter = Date.now() + WITHDRAWN_AFTER_MS;
    this.#draw();
  }

  #part = (name) => this.#panel.querySelector(`[data-heat="${name}"]`);

  #forget() {
    this.#generation += 1;
    this.#askAfter = 0;
    this.#rows.clear();
    this.#isAround = null;
    this.#show(null);
  }

  #tick() {
    if (!this.#isSeen || document.hidden) return;
    if (Date.now() >= this.#askAfter) this.#ask();
    else this.#draw();
  }

  async #ask() {
    this.#askAfter = Date.now() + ASK_EVERY_MS;
    const generation = this.#generation;
    const query = new URLSearchParams(this.#place.venue ? this.#place : {});
    if (!this.#rows.isEmpty) query.set("since", new Date(this.#rows.last.time).toISOString());
    const body = await answered(`${this.#url}?${query}`);
    if (body && generation === this.#generation) this.#rows.take(body);
    this.#draw();
  }

  // -- Painting ------------------------------------------------------------------------------

  #draw() {
    const end = serverClock.now();
    this.#rows.forgetBefore(end - KEPT_MS);
    const begin = end - 60_000 * this.#minutes;
    if (this.#isAround === null && !this.#rows.isEmpty) this.#lookFrom(this.#rows.hasLeftItsBook(begin, end));
    this.#chart.draw({ begin, end, zoom: this.#zoom, isAround: this.#isAround ?? false });
    this.#part("empty").hidden = !this.#rows.isEmpty;
    this.#legend();
    this.#describe(end);
    if (this.#pointer) this.#point(this.#pointer);
    else if (this.#cursor) this.#show(this.#inside(this.#cursor));
  }

  #legend() {
    const { scale } = this.#chart;
    for (const end of ["low", "high"]) setText(this.#part(end), scale ? this.#amount(2 ** scale[end]) : "–");
    setText(this.#part("unit"), `${this.#units.base || "base"} per bp`);
    const [closer, wider] = [this.#part("closer"), this.#part("wider")];
    [closer.disabled, wider.disabled] = [this.#zoom >= CLOSEST, this.#zoom <= 1];
  }

  #lookFrom(isAround) {
    this.#isAround = isAround;
    this.#part(isAround ? "around" : "price").checked = true;
  }

  // The same in words, for those who cannot see it.
  #describe(end) {
    const begin = end - 60_000 * this.#minutes;
    const rows = this.#rows.within(begin, end);
    const span = this.#minutes === 1 ? "the last minute" : `the last ${this.#minutes} minutes`;
    if (!rows.length) return setText(this.#part("words"), `Nothing in ${span}.`);
    const mids = rows.map(({ mid }) => mid);
    const held = this.#rows.spans(begin, end).reduce((sum, [from, to]) => sum + Math.min(to, end) - Math.max(from, begin), 0);
    const missing = Math.round((end - begin - held) / 1000);
    const last = rows.at(-1);
    const texts = [
      `In ${span} the mid price lay between ${this.#price(Math.min(...mids))} and ${this.#price(Math.max(...mids))}.`,
      `The map reaches ${fixed(last.reach[0])} bps below it and ${fixed(last.reach[1])} bps above.`,
    ];
    if (rows.some(({ bought }) => bought !== null)) texts.push(`Bought ${this.#sum(rows, "bought")}, sold ${this.#sum(rows, "sold")}.`);
    if (missing > 0) texts.push(`Not live, or not recorded, for ${missing} s.`);
    setText(this.#part("words"), texts.join(" "));
  }

  #sum = (rows, way) => this.#notional(rows.reduce((sum, row) => sum + (row[way] ?? 0), 0));

  #notional = (value) => `${compact(value)} ${this.#units.quote}`.trimEnd();

  #price = (value) => `${this.#write(value)} ${this.#units.quote}`.trimEnd();

  // On the scale a quantity is known to a twelfth.
  #amount = (value) => compact(Number(value.toPrecision(2)));

  // -- Reading -------------------------------------------------------------------------------

  #show(cursor, isTold = false) {
    this.#cursor = cursor;
    const text = cursor ? this.#textOf(cursor) : "";
    setText(this.#part("readout"), text || this.#hint);
    if (isTold) setText(this.#part("told"), text);
    for (const line of this.#panel.querySelectorAll(".heat-cross")) line.hidden = !cursor;
    if (!cursor) return;
    const { x, y } = this.#chart.placeOf(cursor);
    const { left, top, width, height } = this.#chart.area;
    const [across, down] = [this.#part("across").style, this.#part("down").style];
    Object.assign(across, { left: `${left}px`, width: `${width}px`, top: `${y}px` });
    Object.assign(down, { top: `${top}px`, height: `${height}px`, left: `${x}px` });
  }

  #textOf({ time, height }) {
    const row = this.#rows.at(time);
    if (!row) return `${utcTime(time)}: not live`;
    const price = this.#chart.priceAt(row, height);
    const cell = this.#rows.cellAt(row, price);
    const traded = [["bought", row.bought], ["sold", row.sold]].filter(([, value]) => value);
    return [
      utcTime(row.time),
      cell ? `${this.#write(cell.low)} to ${this.#write(cell.high)}: ${this.#held(cell)}` : `${this.#write(price)}: not known`,
      `mid ${this.#write(row.mid)}`,
      ...traded.map(([way, value]) => `${way} ${this.#notional(value)}`),
    ].join(" · ");
  }

  #held({ side, quantity }) {
    return quantity ? `about ${this.#amount(quantity)} ${this.#units.base} ${SIDES[side]}`.replace("  ", " ") : "no orders";
  }

  // -- Pointer and keys ----------------------------------------------------------------------

  #listen() {
    const plot = this.#part("plot");
    plot.addEventListener("pointermove", (event) => {
      const { x, y } = plot.getBoundingClientRect();
      this.#point({ x: event.clientX - x, y: event.clientY - y });
    });
    plot.addEventListener("pointerleave", () => this.#point(null));
    plot.addEventListener("keydown", (event) => this.#press(event));
    this.#part("closer").addEventListener("click", () => this.#zoomBy(2));
    this.#part("wider").addEventListener("click", () => this.#zoomBy(1 / 2));
    this.#panel.addEventListener("change", ({ target }) => {
      if (target.name === "heat-span") this.#minutes = parseInt(target.value, 10);
      else this.#lookFrom(target.value === "around");
      this.#show(null);
      this.#draw();
    });
  }

  // What is under the pointer goes on while that rests.
  #point(pointer) {
    const { left, right, top, bottom } = this.#chart.area;
    const isInside = pointer && pointer.x >= left && pointer.x <= right && pointer.y >= top && pointer.y <= bottom;
    this.#pointer = isInside ? pointer : null;
    this.#show(isInside ? this.#chart.valuesAt(pointer.x, pointer.y) : null);
  }

  #press(event) {
    const by = event.shiftKey ? LEAP : 1;
    const keys = {
      ArrowLeft: () => this.#move(-by, 0),
      ArrowRight: () => this.#move(by, 0),
      ArrowUp: () => this.#move(0, by),
      ArrowDown: () => this.#move(0, -by),
      Home: () => this.#move(-Infinity, 0),
      End: () => this.#move(Infinity, 0),
      "+": () => this.#zoomBy(2),
      "-": () => this.#zoomBy(1 / 2),
      d: () => this.#toDeepest(),
      Escape: () => this.#show(null, true),
    };
    const key = event.key === "D" ? "d" : event.key;
    if (!(key in keys) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#pointer = null;
    keys[key]();
  }

  // So many rows later, and so many steps of price up; the first move begins at the newest mid price.
  #move(rows, steps) {
    const { last } = this.#rows;
    if (!last) return;
    const [{ height: high }, { height: low }] = this.#corners;
    const { time, height } = this.#cursor ?? { time: last.time, height: this.#chart.heightOf(last, last.mid) };
    const row = rows && this.#cursor ? this.#rows.step(time, rows) : { time };
    this.#show(this.#inside({ time: row.time, height: height + (steps * (high - low)) / PRICE_STEPS }), true);
  }

  #toDeepest() {
    const [{ time: begin, height: high }, { time: end, height: low }] = this.#corners;
    const isDrawn = (row, price) => {
      const height = this.#chart.heightOf(row, price);
      return height >= low && height <= high;
    };
    const place = this.#rows.deepest(begin, end, isDrawn);
    if (!place) return;
    const { row, price } = place;
    this.#show({ time: Math.max(row.time, begin), height: this.#chart.heightOf(row, price) }, true);
  }

  // The nearest place that is drawn.
  #inside({ time, height }) {
    const [{ time: begin, height: high }, { time: end, height: low }] = this.#corners;
    return { time: Math.min(Math.max(time, begin), end), height: Math.min(Math.max(height, low), high) };
  }

  get #corners() {
    const { left, top, right, bottom } = this.#chart.area;
    return [this.#chart.valuesAt(left, top), this.#chart.valuesAt(right, bottom)];
  }

  #zoomBy(factor) {
    this.#zoom = Math.min(Math.max(this.#zoom * factor, 1), CLOSEST);
    this.#draw();
  }
}

// One market of those that are compared: its row, its socket, and its past.

import { bps, compact, leastCost, placeWords, price, signed, stateWord } from "./figures.js";
import { write } from "./lists.js";
import { LiveSocket } from "./live_socket.js";
import { reasonWords, whyNoCost, whyNoDepth } from "./reasons.js";
import { serverClock } from "./server_clock.js";

const FLOW_SECONDS = 10;

export class ComparedMarket {
  #row;
  #staleAfterMs;
  #told;
  #place = null; // venue and form of the market that is shown
  #facts = null; // what lists show of it, null while nothing current is known
  #mid = null;
  #flow = null;
  #opened = null; // its mid price at the beginning of the span
  #observedAt = 0;
  state;
  at = 0; // when its newest book came, in milliseconds since the epoch
  status = { state: "connecting", retryAt: null };

  // told: frame(frame) and heartbeat(frame), status() when that of the socket is another, began() when its past is wanted,
  // withdrawn() when what was told of it may be false
  constructor(row, staleAfterMs, told) {
    [this.#row, this.#staleAfterMs, this.#told] = [row, staleAfterMs, told];
    this.state = row.dataset.state;
    this.socket = new LiveSocket(row.dataset.socketPath, {
      snapshot: (frame) => {
        this.#accept(frame);
        told.began();
      },
      update: (frame) => this.#accept(frame),
      heartbeat: (frame) => {
        serverClock.set(Date.parse(frame.sent_at));
        told.heartbeat(frame);
      },
      removed: () => this.#forget(),
      error: ({ code }) => {
        if (code !== "NOT_TRACKED") return;
        this.#become({ state: "open", retryAt: null }); // there will be no snapshot before there is something to show
        this.#forget();
      },
      status: (status) => this.#become(status),
    });
  }

  get name() {
    return this.#row.dataset.name;
  }

  // How far its mid price is from that at the beginning of the span, in percent.
  get moved() {
    return this.#mid === null || this.#opened === null ? null : 100 * (this.#mid / this.#opened - 1);
  }

  get pressure() {
    return this.#facts?.net_pressure ?? null;
  }

  // A row nobody has heard of for too long is stale, whatever was reported last.
  judge(isFresh) {
    if (!this.#facts) return;
    const isLive = this.#facts.state === "live" && isFresh && Date.now() - this.#observedAt <= this.#staleAfterMs;
    this.state = this.#facts.state === "live" && !isLive ? "stale" : this.#facts.state;
    this.#paint();
  }

  // The points of its line: what is "moved" or "pressure". What it moved is known from here on, whatever is drawn.
  async history(answered, what, timeframe, most) {
    const { pricesUrl, pressureUrl } = this.#row.dataset;
    const query = new URLSearchParams({ timeframe, max_points: most, ...this.#place });
    const place = this.#place;
    const [prices, pressures] = await Promise.all([
      answered(`${pricesUrl}?${query}`),
      what === "pressure" ? answered(`${pressureUrl}?${query}`) : null,
    ]);
    if (place !== this.#place) return []; // of the market before
    const open = prices?.summary.open ?? null;
    this.#opened = open;
    this.#paint();
    if (what === "pressure") return pointsOf(pressures?.pressure_history, ({ pressure }) => pressure);
    return pointsOf(prices?.price_history, (point) => 100 * (point.mid_price / open - 1));
  }

  words(what) {
    return `${this.name} ${what === "pressure" ? "net pressure" : "moved"} ${signed(this[what], what === "pressure" ? 2 : 3)} %`;
  }

  #accept(frame) {
    const { metrics, row, liquidity, venue, form } = frame;
    if (this.#place?.venue !== venue || this.#place?.form !== form) this.#moveTo({ venue, form });
    serverClock.set(Date.parse(metrics.timestamp) + metrics.age_ms);
    this.at = Date.parse(metrics.timestamp);
    this.#observedAt = Date.now() - metrics.age_ms;
    this.#facts = { ...row, state: metrics.state, reason: metrics.reason };
    this.#mid = row?.mid_price ?? null;
    if (metrics.state === "suspect" && this.state !== "suspect") {
      this.#opened = null;
      this.#told.withdrawn();
    }
    this.#flow = liquidity?.flow.find(({ seconds }) => seconds === FLOW_SECONDS)?.normalised ?? null;
    this.state = metrics.state;
    this.#paint();
    this.#told.frame(frame);
  }

  #moveTo(place) {
    if (this.#place) this.#told.withdrawn();
    this.#place = place;
    this.#opened = null;
  }

  #forget() {
    this.#facts = this.#mid = this.#flow = this.#opened = null;
    this.state = "removed";
    this.#paint();
    this.#told.withdrawn();
  }

  #become(status) {
    this.status = status;
    this.#told.status();
  }

  #paint() {
    const facts = this.#facts ?? {};
    if (this.#row.dataset.state !== this.state) this.#row.dataset.state = this.state;
    write(this.#row, {
      place: this.#place ? placeWords({ ...this.#place, symbol: this.#row.dataset.symbol }) : "",
      state: this.state === "removed" ? "not tracked" : stateWord(this.state),
      reason: facts.state === this.state ? reasonWords(facts.reason, this.state) : "",
      mid_price: price(this.#mid),
      moved: signed(this.moved, 3),
      net_pressure: signed(facts.net_pressure),
      spread_bps_10s: bps(facts.spread_bps_10s),
      cost: leastCost(facts),
      depth_usd_10s: compact(facts.depth_usd_10s),
      flow: signed(this.#flow),
    });
    this.#explain("cost_reason", this.#facts ? whyNoCost(facts) : "");
    this.#explain("depth_reason", this.#facts ? whyNoDepth(facts) : "");
  }

  // Why a figure is not known, for pointers and for screen readers.
  #explain(cell, text) {
    write(this.#row, { [cell]: text });
    this.#row.querySelector(`[data-cell=${cell}]`).parentElement.title = text;
  }
}

const pointsOf = (series = [], value) => series.map((point) => ({ x: Date.parse(point.timestamp), y: value(point) }));

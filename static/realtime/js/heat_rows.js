// The rows of a heat map as the server sends them: kept for a quarter of an hour, each until the next or for so long as it holds.

export const KEPT_MS = 900_000;
const BPS = 10_000;

export class HeatRows {
  #rows = [];
  #holdsMs = 0;
  #scale = null;

  get isEmpty() {
    return this.#rows.length === 0;
  }

  get last() {
    return this.#rows.at(-1);
  }

  clear() {
    this.#rows = [];
  }

  // body: the answer of /metrics/heat; what it tells comes after what is here
  take(body) {
    [this.#holdsMs, this.#scale] = [1000 * body.holds_seconds, body.scale];
    const bytes = Uint8Array.from(atob(body.cells), (letter) => letter.charCodeAt(0));
    const width = 2 * body.scale.buckets;
    const newest = this.last?.time ?? -Infinity;
    body.times_ms.forEach((time, i) => {
      if (time > newest) this.#rows.push(rowOf(body, i, bytes.subarray(i * width, (i + 1) * width)));
    });
  }

  forgetBefore(time) {
    const first = this.#rows.findIndex((row) => row.time >= time);
    this.#rows.splice(0, first < 0 ? this.#rows.length : first);
  }

  // Those that hold at any moment of a span, oldest first.
  within(begin, end) {
    return this.#rows.filter((row, i) => row.time <= end && this.#endOf(i) > begin);
  }

  // Spans, in the same order, in which rows hold: [begin, end, row]
  spans(begin, end) {
    return this.#rows
      .map((row, i) => [row.time, this.#endOf(i), row])
      .filter(([from, to]) => from <= end && to > begin);
  }

  // The row that holds at a moment; undefined in a gap.
  at(time) {
    const place = this.#rows.findLastIndex((row) => row.time <= time);
    return place >= 0 && time < this.#endOf(place) ? this.#rows[place] : undefined;
  }

  // The row so many further than the one of a moment, as far as there are any.
  step(time, by) {
    const place = this.#rows.findLastIndex((row) => row.time <= time);
    return this.#rows[Math.min(Math.max(place + by, 0), this.#rows.length - 1)];
  }

  // What stands at a price of a row: {side, low, high, quantity, level}; level is the power of two of the quantity in a
  // basis point, -Infinity for nothing. null beyond what is known.
  cellAt(row, price) {
    const bps = (price / row.mid - 1) * BPS;
    const side = bps < 0 ? 0 : 1;
    const place = this.bucketOf(row, side, Math.abs(bps));
    if (place < 0) return null;
    const { buckets } = this.#scale;
    const byte = row.cells[side * buckets + place];
    const edges = [place, place + 1].map((n) => row.mid * (1 + ((side ? 1 : -1) * n * row.reach[side]) / buckets / BPS));
    return {
      side,
      low: Math.min(...edges),
      high: Math.max(...edges),
      quantity: byte ? 2 ** this.#powerOf(byte) : 0,
      level: byte ? this.#powerOf(byte) - this.widthOf(row, side) : -Infinity,
    };
  }

  bucketOf(row, side, bps) {
    const { buckets } = this.#scale;
    if (bps > row.reach[side] * (1 + 1e-9)) return -1;
    return Math.min(Math.floor((bps / row.reach[side]) * buckets), buckets - 1);
  }

  // Of each byte of a side the level, as in cellAt
  levelsOf(row, side) {
    const { buckets } = this.#scale;
    const width = this.widthOf(row, side);
    return Array.from(row.cells.subarray(side * buckets, (side + 1) * buckets), (byte) =>
      byte ? this.#powerOf(byte) - width : -Infinity);
  }

  // Of a bucket, in basis points, as a power of two
  widthOf = (row, side) => Math.log2(row.reach[side] / this.#scale.buckets);

  #powerOf = (byte) => this.#scale.lowest_power + (byte - 1) / this.#scale.steps_of_a_doubling;

  #endOf(i) {
    return Math.min(this.#rows[i + 1]?.time ?? Infinity, this.#rows[i].time + this.#holdsMs);
  }
}

function rowOf(body, i, cells) {
  const [bid, ask] = [body.best_bid[i], body.best_ask[i]];
  return {
    time: body.times_ms[i],
    bid,
    ask,
    mid: (bid + ask) / 2,
    reach: [body.bid_reach_bps[i], body.ask_reach_bps[i]],
    bought: body.bought[i],
    sold: body.sold[i],
    cells,
  };
}

// The price at the end of what is known of a side.
export const edgeOf = (row, side) => row.mid * (1 + ((side ? 1 : -1) * row.reach[side]) / BPS);

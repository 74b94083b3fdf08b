// The rows of a heat map as the server sends them: kept for a quarter of an hour, each until the next or for so long as it holds.

export const KEPT_MS = 900_000;
export const BPS = 10_000;
const JUST_BEYOND = 1 + 1e-9; // whatever floats make of the end of what is known

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
      if (time > newest) this.#rows.push(this.#rowOf(body, i, bytes.subarray(i * width, (i + 1) * width)));
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

  // Did the mid price go further than the book is known?
  hasLeftItsBook(begin, end) {
    const rows = this.within(begin, end);
    const mids = rows.map(({ mid }) => mid);
    const known = rows.map((row) => edgeOf(row, 1) - edgeOf(row, 0));
    return Math.max(...mids) - Math.min(...mids) > Math.max(...known);
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

  // Where most rests in a basis point, of what is within a span and meant: {row, price}; undefined where nothing does.
  deepest(begin, end, isMeant) {
    let [most, place] = [-Infinity, undefined];
    for (const row of this.within(begin, end)) {
      row.levels.forEach((levels, side) =>
        levels.forEach((level, bucket) => {
          const price = edgeOf(row, side, (bucket + 0.5) / levels.length);
          if (level > most && isMeant(row, price)) [most, place] = [level, { row, price }];
        }),
      );
    }
    return place;
  }

  // What stands at a price of a row: {side, low, high, quantity}; null beyond what is known.
  cellAt(row, price) {
    const bps = (price / row.mid - 1) * BPS;
    const side = bps < 0 ? 0 : 1;
    const place = this.bucketOf(row, side, Math.abs(bps));
    if (place < 0) return null;
    const width = row.reach[side] / row.levels[side].length;
    const edges = [place, place + 1].map((n) => edgeOf(row, side, n / row.levels[side].length));
    return { side, low: Math.min(...edges), high: Math.max(...edges), quantity: 2 ** row.levels[side][place] * width };
  }

  // Which bucket of a side lies so far from the mid price; -1 beyond what is known.
  bucketOf(row, side, bps) {
    const [reach, buckets] = [row.reach[side], row.levels[side].length];
    return bps > reach * JUST_BEYOND ? -1 : Math.min(Math.floor((bps / reach) * buckets), buckets - 1);
  }

  // cells: the bytes of both sides. Levels are powers of two of the quantity in a basis point, -Infinity for nothing.
  #rowOf(body, i, cells) {
    const { buckets, lowest_power: lowest, steps_of_a_doubling: steps } = this.#scale;
    const [bid, ask] = [body.best_bid[i], body.best_ask[i]];
    const reach = [body.bid_reach_bps[i], body.ask_reach_bps[i]];
    const levels = reach.map((far, side) => {
      const width = Math.log2(far / buckets);
      const ofSide = cells.subarray(side * buckets, (side + 1) * buckets);
      return Float64Array.from(ofSide, (byte) => (byte ? lowest + (byte - 1) / steps - width : -Infinity));
    });
    return { time: body.times_ms[i], bid, ask, mid: (bid + ask) / 2, reach, bought: body.bought[i], sold: body.sold[i], levels };
  }

  #endOf(i) {
    return Math.min(this.#rows[i + 1]?.time ?? Infinity, this.#rows[i].time + this.#holdsMs);
  }
}

// The price at the end of what is known of a side, or at a share of the way there.
export const edgeOf = (row, side, share = 1) => row.mid * (1 + ((side ? 1 : -1) * share * row.reach[side]) / BPS);

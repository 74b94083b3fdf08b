// The mid price of one symbol over a span: as it was published where that is no longer ago than 15 minutes, and else by the minute.

import { answered } from "../../../realtime/js/follow.js";

const LATELY_SECONDS = 960; // the first seconds of a quarter of an hour may have gone
const MOST_POINTS = 400;

// [{x: seconds since the epoch, y}], oldest first; empty where there is none
export async function pricesOver({ since, until }, { prices, history }) {
  const isLately = Date.now() / 1_000 - since <= LATELY_SECONDS;
  const points = isLately ? await published(prices) : await byMinute(history, since, until);
  return points.filter(({ x }) => x >= since && x < until);
}

async function published(url) {
  const body = await answered(`${url}?timeframe=15m&max_points=${MOST_POINTS}`);
  return (body?.price_history ?? []).map(({ timestamp, mid_price }) => ({ x: Date.parse(timestamp) / 1_000, y: mid_price }));
}

async function byMinute(url, since, until) {
  const span = [since, until].map((at) => new Date(1_000 * at).toISOString());
  const body = await answered(`${url}?resolution=1m&from=${span[0]}&to=${span[1]}`);
  return (body?.rows ?? []).filter(({ mid_open }) => mid_open !== null).map(({ timestamp, mid_open }) => ({ x: Date.parse(timestamp) / 1_000, y: mid_open }));
}

// The signals about one symbol as marks on its chart, kept as long as the chart reaches.

import { follow } from "./follow.js";
import { serverClock } from "./server_clock.js";

const LATE_MS = 5_000; // a signal may arrive so late
const LATELY = { keptMs: 900_000, most: 60 };

const moment = (timestamp) => (timestamp ? Date.parse(timestamp) : -Infinity);

// keptMs is how long that is, most how many signals are asked for at once, and everyMs how often.
// isShown(signal as the API answers it): is it about the market of the chart?
// onMarks([{x: milliseconds since the epoch, kind: "buy", "sell" or "hold"}], newest, completeFrom), oldest first, after
// every answer; newest is the last signal as the API answers it, undefined where there is none; completeFrom is when the
// marks begin, -Infinity where none is missing: those before are left out, as others of then are not kept any more
export function followSignals(url, isShown, onMarks, { keptMs, most, everyMs } = LATELY) {
  const marks = new Map();
  let completeFrom = -Infinity;
  let heardUntil = -Infinity; // up to here the last answer is complete

  follow(`${url}&limit=${most}`, ({ signals, kept_since }) => {
    const from = Math.max(moment(kept_since), signals.length < most ? -Infinity : moment(signals.at(-1).timestamp));
    if (from > heardUntil) completeFrom = from;
    heardUntil = serverClock.now() - LATE_MS;
    for (const signal of signals) marks.set(signal.id, { x: Date.parse(signal.timestamp), kind: signal.action, signal });
    const newest = Math.max(...[...marks.values()].map(({ x }) => x));
    for (const [id, { x }] of marks) if (newest - x > keptMs) marks.delete(id);
    const shown = [...marks.values()].filter(({ x, signal }) => x >= completeFrom && isShown(signal));
    onMarks(shown.sort((a, b) => a.x - b.x), signals.find(isShown), completeFrom);
  }, { everyMs });
}

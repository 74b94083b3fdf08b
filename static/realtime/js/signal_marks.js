// The signals about one symbol as marks on its chart, kept as long as the chart reaches.

import { follow } from "./follow.js";

const KEPT_MS = 900_000;

// onMarks([{x: milliseconds since the epoch, kind: "buy" or "sell"}], newest), oldest first, after every answer;
// newest is the last signal as the API tells it, undefined where there is none
export function followSignals(url, onMarks) {
  const marks = new Map();

  follow(url, ({ signals }) => {
    for (const { id, timestamp, action } of signals) marks.set(id, { x: Date.parse(timestamp), kind: action });
    const newest = Math.max(...[...marks.values()].map(({ x }) => x));
    for (const [id, { x }] of marks) if (newest - x > KEPT_MS) marks.delete(id);
    onMarks([...marks.values()].sort((a, b) => a.x - b.x), signals[0]);
  });
}

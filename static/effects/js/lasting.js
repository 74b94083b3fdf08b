// A length of time up to an hour, in its largest unit, as much of it as is over (times.py writes the same), and how many
// signals that is an hour.

import { fixed } from "../../realtime/js/figures.js";

export function lasting(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : "1 h";
}

// With a decimal where they are few.
export const rate = ({ per_hour: rate }) => fixed(rate, rate === null || rate < 10 ? 1 : 0);

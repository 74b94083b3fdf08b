// A length of time up to an hour, in its largest unit.

export function lasting(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  return seconds < 3600 ? `${Math.floor(seconds / 60)} min` : "1 h";
}

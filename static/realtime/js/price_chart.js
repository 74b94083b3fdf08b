// Mid price: from a little below its lowest to a little above its highest.

import { colour } from "./colours.js";
import { decimalsOf, fixed } from "./figures.js";
import { TimeChart } from "./time_chart.js";

const MARGIN = 0.06; // of what lies between lowest and highest
const LEAST_SPAN = 1e-5; // of the price: a market that stands still is not drawn as one that shakes

// write(price) gives the text of a price
export const priceChart = (canvas, gapMs, write) => new TimeChart(canvas, gapMs, {
  y: { ticks: { includeBounds: false, callback: stepText, maxTicksLimit: 6 } },
  limits,
  label: (mid) => `Mid price ${write(mid)}`,
  line: () => ({ borderColor: colour("accent"), fill: false }),
});

// In as many decimals as lie between one line of the scale and the next.
export function stepText(value, _index, [first, second]) {
  const step = Number((second ? second.value - first.value : value).toPrecision(6)); // without what floats add
  return fixed(value, decimalsOf(step));
}

function limits(points) {
  if (!points.length) return [0, 1];
  const [low, high] = points.reduce(([least, most], { y }) => [Math.min(least, y), Math.max(most, y)], [Infinity, -Infinity]);
  const margin = Math.max(MARGIN * (high - low), LEAST_SPAN * high);
  return [low - margin, high + margin];
}

// A few markets over one axis of time: a line of each, told apart by colour and by dash.

import { colour } from "./colours.js";
import { signed } from "./figures.js";
import { stepText } from "./price_chart.js";
import { TimeChart } from "./time_chart.js";

const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const MARGIN = 0.08;
const LEAST_SPAN = 0.002; // percent: markets that stand still are not drawn as if they shook

// names: of the markets, in their order
export const compareChart = (canvas, gapMs, names) => new TimeChart(canvas, gapMs, {
  y: { ticks: { includeBounds: false, callback: stepText, maxTicksLimit: 8 } },
  limits,
  count: names.length,
  label: (value, i) => `${names[i]} ${signed(value, 3)} %`,
  line: (i) => ({ borderColor: colour(`series-${i + 1}`), borderDash: DASHES[i], fill: false }),
});

// Zero is always seen.
function limits(points) {
  const values = points.map(({ y }) => y);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const margin = Math.max(MARGIN * (high - low), LEAST_SPAN);
  return [low - margin, high + margin];
}

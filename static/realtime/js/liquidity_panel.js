// What trading in one market costs, live. What stands here first is metrics/pages/liquidity_panel.py's.

import { CostChart } from "./cost_chart.js";
import { Fields, setText } from "./fields.js";
import { coarse, compact, dollars, fixed, quantity, signed, signedQuantity } from "./figures.js";
import { fill } from "./lists.js";
import { isKnown, words } from "./reasons.js";

const FORMATS = { coarse, compact, dollars, quantity, signed, signed_quantity: signedQuantity, count: (value) => fixed(value, 0) };
const SIDES = [["buy", "Asks", "ask"], ["sell", "Bids", "bid"]];

export function begin(section) {
  const fields = new Fields(section, FORMATS);
  const chart = new CostChart(section.querySelector("canvas"));
  const sizes = [...section.querySelectorAll(".costs th")].map((head) => head.textContent);
  const bars = [...section.querySelectorAll(".band-bar")];
  const shortfalls = section.querySelector(".shortfalls");

  return (frame) => {
    const body = frame?.liquidity ?? null;
    fields.show(body ?? {});
    chart.show(body?.costs ?? []);
    if (body) drawBands(bars, body.bands);
    fill(shortfalls, "shortfall", body ? sentences(body, sizes) : [], setText);
  };
}

// Why costs are not known; none where all are.
function sentences({ mid_price: mid, usd_per_quote: dollar, costs, known_to_bps: reach }, sizes) {
  if (!isKnown(mid)) return [`Costs are ${words.no_book}.`];
  if (!isKnown(dollar)) return [`Costs are ${words.no_dollars}.`];
  return SIDES.flatMap(([way, name, side]) => {
    const [least] = costs.flatMap((cost, i) => (cost[way] ? [] : [[cost.size_usd, sizes[i]]])).sort(([a], [b]) => a - b);
    return least ? [`${name}: less than ${least[1]} within ${coarse(reach[side])} bps, as far as they are known.`] : [];
  });
}

// The longest is the most that any side of any band holds.
function drawBands(bars, bands) {
  const most = Math.max(...bands.flatMap(({ bid, ask }) => [bid?.notional ?? 0, ask?.notional ?? 0])) || 1;
  bands.forEach(({ bid, ask }, i) => {
    const [left, right] = [bid, ask].map((side) => ((100 * (side?.notional ?? 0)) / most).toFixed(1));
    const [bids, asks] = bars[i].children;
    bids.setAttribute("x", -left);
    bids.setAttribute("width", left);
    asks.setAttribute("width", right);
  });
}

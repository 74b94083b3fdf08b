// Why books are not live, and why figures of their liquidity are not known, in sentences that the page carries: those of
// metrics/domain/reasons.py and of metrics/pages/liquidity.py.

const { reasons, liquidity } = document.getElementById("main").dataset;
const sentences = JSON.parse(reasons);
export const words = JSON.parse(liquidity);

// Empty where the state explains itself; metrics/templatetags/figures.py writes the same for the first paint.
// A server may know of reasons that did not exist yet when this page was opened.
export function reasonWords(reason, state) {
  if (!reason || reason === state || reason === "silent") return "";
  return sentences[reason] ?? reason.replaceAll("_", " ");
}

export const isKnown = (value) => typeof value === "number";
export const whyNoCost = (facts) => whyUnknown(facts, facts.cost_bps_10s, words.no_cost);
export const whyNoDepth = (facts) => whyUnknown(facts, facts.depth_usd_10s, words.no_depth);

function whyUnknown(facts, figure, short) {
  if (isKnown(figure)) return "";
  if (!isKnown(facts.known_to_bps)) return words.no_book;
  return isKnown(facts.usd_per_quote) ? short : words.no_dollars;
}

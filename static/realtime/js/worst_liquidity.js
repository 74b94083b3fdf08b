// The markets in which trading costs most. metrics/pages/liquidity.py applies the same rules to the first paint.

import { setText } from "./fields.js";
import { coarse, dollars, leastCost } from "./figures.js";
import { fill, write } from "./lists.js";
import { isKnown, words } from "./reasons.js";

const MOST_RANKED = 5;
const [COST, LEAST_COST] = ["cost_bps_10s", "cost_at_least_bps_10s"];

export class WorstLiquidity {
  #panel = document.getElementById("worst-liquidity");
  #symbolUrl;
  #labelOf;

  // symbolUrl(facts) and labelOf(facts): address and name of what is ranked
  constructor(symbolUrl, labelOf) {
    this.#symbolUrl = symbolUrl;
    this.#labelOf = labelOf;
  }

  // Once a second, after the rows of the table were ranked anew: both show the same cost.
  paint(rows) {
    const ranked = rows.filter(isComparable).sort(worstFirst).slice(0, MOST_RANKED);
    fill(this.#panel.querySelector("ol"), "worst", ranked, (item, row) => this.#paint(item, row));
    this.#panel.querySelector(".empty").hidden = ranked.length > 0;
  }

  #paint(item, row) {
    const { facts } = row;
    const costs = { [COST]: row.sortValue(COST), [LEAST_COST]: row.sortValue(LEAST_COST) };
    const link = item.querySelector("a");
    const url = this.#symbolUrl(facts);
    setText(link, this.#labelOf(facts));
    if (link.getAttribute("href") !== url) link.setAttribute("href", url);
    write(item, { cost: leastCost(costs), why: whyWorst(facts, costs[COST]) });
  }
}

// What no market converts into dollars cannot be compared.
const isComparable = (row) => row.state === "live" && isKnown(row.sortValue(LEAST_COST));

function worstFirst(one, other) {
  const difference = other.sortValue(LEAST_COST) - one.sortValue(LEAST_COST);
  return difference || (one.symbol === other.symbol ? compare(one.name, other.name) : compare(one.symbol, other.symbol));
}

const compare = (one, other) => (one < other ? -1 : Number(one > other));

function whyWorst(facts, cost) {
  if (cost === null) return `${words.holds_less} ${coarse(facts.known_to_bps)} bps`;
  const spread = `spread ${coarse(facts.spread_bps_10s)} bps`;
  return isKnown(facts.depth_usd_10s) ? `${spread} · ${dollars(facts.depth_usd_10s)} within ${words.band}` : spread;
}

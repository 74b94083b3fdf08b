// The depth ladder: asks from the deepest to the best, then bids from the best to the deepest.
// Bars show the cumulative quantity, and within it each level's own, against the deeper side.

import { decimalsOf, fixed, magnitudeOf } from "./figures.js";

const MOST_QUANTITY_DECIMALS = 6;
const LEAST_QUANTITY_DIGITS = 3;

export class Ladder {
  #asks = document.getElementById("asks");
  #bids = document.getElementById("bids");
  #template = document.getElementById("rung");
  #quantityDecimals = 0;
  priceDecimals = 0; // only grows while there are levels, so that columns stay where they are

  show({ bids, asks }) {
    const levels = [...bids, ...asks];
    if (!levels.length) this.priceDecimals = this.#quantityDecimals = 0; // what comes next may be another coin's
    for (const [price, quantity] of levels) {
      this.priceDecimals = Math.max(this.priceDecimals, decimalsOf(price));
      this.#quantityDecimals = Math.max(this.#quantityDecimals, quantityDecimals(quantity));
    }
    const deepest = Math.max(total(bids), total(asks));
    this.#showSide(this.#asks, rungs(asks, deepest).reverse());
    this.#showSide(this.#bids, rungs(bids, deepest));
  }

  // What comes next has steps of its own.
  begin() {
    this.priceDecimals = this.#quantityDecimals = 0;
  }

  clear() {
    this.show({ bids: [], asks: [] });
  }

  #showSide(body, side) {
    while (body.children.length > side.length) body.lastElementChild.remove();
    while (body.children.length < side.length) body.append(this.#template.content.cloneNode(true));
    side.forEach((rung, i) => this.#showRung(body.children[i], rung));
  }

  #showRung(row, { price, quantity, cumulative, share, part }) {
    const texts = [
      fixed(price, this.priceDecimals),
      fixed(quantity, this.#quantityDecimals),
      fixed(cumulative, this.#quantityDecimals),
    ];
    texts.forEach((text, i) => {
      if (row.children[i].textContent !== text) row.children[i].textContent = text;
    });
    const [shareBar, partBar] = row.lastElementChild.firstElementChild.children;
    shareBar.setAttribute("width", share.toFixed(2));
    partBar.setAttribute("width", part.toFixed(2));
  }
}

// All it has up to six; more only where a small one would lose what it is.
function quantityDecimals(quantity) {
  const most = Math.max(MOST_QUANTITY_DECIMALS, LEAST_QUANTITY_DIGITS - 1 - magnitudeOf(quantity));
  return Math.min(most, decimalsOf(quantity));
}

const total = (side) => side.reduce((sum, [, quantity]) => sum + quantity, 0);

function rungs(side, deepest) {
  let cumulative = 0;
  return side.map(([price, quantity]) => {
    cumulative += quantity;
    return { price, quantity, cumulative, share: (100 * cumulative) / deepest, part: (100 * quantity) / deepest };
  });
}

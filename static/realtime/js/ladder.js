// The depth ladder: metrics/ladder.py lays out the rows, this fills them live.

import { decimalsOf, fixed, quantity } from "./figures.js";

export class Ladder {
  #table = document.querySelector(".ladder");
  #rows;
  #sides = null;
  #isScheduled = false;

  constructor() {
    this.decimals = Number(this.#table.dataset.decimals);
    this.#rows = [...document.getElementById("ladder").rows].map((row) => {
      const [bidTotal, bidQuantity, bidPrice, askPrice, askQuantity, askTotal] = row.cells;
      return {
        bid: { total: bidTotal, quantity: bidQuantity, price: bidPrice },
        ask: { total: askTotal, quantity: askQuantity, price: askPrice },
      };
    });
  }

  // sides: {bids: [[price, quantity], …], asks: […]}, best first
  take(sides) {
    this.#sides = sides;
    for (const [value] of [...sides.bids, ...sides.asks]) {
      this.decimals = Math.max(this.decimals, decimalsOf(value));
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => {
      this.#isScheduled = false;
      this.#paint();
    });
  }

  #paint() {
    const { bids, asks } = this.#sides;
    const sum = (side) => side.reduce((total, [, amount]) => total + amount, 0);
    const largest = Math.max(sum(bids), sum(asks)) || 1;
    this.#paintSide("bid", bids, largest);
    this.#paintSide("ask", asks, largest);
  }

  #paintSide(side, levels, largest) {
    let total = 0;
    this.#rows.forEach((row, place) => {
      const cells = row[side];
      const [value, amount] = levels[place] ?? [null, null];
      total += amount ?? 0;
      setText(cells.price, fixed(value, this.decimals));
      setText(cells.quantity, quantity(amount));
      setText(cells.total.lastElementChild, quantity(amount === null ? null : total));
      const share = amount === null ? 0 : (100 * total) / largest;
      cells.total.querySelector("rect").setAttribute("width", share.toFixed(1));
    });
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

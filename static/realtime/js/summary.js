// The summary tiles and the two lists of extremes.

import { setBar } from "./diverging_bar.js";
import { Fields, setText } from "./fields.js";
import { age, coarse, compact, fixed, signed } from "./figures.js";

const FEED_WORDS = { live: "Live", late: "Late", silent: "Silent", "cut off": "No NATS", unknown: "Unknown" };

export class Summary {
  #fields = new Fields(document.getElementById("summary"), {
    count: (value) => fixed(value ?? 0, 0),
    coarse,
    signed: (value) => signed(value),
  });
  #averageBar = document.querySelector("#average-bar svg");
  #shares = [...document.querySelectorAll("#sentiment-shares rect")];
  #rareStates = [...document.querySelectorAll("#summary [data-unless-none]")];
  #notional = document.getElementById("notional");
  #newestAge = document.getElementById("newest-age");
  #feed = document.getElementById("feed-state");
  #restarts = document.getElementById("feed-restarts");
  #extremes = { buy: document.getElementById("buy-extremes"), sell: document.getElementById("sell-extremes") };
  #template = document.getElementById("extreme");
  #symbolUrl;
  #labelOf;
  #summary = null;
  #isDirty = false;

  // symbolUrl(entry) and labelOf(entry): address and name of what is ranked
  constructor(symbolUrl, labelOf) {
    this.#symbolUrl = symbolUrl;
    this.#labelOf = labelOf;
  }

  take(summary) {
    this.#summary = summary;
    this.#isDirty = true;
  }

  paint() {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    const { symbols_tracked: tracked, symbols_excluded: excluded, market_sentiment: mood } = this.#summary;
    const { stale = 0, suspect = 0 } = excluded;
    const notLive = Object.values(excluded).reduce((sum, count) => sum + count, 0);
    const counts = { live: tracked - notLive, stale, suspect, other: notLive - stale - suspect };
    this.#fields.show({ ...this.#summary, ...counts });
    for (const part of this.#rareStates) part.hidden = !counts[part.dataset.unlessNone];
    setBar(this.#averageBar, mood.avg_net_pressure);
    this.#paintShares(mood);
    this.#paintNotional(this.#summary.liquidity.total_notional);
  }

  // Once a second, so that the names can be read; each with the number it is ranked by.
  paintExtremes() {
    if (!this.#summary) return;
    const { highest_buy_pressure: buy, highest_sell_pressure: sell } = this.#summary.top_pressure_symbols;
    this.#paintRanks(this.#extremes.buy, buy);
    this.#paintRanks(this.#extremes.sell, sell);
  }

  paintFeed({ feed, newestAgeMs, restarts }) {
    this.#feed.dataset.feed = feed;
    setText(this.#feed, FEED_WORDS[feed]);
    setText(this.#newestAge, age(newestAgeMs));
    if (restarts === null) return; // what was painted first stands
    setText(this.#restarts, restarts);
    this.#restarts.hidden = !restarts;
  }

  #paintShares(mood) {
    const counts = this.#shares.map((rect) => mood[`${rect.dataset.trend}_symbols`]);
    const total = counts.reduce((sum, count) => sum + count, 0) || 1;
    let start = 0;
    this.#shares.forEach((rect, i) => {
      const width = (100 * counts[i]) / total;
      rect.setAttribute("x", start.toFixed(1));
      rect.setAttribute("width", width.toFixed(1));
      start += width;
    });
  }

  #paintNotional(amounts) {
    const entries = Object.entries(amounts).sort(([, a], [, b]) => b - a); // of names that are numbers a body loses the order
    while (this.#notional.children.length > Math.max(1, entries.length)) this.#notional.lastElementChild.remove();
    if (!entries.length) setText(this.#notional.firstElementChild, "–");
    entries.forEach(([asset, amount], i) => {
      const item = this.#notional.children[i]?.children.length ? this.#notional.children[i] : this.#newAmount(i);
      setText(item.firstElementChild, compact(amount));
      setText(item.lastElementChild, asset);
    });
  }

  #newAmount(i) {
    const item = document.createElement("li");
    for (const name of ["figure", "unit"]) {
      const part = document.createElement("span");
      part.className = name;
      item.append(part, name === "figure" ? " " : "");
    }
    this.#notional.children[i]?.remove();
    this.#notional.append(item);
    return item;
  }

  #paintRanks(panel, entries) {
    const list = panel.querySelector("ol");
    while (list.children.length > entries.length) list.lastElementChild.remove();
    while (list.children.length < entries.length) list.append(this.#template.content.cloneNode(true));
    entries.forEach((entry, i) => {
      const { net_pressure: pressure } = entry;
      const item = list.children[i];
      const link = item.querySelector("a");
      setText(link, this.#labelOf(entry));
      const url = this.#symbolUrl(entry);
      if (link.getAttribute("href") !== url) link.setAttribute("href", url);
      if (setText(item.querySelector("[data-cell=net_pressure]"), signed(pressure))) setBar(item.querySelector("svg"), pressure);
    });
    panel.querySelector(".empty").hidden = entries.length > 0;
  }
}

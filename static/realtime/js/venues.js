// One symbol side by side at all venues, as long as somebody looks. What stands here first is metrics/pages/venues.py's.

import { setText } from "./fields.js";
import { age, bps, compact, decimalsOf, fixed, formWord, price, stateWord, venueWord } from "./figures.js";
import { follow } from "./follow.js";
import { fill, write } from "./lists.js";
import { reasonWords } from "./reasons.js";

const EVERY_MS = 2_000;
const ALONE_EVERY_MS = 15_000; // while one venue brings it, another may begin to

export class Venues {
  #panel = document.getElementById("venues");
  #compared = document.getElementById("venues-compared");
  #rows = document.getElementById("venue-rows");
  #coins = document.getElementById("same-coin-rows");
  #gaps; // loaded with the first: most symbols have one venue
  #symbol;
  #urlPattern;
  #staleAfterMs;
  #place; // the market that the page shows
  #markets = [];
  #heardAt = 0;
  #ask;

  // main carries data-venues-url, data-symbol, data-symbol-url (of a page, with SYMBOL in it) and data-stale-after-ms;
  // told(markets) gets what is known of all markets of the symbol
  constructor(main, place, told) {
    const { venuesUrl, symbol, symbolUrl, staleAfterMs } = main.dataset;
    [this.#symbol, this.#urlPattern, this.#staleAfterMs, this.#place] = [symbol, symbolUrl, Number(staleAfterMs), place];
    this.#ask = follow(venuesUrl, (body) => {
      this.#take(body);
      told(body.markets);
    }, { everyMs: () => (this.#panel.hidden ? ALONE_EVERY_MS : EVERY_MS) });
  }

  // The page shows this market from now on.
  show(place) {
    this.#place = place;
    this.#ask();
  }

  // Once a second: ages move on, and what nobody has told anything of for too long is not live any more.
  tick() {
    const passed = Date.now() - this.#heardAt;
    this.#markets.forEach((market, i) => this.#paintAge(this.#rows.children[i], market, market.age_ms + passed));
    this.#gaps?.tick();
  }

  #take({ markets, gaps, gaps_since: since, gap_step_seconds: step, same_coin: coins }) {
    [this.#markets, this.#heardAt] = [markets, Date.now()];
    const prices = markets.flatMap((market) => [market.best_bid, market.best_ask]).filter((each) => each !== null);
    const decimals = prices.length ? Math.max(...prices.map(decimalsOf)) : 2;
    fill(this.#rows, "venue-row", markets, (row, market) => this.#paint(row, market, decimals));
    fill(this.#coins, "same-coin-row", coins, (item, coin) => this.#paintCoin(item, coin));
    this.#compared.hidden = markets.length < 2;
    this.#coins.parentElement.hidden = !coins.length;
    this.#panel.hidden = markets.length < 2 && !coins.length;
    this.#compare(gaps, Date.parse(since), 1000 * step);
  }

  async #compare(gaps, since, stepMs) {
    if (!gaps.length && document.getElementById("gap-panel").hidden) return;
    const { Gaps } = await import("./gaps.js");
    this.#gaps ??= new Gaps();
    this.#gaps.take(gaps, since, stepMs);
  }

  #paint(row, market, decimals) {
    row.dataset.market = market.market;
    const link = row.querySelector("a");
    setText(link, venueWord(market.venue));
    setLink(link, this.#urlOf(this.#symbol, market));
    if (market.venue === this.#place.venue && market.form === this.#place.form) link.ariaCurrent = "page";
    else link.removeAttribute("aria-current");
    write(row, {
      form: formWord(market.form, this.#symbol),
      followed: market.is_followed ? "followed" : "",
      is_best_bid: market.is_best_bid ? "best" : "",
      best_bid: fixed(market.best_bid, decimals),
      is_best_ask: market.is_best_ask ? "best" : "",
      best_ask: fixed(market.best_ask, decimals),
      spread_bps: bps(market.spread_bps),
      bid_notional: compact(market.bid_notional),
      ask_notional: compact(market.ask_notional),
      reason: reasonWords(market.reason, market.state),
    });
    this.#paintAge(row, market, market.age_ms);
  }

  #paintAge(row, { state }, ageMs) {
    const shown = state === "live" && ageMs > this.#staleAfterMs ? "stale" : state;
    if (row.dataset.state !== shown) row.dataset.state = shown;
    if (shown !== "live") write(row, { is_best_bid: "", is_best_ask: "" });
    write(row, { state: stateWord(shown), age: age(ageMs) });
  }

  #paintCoin(item, coin) {
    Object.assign(item.dataset, { symbol: coin.symbol, state: coin.state });
    const link = item.querySelector("a");
    setText(link, coin.symbol);
    setLink(link, this.#urlOf(coin.symbol));
    write(item, {
      mid_price: price(coin.mid_price),
      quote: coin.quote_asset,
      venue: venueWord(coin.venue),
      form: formWord(coin.form, coin.symbol),
      state: stateWord(coin.state),
    });
  }

  #urlOf(symbol, market = null) {
    const page = this.#urlPattern.replace("SYMBOL", encodeURIComponent(symbol));
    return market ? `${page}?${new URLSearchParams({ venue: market.venue, form: market.form })}` : page;
  }
}

function setLink(link, url) {
  if (link.getAttribute("href") !== url) link.setAttribute("href", url);
}

// The histories behind the charts: asked for when the span changes, after every reconnect, and now and
// then, so that the figures under the charts stay those of the server.

import { MOST_POINTS } from "./time_chart.js";

const REFRESH_MS = 15_000;

export class Histories {
  #choice;
  #urls;
  #show;
  #request = null;
  #isPaused = false;
  #end = null; // of a pause
  #place; // venue and form of the market they are of

  // show(timeframe, bodies) gets the answers of all addresses, in their order; place: {venue, form}
  constructor(choice, urls, place, show) {
    this.#choice = choice;
    this.#urls = urls;
    this.#place = place;
    this.#show = show;
    choice.addEventListener("change", () => {
      const address = new URL(location.href);
      address.searchParams.set("timeframe", this.#timeframe);
      window.history.replaceState(null, "", address);
      this.load();
    });
    setInterval(() => document.hidden || this.load(), REFRESH_MS);
  }

  get #timeframe() {
    return this.#choice.querySelector(":checked").value;
  }

  // Nothing is shown before so many milliseconds have passed, or without an end.
  pause(forMs = null) {
    this.#request?.abort();
    this.#isPaused = true;
    clearTimeout(this.#end);
    if (forMs !== null) this.#end = setTimeout(() => this.#resume(), forMs);
  }

  // From now on those of another market, whose past is as it was.
  moveTo(place) {
    this.#request?.abort();
    clearTimeout(this.#end);
    this.#place = place;
    this.#isPaused = false;
  }

  #resume() {
    this.#isPaused = false;
    this.load();
  }

  async load() {
    if (this.#isPaused) return;
    this.#request?.abort();
    this.#request = new AbortController();
    const timeframe = this.#timeframe;
    try {
      const query = new URLSearchParams({ timeframe, max_points: MOST_POINTS[timeframe], ...this.#place });
      const { signal } = this.#request;
      const answers = await Promise.all(this.#urls.map((url) => fetch(`${url}?${query}`, { signal })));
      if (answers.every(({ ok }) => ok)) this.#show(timeframe, await Promise.all(answers.map((answer) => answer.json())));
    } catch {
      // superseded by a newer request, or the server is away: the next snapshot loads again
    }
  }
}

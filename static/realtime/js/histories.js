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

  // show(timeframe, bodies) gets the answers of all addresses, in their order.
  constructor(choice, urls, show) {
    this.#choice = choice;
    this.#urls = urls;
    this.#show = show;
    choice.addEventListener("change", () => {
      window.history.replaceState(null, "", `?timeframe=${this.#timeframe}`);
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
      const query = new URLSearchParams({ timeframe, max_points: MOST_POINTS[timeframe] });
      const { signal } = this.#request;
      const answers = await Promise.all(this.#urls.map((url) => fetch(`${url}?${query}`, { signal })));
      if (answers.every(({ ok }) => ok)) this.#show(timeframe, await Promise.all(answers.map((answer) => answer.json())));
    } catch {
      // superseded by a newer request, or the server is away: the next snapshot loads again
    }
  }
}

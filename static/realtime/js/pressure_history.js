// The history behind the chart: asked for when the span changes, after every reconnect, and now and
// then, so that the figures under the chart stay those of the server.

const REFRESH_MS = 15_000;
const MAX_POINTS = 300;

export class PressureHistory {
  #choice;
  #url;
  #show;
  #request = null;
  #isPaused = false;
  #end = null; // of a pause

  // show(timeframe, body) gets every answer of GET /metrics/pressure/{symbol}.
  constructor(choice, url, show) {
    this.#choice = choice;
    this.#url = url;
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
      const query = new URLSearchParams({ timeframe, max_points: MAX_POINTS });
      const answer = await fetch(`${this.#url}?${query}`, { signal: this.#request.signal });
      if (answer.ok) this.#show(timeframe, await answer.json());
    } catch {
      // superseded by a newer request, or the server is away: the next snapshot loads again
    }
  }
}

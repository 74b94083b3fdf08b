// The gap between two venues of one form, chosen among all pairs: drawn, told, and in a table of all.

import { Fields } from "./fields.js";
import { bps, fixed, utcTime, venueWord } from "./figures.js";
import { gapChart } from "./gap_chart.js";
import { fill, write } from "./lists.js";

const FORMATS = { bps, time: utcTime, seconds: (value) => fixed(value, 1) };

export class Gaps {
  #panel = document.getElementById("gap-panel");
  #pair = document.getElementById("gap-pair");
  #rows = document.getElementById("gap-rows");
  #fields = new Fields(document.getElementById("gap-figures"), FORMATS);
  #chart = null; // made when there is something to draw
  #gaps = [];
  #since = 0;
  #stepMs = 0;

  constructor() {
    this.#pair.addEventListener("change", () => this.#paint());
  }

  // All pairs, the widest first; `since` in milliseconds since the epoch is where their histories begin
  take(gaps, since, stepMs) {
    [this.#gaps, this.#since, this.#stepMs] = [gaps, since, stepMs];
    this.#panel.hidden = !gaps.length;
    if (!gaps.length) return;
    this.#offer();
    fill(this.#rows, "gap-row", gaps, (row, gap) => {
      row.dataset.pair = nameOf(gap);
      write(row, {
        words: wordsOf(gap),
        now_bps: bps(gap.now_bps),
        widest_bps: bps(gap.widest_bps),
        widest_at: utcTime(gap.widest_at),
        open_seconds: fixed(gap.open_seconds, 1),
      });
    });
    this.#paint();
  }

  tick() {
    if (this.#gaps.length) this.#chart?.draw();
  }

  // The reader's pair stays, however wide others grow; an order that changed would move the choices under his hand.
  #offer() {
    const names = this.#gaps.map(nameOf).sort();
    const offered = [...this.#pair.options].map((option) => option.value);
    if (names.join() === offered.toSorted().join()) return;
    const chosen = this.#pair.value;
    this.#pair.replaceChildren(...this.#gaps.map((gap) => new Option(wordsOf(gap), nameOf(gap))));
    if (names.includes(chosen)) this.#pair.value = chosen;
  }

  #paint() {
    const gap = this.#gaps.find((each) => nameOf(each) === this.#pair.value);
    this.#fields.show(gap);
    this.#chart ??= gapChart(document.getElementById("gap-chart"), this.#stepMs);
    const points = gap.history.map((y, i) => ({ x: this.#since + i * this.#stepMs, y }));
    this.#chart.replace("15m", points.filter(({ y }) => y !== null));
    this.#chart.describe(describe(gap));
  }
}

const nameOf = ({ form, buy_at: cheap, sell_at: dear }) => `${form} ${cheap} ${dear}`;

const wordsOf = ({ form, buy_at: cheap, sell_at: dear }) =>
  `Buy at ${venueWord(cheap)}, sell at ${venueWord(dear)}${form === "spot" ? "" : ", contracts"}`;

// What the line shows, in words.
function describe(gap) {
  const words = `${wordsOf(gap)}, over the last 15 minutes`;
  if (gap.widest_bps === null) return `${words}: they were never live together.`;
  const now = gap.now_bps === null ? "now unknown, because one of them is not live" : `now ${bps(gap.now_bps)} bps`;
  return `${words}: ${now}, at most ${bps(gap.widest_bps)} bps at ${utcTime(gap.widest_at)}, above 0 for ${fixed(gap.open_seconds, 1)} s.`;
}

// What sizes cost that are traded at once, to buy and to sell: a curve of each.

/* global Chart */

import { colour } from "./colours.js";
import { coarse, dollars } from "./figures.js";

const WAYS = [["buy", "bid", "circle"], ["sell", "ask", "rectRot"]];

export class CostChart {
  #chart;

  constructor(canvas) {
    this.#chart = new Chart(canvas, {
      type: "line",
      data: { datasets: WAYS.map(curve) },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { type: "logarithmic", border: { display: false }, afterBuildTicks: placeTicks, ticks: { callback: shortDollars, maxRotation: 0 } },
          y: { border: { display: false }, beginAtZero: true, title: { display: true, text: "bps" }, ticks: { callback: coarseTick, maxTicksLimit: 5 } },
        },
        plugins: {
          legend: { display: false },
          tooltip: {
            displayColors: false,
            callbacks: {
              title: ([item]) => dollars(item.parsed.x),
              label: ({ parsed, datasetIndex }) => `to ${WAYS[datasetIndex][0]} ${coarse(parsed.y)} bps`,
            },
          },
        },
      },
    });
    window.addEventListener("themechange", () => this.#recolour());
    this.#recolour();
  }

  // costs as REST answers them; where one is not known the curve ends
  show(costs) {
    WAYS.forEach(([way], i) => {
      this.#chart.data.datasets[i].data = costs.map((cost) => ({ x: cost.size_usd, y: cost[way]?.bps ?? NaN }));
    });
    this.#chart.update("none");
  }

  #recolour() {
    const { scales, plugins } = this.#chart.options;
    for (const scale of Object.values(scales)) {
      scale.ticks.color = colour("ink-faint");
      scale.ticks.font = { family: "Inter", size: 11 };
      scale.grid = { color: colour("line") };
    }
    scales.y.title.color = colour("ink-faint");
    Object.assign(plugins.tooltip, { backgroundColor: colour("ink"), titleColor: colour("page"), bodyColor: colour("page"), padding: 10 });
    this.#chart.update("none");
  }
}

function curve([, side, pointStyle]) {
  const own = () => colour(side);
  return { data: [], parsing: false, borderWidth: 1.8, pointRadius: 4, pointStyle, borderColor: own, backgroundColor: own };
}

// A line at every size.
function placeTicks(axis) {
  const sizes = axis.chart.data.datasets[0].data.map(({ x }) => x);
  axis.ticks = sizes.map((value) => ({ value, major: true }));
}

const shortDollars = (value) => dollars(value).replace(".00", "").replace(" ", "");

const coarseTick = (value) => String(Number(value.toPrecision(3)));

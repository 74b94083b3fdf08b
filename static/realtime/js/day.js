// The last 24 hours of one market: spread, cost, depth and pressure by steps of five minutes, with what people and
// strategies decided, and the figures of the step that the pointer or the slider is at.

import { amountChart } from "./amount_chart.js";
import { Fields, setText } from "./fields.js";
import { bps, coarse, compact, dollars, fixed, price, signed } from "./figures.js";
import { follow } from "./follow.js";
import { contentOf } from "./parts.js";
import { pressureChart } from "./pressure_chart.js";
import { followSignals } from "./signal_marks.js";

const STEP_MS = 300_000;
const GAP_MS = 1.5 * STEP_MS;
const EVERY_MS = 60_000; // minutes are written once they are over
const WITHDRAWN_AFTER_MS = 2_000; // by then the server has let go of a false past
const DAY_MS = 86_400_000;
const MOST_SIGNALS = 300;
const FIGURES = { spread: "spread_bps_mean", cost: "cost_bps_mean", depth: "depth_usd_mean", pressure: "pressure_mean" };
const FORMATS = { coarse, price, signed, fixed: (value) => fixed(value, 1), text: (value) => value ?? "–" };

export function begin(section) {
  const { history, signals, decisions } = section.querySelector(".day").dataset;
  const byId = (id) => section.querySelector(`#${id}`);
  const fields = new Fields(byId("day-figures"), FORMATS);
  const cursor = byId("day-cursor");
  const hours = section.querySelector(".hours");
  const isKept = () => hours.querySelector("tbody th") !== null; // is there any minute?
  const charts = {
    spread: amountChart(byId("day-spread"), GAP_MS, (value) => `Spread ${bps(value)} bps`),
    cost: amountChart(byId("day-cost"), GAP_MS, (value) => `Cost ${coarse(value)} bps`),
    depth: amountChart(byId("day-depth"), GAP_MS, (value) => `Depth ${dollars(value)}`, compact),
    pressure: pressureChart(byId("day-pressure"), GAP_MS),
  };
  const all = Object.values(charts);
  let rows = [];
  let place = null; // the market that is shown
  let asked = 0;
  let wasFalse = false; // was what is drawn withdrawn, or may it have been of another coin?

  async function load() {
    const own = ++asked;
    if (hours.open || !isKept()) await renewHours();
    if (!isKept()) return show([]);
    const query = new URLSearchParams({ resolution: "5m", ...place });
    const answer = await fetch(`${history}?${query}`).catch(() => null);
    if (own === asked && answer?.ok) show((await answer.json()).rows); // else what is shown stays
  }

  async function renewHours() {
    const fresh = [...await contentOf(section.dataset.part)].find((each) => each.matches(".hours"));
    hours.querySelector("tbody").replaceWith(fresh.querySelector("tbody"));
  }

  function show(next) {
    const wasNewest = Number(cursor.value) === Number(cursor.max);
    rows = next;
    byId("day-empty").hidden = rows.length > 0;
    for (const [name, chart] of Object.entries(charts)) {
      const points = rows.map((row) => ({ x: middleOf(row), y: row[FIGURES[name]] })).filter(({ y }) => y !== null);
      chart.replace("24h", points);
    }
    cursor.max = Math.max(0, rows.length - 1);
    cursor.disabled = rows.length === 0;
    if (wasNewest) cursor.value = cursor.max;
    moveCursor();
  }

  function moveCursor() {
    const row = rows[Number(cursor.value)];
    const time = row ? `${row.timestamp.slice(11, 16)} UTC` : "–";
    setText(byId("day-time"), time);
    fields.show(row ? { ...row, cost: between(row, "cost_bps", coarse), depth: between(row, "depth_usd", dollars) } : {});
    cursor.ariaValueText = row ? `${time}: ${wordsOf(row)}` : "nothing is kept";
    for (const chart of all) chart.mark("cursor", row ? [{ x: middleOf(row), kind: "cursor" }] : []);
  }

  function pointAt(time) {
    const nearest = rows.reduce((best, row, i) => (Math.abs(middleOf(row) - time) < Math.abs(middleOf(rows[best]) - time) ? i : best), 0);
    if (Number(cursor.value) === nearest) return;
    cursor.value = nearest;
    moveCursor();
  }

  for (const chart of all) chart.replace("24h", []);
  hours.addEventListener("toggle", () => hours.open && renewHours());
  cursor.addEventListener("input", moveCursor);
  for (const chart of all) chart.onPointer((time) => rows.length && pointAt(time));
  const isOfPlace = ({ metadata: { book } }) => !book || (book.venue === place?.venue && book.form === place?.form);
  const span = { keptMs: DAY_MS, most: MOST_SIGNALS, everyMs: EVERY_MS };
  followSignals(signals, isOfPlace, (marks, newest, completeFrom) => {
    for (const chart of all) chart.mark("signals", marks);
    const isPartly = marks.length > 0 && completeFrom > all[0].begins;
    byId("day-kept").hidden = !isPartly;
    if (isPartly) setText(byId("day-kept"), `, since ${new Date(completeFrom).toISOString().slice(11, 16)} UTC`);
  }, span);
  if (decisions) {
    const kinds = ({ at, kind, change_id: id }) => ({ x: Date.parse(at), kind, id });
    follow(decisions, ({ data }) => all.forEach((chart) => chart.mark("decisions", data.map(kinds))), { everyMs: EVERY_MS });
    import("../../effects/js/chosen.js").then(({ choose, shadeOn }) => {
      shadeOn(all);
      for (const chart of all) chart.onMark(({ id }) => choose(id));
    });
  }
  setInterval(() => document.hidden || load(), EVERY_MS);

  return (frame) => {
    const isFalse = frame === null || frame.metrics.state === "suspect";
    if (isFalse && !wasFalse && place) {
      show([]);
      setTimeout(load, WITHDRAWN_AFTER_MS);
    }
    wasFalse = isFalse;
    if (!frame || (place?.venue === frame.venue && place?.form === frame.form)) return;
    if (place) show([]);
    place = { venue: frame.venue, form: frame.form };
    load();
  };
}

const middleOf = ({ timestamp }) => Date.parse(timestamp) + STEP_MS / 2;

function between(row, name, write) {
  const [mean, least, most] = ["mean", "min", "max"].map((part) => write(row[`${name}_${part}`]));
  return row[`${name}_mean`] === null ? null : `${mean} (${least} – ${most})`;
}

const wordsOf = (row) =>
  `spread ${coarse(row.spread_bps_mean)} bps, cost ${coarse(row.cost_bps_mean)} bps, depth ${dollars(row.depth_usd_mean)}, net pressure ${signed(row.pressure_mean)} %`;

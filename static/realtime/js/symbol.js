// One symbol, live: figures, ladder, chart and how far they are to be believed.

import { setBar } from "./diverging_bar.js";
import { Fields } from "./fields.js";
import { age, compact, fixed, price, quantity, signed, stateWord, trend, utcTime } from "./figures.js";
import { Freshness } from "./freshness.js";
import { Ladder } from "./ladder.js";
import { LiveSocket } from "./live_socket.js";
import { PressureChart } from "./pressure_chart.js";
import { serverClock } from "./server_clock.js";

const SUMMARY_EVERY_MS = 10_000;
const main = document.getElementById("main");
const { socketPath, pressureUrl, staleAfterMs, dataAt, feed } = main.dataset;
const head = document.getElementById("head");
const ladder = new Ladder();
const chart = new PressureChart(document.getElementById("chart"));
const formats = {
  bps: (value) => fixed(value, 4),
  compact,
  count: (value) => fixed(value, 0),
  fixed: (value) => fixed(value),
  price,
  quantity,
  ratio: (value) => signed(value, 4),
  signed: (value) => signed(value),
  tick: (value) => fixed(value, ladder.decimals),
};
const figures = ["now", "sides"].map((id) => new Fields(document.getElementById(id), formats));
const summary = new Fields(document.getElementById("pressure-summary"), formats);
const bar = document.querySelector("#pressure-bar svg");

let metrics = null;
let receivedAt = dataAt ? Date.parse(dataAt) : NaN; // on the server's clock
let isGone = false;
let isFresh = true;
let timeframe = "5m";
let loads = 0;

const socket = new LiveSocket(socketPath, {
  snapshot: (frame) => {
    accept(frame);
    load();
  },
  update: accept,
  heartbeat: (frame) => {
    serverClock.set(frame.sent_at);
    freshness.frame({ feed: frame.feed });
  },
  removed: () => {
    isGone = true;
    show();
  },
  notTracked: () => {
    isGone = true;
    freshness.frame({});
    show();
  },
  status: (status) => freshness.socketIs(status),
});
const freshness = new Freshness({
  dataAt,
  feed,
  onChange: (value) => {
    isFresh = value;
    show();
  },
  retry: () => socket.retryNow(),
});

function accept(frame) {
  serverClock.set(frame.sent_at);
  metrics = frame.metrics;
  receivedAt = Date.parse(metrics.timestamp);
  isGone = false;
  const isLive = metrics.state === "live";
  freshness.frame({ dataAt: metrics.timestamp, feed: isLive ? "live" : null });
  ladder.take(frame.ladder);
  for (const part of figures) part.show(metrics);
  setBar(bar, metrics.pressure.net_pressure);
  if (isLive) chart.push(receivedAt, metrics.pressure.net_pressure);
  const word = document.getElementById("interpretation");
  word.dataset.trend = metrics.pressure.interpretation ?? "";
  setText(word, trend(metrics.pressure.interpretation));
  show();
}

// A book nobody has heard of for too long is stale, whatever was said last.
function shownState() {
  if (isGone) return "gone";
  const state = metrics?.state ?? head.dataset.state;
  const isOld = serverClock.now() - receivedAt > Number(staleAfterMs);
  return state === "live" && (isOld || !isFresh) ? "stale" : state;
}

function show() {
  const state = shownState();
  head.dataset.state = main.dataset.state = state;
  setText(document.getElementById("state"), stateWord(state) || "–");
  setText(document.getElementById("age"), sinceText(state));
}

function sinceText(state) {
  if (Number.isNaN(receivedAt)) return "";
  const since = utcTime(receivedAt);
  if (state === "gone") return `nothing since ${since}`;
  return state === "stale" ? `stale since ${since}` : `updated ${age(Math.max(0, serverClock.now() - receivedAt))} ago`;
}

// The past of the chosen span; only the answer to the newest question counts.
async function load() {
  const question = (loads += 1);
  try {
    const answer = await fetch(`${pressureUrl}?timeframe=${timeframe}&max_points=600`);
    if (!answer.ok) return;
    const body = await answer.json();
    if (question !== loads) return;
    chart.replace(timeframe, body.pressure_history);
    summary.show(body);
    const mark = document.getElementById("trend");
    mark.dataset.trend = body.summary.trend;
    setText(mark, `${trend(body.summary.trend)} over ${timeframe}, strength ${fixed(body.summary.trend_strength)}`);
  } catch {
    // the connection went away; the next snapshot asks anew
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

document.getElementById("timeframe").addEventListener("change", (event) => {
  timeframe = event.target.value;
  load();
});
setInterval(() => {
  freshness.show();
  chart.advance(serverClock.now());
  show();
}, 1000);
setInterval(() => document.hidden || load(), SUMMARY_EVERY_MS);
socket.open();
load();

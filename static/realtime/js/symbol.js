// One symbol in full, live.

import { followDecisions } from "./decisions.js";
import { setBar } from "./diverging_bar.js";
import { Fields } from "./fields.js";
import { age, bps, compact, fixed, quantity, signed, stateWord, trend, utcTime } from "./figures.js";
import { Freshness } from "./freshness.js";
import { Ladder } from "./ladder.js";
import { LiveSocket } from "./live_socket.js";
import { PressureChart } from "./pressure_chart.js";
import { PressureHistory } from "./pressure_history.js";
import { serverClock } from "./server_clock.js";
import { followSignals } from "./signal_marks.js";

const main = document.getElementById("main");
const { socketPath, pressureUrl, signalsUrl, staleAfterMs } = main.dataset;
const byId = (id) => document.getElementById(id);

const ladder = new Ladder();
ladder.priceDecimals = Number(main.dataset.priceDecimals);
const formats = {
  price: (value) => fixed(value, ladder.priceDecimals),
  mid: (value) => fixed(value, ladder.priceDecimals + 1),
  fine: (value) => fixed(value, ladder.priceDecimals + 2),
  bps,
  ratio: (value) => signed(value, 4),
  strength: (value) => fixed(value),
  count: (value) => fixed(value, 0),
  fixed: (value) => fixed(value),
  signed: (value) => signed(value),
  quantity,
  compact,
  trend,
};
const fields = [byId("touch"), byId("cards"), byId("gap")].map((root) => new Fields(root, formats));
const spanFields = new Fields(byId("span-figures"), formats);
const chart = new PressureChart(byId("chart"));
const history = new PressureHistory(byId("timeframe"), pressureUrl, (timeframe, body) => {
  chart.replace(timeframe, pointsOf(body));
  spanFields.show(body);
  byId("chart-empty").hidden = !chart.isEmpty;
  byId("chart-empty").textContent = "No update in this span.";
});
const socket = new LiveSocket(socketPath, {
  snapshot(frame) {
    accept(frame);
    history.load();
  },
  update: accept,
  heartbeat: (frame) => {
    serverClock.set(frame.sent_at);
    freshness.frame(frame);
  },
  removed: forget,
  status: (status) => freshness.socketIs(status),
});
const freshness = new Freshness(main, { onChange: schedulePaint, retry: () => socket.retryNow() });

let metrics = null; // the newest body, null when nothing current is known
let newestLadder = null;
let observedAt = 0;
let isRemoved = false;
let isPaintScheduled = false;
let signalsFrom = -Infinity; // from here on no mark of a signal is missing

function accept(frame) {
  serverClock.set(frame.sent_at);
  metrics = frame.metrics;
  newestLadder = frame.ladder;
  observedAt = Date.now() - metrics.age_ms;
  isRemoved = false;
  freshness.frame(frame, metrics);
  const pressure = metrics.pressure.net_pressure;
  if (pressure !== null && metrics.state === "live") chart.push(Date.parse(metrics.timestamp), pressure);
  schedulePaint();
}

function forget() {
  isRemoved = true;
  metrics = null;
  newestLadder = { bids: [], asks: [] };
  freshness.frame({});
  schedulePaint();
}

function schedulePaint() {
  if (isPaintScheduled) return;
  isPaintScheduled = true;
  requestAnimationFrame(() => {
    isPaintScheduled = false;
    paint();
  });
}

function paint() {
  paintState();
  if (!newestLadder) return;
  ladder.show(newestLadder);
  for (const group of fields) group.show(metrics ?? {});
  const { buy_pressure: buy, sell_pressure: sell, net_pressure: net, interpretation } = metrics?.pressure ?? {};
  setBar(byId("pressure-bar").firstElementChild, net);
  byId("mood").dataset.trend = interpretation ?? "";
  byId("mood").textContent = trend(interpretation);
  const [buyBar, sellBar] = byId("balance").children;
  buyBar.setAttribute("width", buy ?? 0);
  sellBar.setAttribute("x", buy ?? 100);
  sellBar.setAttribute("width", sell ?? 0);
  newestLadder = null;
}

// What the state is, and since when: a book nobody has heard of for too long is stale, whatever was said last.
function paintState() {
  const state = currentState();
  if (state === null) return;
  for (const element of [byId("state"), byId("book"), byId("touch")]) {
    if (element.dataset.state !== state) element.dataset.state = state;
  }
  setText(byId("state-text"), state === "removed" ? "not tracked" : stateWord(state));
  setText(byId("age-text"), ageText(state));
}

function currentState() {
  if (isRemoved) return "removed";
  if (!metrics) return freshness.isFresh ? null : byId("state").dataset.state && "stale";
  const isOld = Date.now() - observedAt > Number(staleAfterMs) || !freshness.isFresh;
  return metrics.state === "live" && isOld ? "stale" : metrics.state;
}

function ageText(state) {
  if (state === "removed") return "its numbers are too old to show; they come back with its next update";
  if (!metrics) return byId("age-text").textContent;
  const old = age(Date.now() - observedAt);
  return state === "stale" ? `since ${utcTime(metrics.timestamp)}, ${old} ago` : `updated ${old} ago`;
}

const pointsOf = (body) =>
  body.pressure_history.map(({ timestamp, pressure }) => ({ x: Date.parse(timestamp), y: pressure }));

function signalText({ action, strategy, timestamp, metadata }) {
  const { version } = metadata.strategy_config;
  return `${action} at ${utcTime(timestamp)}, ${strategy}, ${version ? `version ${version}` : "defaults"}`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Where the chart reaches further back than the signals that are kept, their absence means nothing.
function paintKept() {
  byId("kept-since").hidden = signalsFrom <= chart.begins;
  setText(byId("kept-since"), `signals are kept since ${utcTime(signalsFrom)}`);
}

setInterval(() => {
  freshness.show();
  paintKept();
  schedulePaint();
  chart.draw();
}, 1000);
socket.open();
followSignals(signalsUrl, (marks, newest, completeFrom) => {
  signalsFrom = completeFrom;
  paintKept();
  chart.mark("signals", marks);
  setText(byId("last-signal"), newest ? signalText(newest) : "none yet");
});
const decisions = byId("decisions"); // there for those who may see configuration
if (decisions) followDecisions(decisions, (marks) => chart.mark("decisions", marks));

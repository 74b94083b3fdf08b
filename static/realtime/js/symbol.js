// One symbol in full, live.

import { setBar } from "./diverging_bar.js";
import { Fields, setText } from "./fields.js";
import { age, bps, coarse, compact, dollars, fixed, formWord, isBlank, leastCost, placeWords, quantity, signed, stateWord, trend, utcTime, venueWord } from "./figures.js";
import { Freshness } from "./freshness.js";
import { HaltBanner } from "./halt_banner.js";
import { Histories } from "./histories.js";
import { Ladder } from "./ladder.js";
import { LiveSocket } from "./live_socket.js";
import { Parts } from "./parts.js";
import { pressureChart } from "./pressure_chart.js";
import { priceChart } from "./price_chart.js";
import { reasonWords, whyNoCost } from "./reasons.js";
import { serverClock } from "./server_clock.js";
import { followSignals } from "./signal_marks.js";
import { Venues } from "./venues.js";

const main = document.getElementById("main");
const { symbol, socketPath, pressureUrl, pricesUrl, signalsUrl, staleAfterMs, quote } = main.dataset;
const byId = (id) => document.getElementById(id);
const WITHDRAWN_AFTER_MS = 2_000; // by then the server has let go of a false past
const MOVED_WITHIN_MS = 1_000; // a symbol that means another market now is back by then

const ladder = new Ladder();
ladder.priceDecimals = Number(main.dataset.priceDecimals);
const formats = {
  price: (value) => fixed(value, ladder.priceDecimals),
  mid: (value) => fixed(value, ladder.priceDecimals + 1),
  fine: (value) => fixed(value, ladder.priceDecimals + 2),
  bps,
  coarse,
  leastCost,
  ratio: (value) => signed(value, 4),
  strength: (value) => fixed(value),
  change: (value) => signed(value, 3),
  count: (value) => fixed(value, 0),
  fixed: (value) => fixed(value),
  signed: (value) => signed(value),
  quantity,
  compact,
  dollars,
  trend,
};
const fields = [byId("touch"), byId("cards"), byId("gap")].map((root) => new Fields(root, formats));
const spanFields = new Fields(byId("span-figures"), formats);
const priceFields = new Fields(byId("price-figures"), formats);
const pressures = pressureChart(byId("chart"), Number(staleAfterMs));
const prices = priceChart(byId("price-chart"), Number(staleAfterMs), formats.mid);
const charts = [prices, pressures];
let place = { venue: main.dataset.venue, form: main.dataset.form }; // the market that is shown; empty while there is none
const histories = new Histories(byId("timeframe"), [pressureUrl, pricesUrl], place.venue ? place : {}, (timeframe, [pressure, price]) => {
  pressures.replace(timeframe, pointsOf(pressure.pressure_history, "pressure"));
  prices.replace(timeframe, pointsOf(price.price_history, "mid_price"));
  spans = { pressure: pressure.data_points ? pressure : { data_points: 0, summary: {} }, price }; // nothing has no trend
  if (metrics?.state === "live") extendSpans(metrics);
  schedulePaint();
  describe(timeframe, pressure, price);
  byId("chart-empty").hidden = !pressures.isEmpty;
  byId("chart-empty").textContent = "No update in this span.";
});
const socket = new LiveSocket(socketPath, {
  snapshot(frame) {
    const isMoved = frame.venue !== place.venue || frame.form !== place.form;
    if (isMoved) moveTo({ venue: frame.venue, form: frame.form });
    else if (isRemoved) histories.pause(WITHDRAWN_AFTER_MS);
    accept(frame);
    histories.load();
  },
  update: accept,
  heartbeat: (frame) => {
    serverClock.set(Date.parse(frame.sent_at));
    freshness.frame(frame);
  },
  removed: forget,
  error({ code, message }) {
    if (code !== "NOT_TRACKED") return console.warn(`The server says: ${message}`);
    freshness.socketIs({ state: "open" }); // there will be no snapshot before there is something to show
    forget();
  },
  status: (status) => freshness.socketIs(status),
});
const freshness = new Freshness(main, { onChange: schedulePaint, retry: () => socket.retryNow() });

const parts = new Parts(document.querySelectorAll("[data-part]"));
const haltBanner = new HaltBanner();
const standing = byId("standing-in"); // not there where the page is fixed to one market
let standingIn = null; // loaded with the first other market: most symbols have one
const venues = new Venues(main, place, (markets) => {
  if (markets.length > 1) tellStandingIn((each) => each.hear(markets));
});

let heat = null; // loaded when it comes near: it lies far below
const heatNear = new IntersectionObserver(async (entries) => {
  if (!entries.some((each) => each.isIntersecting)) return;
  heatNear.disconnect();
  const { Heat } = await import("./heat.js");
  heat = new Heat(byId("heat"), place, quote, formats.price);
}, { rootMargin: "150px" });
heatNear.observe(byId("heat"));

let spans = null; // what was last reported of the spans of the charts, and what has moved beyond it since
let metrics = null; // the newest body, null when nothing current is known
let row = null; // what lists show of the same market
let newestLadder = null;
let observedAt = 0;
let heardAt = null; // ISO timestamp of the newest update of the market that is shown
let isRemoved = false;
let emptied = null; // the timer that empties the ladder of what is gone
let isPaintScheduled = false;
let signalsFrom = -Infinity; // from here on no mark of a signal is missing

function accept(frame) {
  serverClock.set(Date.parse(frame.metrics.timestamp) + frame.metrics.age_ms);
  if (frame.metrics.state === "suspect" && metrics?.state !== "suspect") {
    forgetPast("Asked for anew…");
    histories.pause(WITHDRAWN_AFTER_MS);
  }
  metrics = frame.metrics;
  row = frame.row;
  heardAt = metrics.timestamp;
  haltBanner.show(frame.halt, metrics.halted);
  newestLadder = frame.ladder;
  parts.show(frame);
  clearTimeout(emptied);
  observedAt = Date.now() - metrics.age_ms;
  isRemoved = false;
  freshness.frame(frame, metrics);
  if (metrics.state === "live") drawOn(Date.parse(metrics.timestamp), metrics);
  schedulePaint();
}

// Another market than before: its chart begins with a history of its own.
function moveTo(next) {
  if (place.venue) {
    const move = [place, next, heardAt];
    tellStandingIn((each) => each.move(...move));
    forgetPast(`The history of ${placeWords({ ...next, symbol })} is asked for…`);
    ladder.begin();
  }
  place = next;
  heat?.moveTo(place);
  setText(byId("place-venue"), venueWord(place.venue));
  setText(byId("place-form"), formWord(place.form, symbol));
  byId("place-venue").parentElement.hidden = false;
  venues.show(place);
  histories.moveTo(place);
}

async function tellStandingIn(tell) {
  if (!standing) return;
  const { StandingIn } = await import("./standing_in.js");
  standingIn ??= new StandingIn(standing, symbol);
  tell(standingIn);
}

function drawOn(at, { pressure, spread }) {
  const isFirst = pressures.isEmpty;
  pressures.push(at, pressure.net_pressure);
  prices.push(at, spread.mid_price);
  byId("chart-empty").hidden = !pressures.isEmpty;
  if (isFirst && !pressures.isEmpty) histories.load(); // with the first point there are figures of the span, too
  extendSpans(metrics);
}

// By the newest book: a history may have been asked for before it came.
function extendSpans({ pressure: { net_pressure: net }, spread: { mid_price: mid } }) {
  if (!spans?.price.summary.open) return;
  const price = spans.price.summary;
  widen(spans.pressure.summary, "min_pressure", "max_pressure", net);
  widen(price, "low", "high", mid);
  Object.assign(price, { close: mid, change_percent: 100 * (mid / price.open - 1) });
}

// Nothing is beyond the lowest and the highest of its span.
function widen(summary, low, high, value) {
  summary[low] = Math.min(summary[low], value);
  summary[high] = Math.max(summary[high], value);
}

function showSpans() {
  spanFields.show(spans.pressure);
  priceFields.show(spans.price);
}

function forget() {
  forgetPast("Not tracked.");
  histories.pause();
  isRemoved = true;
  metrics = row = null;
  parts.show(null);
  for (const group of fields) group.show({});
  setText(byId("no-cost"), "");
  emptied = setTimeout(() => {
    newestLadder = { bids: [], asks: [] };
    schedulePaint();
  }, MOVED_WITHIN_MS);
  freshness.frame({});
  schedulePaint();
}

// What has been drawn may have been of another coin.
function forgetPast(note) {
  spans = null;
  for (const chart of charts) chart.clear();
  heat?.clear();
  for (const group of [spanFields, priceFields]) group.show({});
  for (const chart of charts) chart.describe(note);
  byId("chart-empty").hidden = false;
  byId("chart-empty").textContent = note;
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
  if (spans) showSpans(); // at one go with the book, so that the last price is its mid price
  if (!newestLadder) return;
  ladder.show(newestLadder);
  const isShown = metrics && !isBlank(metrics.state);
  const figures = isShown ? { ...metrics, row } : {}; // not even that it has no levels
  for (const group of fields) group.show(figures);
  const { net_pressure: net, interpretation } = figures.pressure ?? {};
  setText(byId("no-cost"), isShown && row ? whyNoCost(row) : "");
  setBar(byId("pressure-bar").firstElementChild, net);
  byId("mood").dataset.trend = interpretation ?? "";
  byId("mood").textContent = trend(interpretation);
  newestLadder = null;
}

// What the state is, and since when: a book nobody has heard of for too long is stale, whatever was reported last.
function paintState() {
  const state = currentState();
  if (state === null) return;
  for (const element of [byId("state"), byId("book"), byId("touch")]) {
    if (element.dataset.state !== state) element.dataset.state = state;
  }
  setText(byId("state-text"), state === "removed" ? "not tracked" : stateWord(state));
  setText(byId("age-text"), ageText(state));
  if (metrics || isRemoved) paintReason(state); // before, the first paint has shown it
}

// Of a book that has grown stale here, nobody has reported why.
function paintReason(state) {
  const reason = metrics?.state === state ? reasonWords(metrics.reason, state) : "";
  const isSuspect = state === "suspect";
  const suspicion = byId("suspicion");
  setText(byId("reason"), reason);
  if (isSuspect) setText(byId("suspicion-text"), reason);
  else if (!suspicion.hidden) byId("announcer").textContent = "No longer suspect.";
  suspicion.hidden = !isSuspect;
  freshness.titled(isSuspect ? "Suspect" : "", haltBanner.word);
}

function currentState() {
  if (isRemoved) return "removed";
  if (!metrics) return freshness.isFresh ? null : withoutBelief(byId("state").dataset.state);
  const isOld = Date.now() - observedAt > Number(staleAfterMs) || !freshness.isFresh;
  return isOld ? withoutBelief(metrics.state) : metrics.state;
}

const withoutBelief = (state) => (state === "live" ? "stale" : state);

function ageText(state) {
  if (state === "removed") return "what was shown of it is too old, or was withdrawn; numbers come back with its next update";
  if (!metrics) return byId("age-text").textContent;
  if (isBlank(state)) return "";
  const old = age(Date.now() - observedAt);
  return state === "stale" ? `since ${utcTime(metrics.timestamp)}, ${old} ago` : `updated ${old} ago`;
}

const pointsOf = (series, name) => series.map((point) => ({ x: Date.parse(point.timestamp), y: point[name] }));

// What the lines show, in words.
function describe(timeframe, { summary: pressure }, { summary: price, data_points: points }) {
  const minutes = parseInt(timeframe, 10);
  const [span, unit] = [minutes === 1 ? "over the last minute" : `over the last ${minutes} minutes`, quote ? ` ${quote}` : ""];
  if (!points) return charts.forEach((chart) => chart.describe(`Nothing ${span}.`));
  const [close, low, high] = [price.close, price.low, price.high].map(formats.mid);
  prices.describe(`Mid price ${span}: last ${close}${unit}, between ${low} and ${high}, ${signed(price.change_percent)} % since its beginning.`);
  const [average, least, most] = [pressure.avg_pressure, pressure.min_pressure, pressure.max_pressure].map((each) => signed(each));
  pressures.describe(`Net pressure ${span}: on average ${average} %, between ${least} % and ${most} %, ${pressure.trend}.`);
}

function signalText({ action, strategy, timestamp, metadata }) {
  const { version } = metadata.strategy_config;
  return `${action} at ${utcTime(timestamp)}, ${strategy}, ${version ? `version ${version}` : "defaults"}`;
}

// Where the chart reaches further back than all signals are kept, none is drawn, and that means nothing.
function paintKept() {
  byId("kept-since").hidden = signalsFrom <= pressures.begins;
  setText(byId("kept-since"), `signals since ${utcTime(signalsFrom)}; older ones are not all kept`);
}

setInterval(() => {
  freshness.show();
  venues.tick();
  paintKept();
  schedulePaint();
  for (const chart of charts) chart.draw();
}, 1000);
socket.open();
// Of another market than the page shows there is no line to draw them on; some strategies decide without any book.
const isOfPlace = ({ metadata: { book } }) => !book || (book.venue === place.venue && book.form === place.form);
followSignals(signalsUrl, isOfPlace, (marks, newest, completeFrom) => {
  signalsFrom = completeFrom;
  paintKept();
  for (const chart of charts) chart.mark("signals", marks);
  setText(byId("last-signal"), newest ? signalText(newest) : "none yet");
});
const decisions = byId("decisions"); // there for those who may see configuration
if (decisions) {
  const { begin } = await import("../../effects/js/on_charts.js");
  begin(decisions, charts, byId("timeframe"));
}

// A few markets side by side, live: a row of each, and a line of each over time.

import { compareChart } from "./compare_chart.js";
import { ComparedMarket } from "./compared_market.js";
import { setText } from "./fields.js";
import { answered } from "./follow.js";
import { Freshness } from "./freshness.js";
import { MOST_POINTS } from "./time_chart.js";

const HISTORY_EVERY_MS = 15_000;
const WITHDRAWN_AFTER_MS = 2_000; // by then the server has let go of a false past
const VALUES = { moved: ({ moved }) => moved, pressure: ({ pressure }) => pressure };
const main = document.getElementById("main");
const staleAfterMs = Number(main.dataset.staleAfterMs);
const [drawn, timeframe] = ["drawn", "timeframe"].map((id) => document.getElementById(id));
const chosen = (fieldset) => fieldset.querySelector(":checked").value;

const markets = [...document.querySelectorAll("#compared tr")].map((row, i) => new ComparedMarket(row, staleAfterMs, {
  frame(frame) {
    freshness.frame(frame, frame.metrics);
    draw(i);
  },
  heartbeat: (frame) => freshness.frame(frame),
  status: tellStatus,
  began: loadHistories,
  withdrawn: forgetPast,
}));
const freshness = new Freshness(main, { onChange: judge, retry: () => markets.forEach((market) => market.socket.retryNow()) });
const chart = compareChart(document.getElementById("chart"), staleAfterMs, markets.map(({ name }) => name));
let asked = 0;
let trustedFrom = 0; // from then on histories hold nothing that was withdrawn

// As long as one connection is not there, not all of the page may be believed.
function tellStatus() {
  freshness.socketIs(markets.map(({ status }) => status).find(({ state }) => state !== "open") ?? { state: "open", retryAt: null });
}

function judge(isFresh) {
  for (const market of markets) market.judge(isFresh);
}

// What has been drawn may have been of another coin.
function forgetPast() {
  chart.clear();
  trustedFrom = Date.now() + WITHDRAWN_AFTER_MS;
  setTimeout(loadHistories, WITHDRAWN_AFTER_MS);
}

function draw(i) {
  const { state, at } = markets[i];
  const value = VALUES[chosen(drawn)](markets[i]);
  if (state === "live" && value !== null) chart.push(at, value, i);
}

async function loadHistories() {
  const own = ++asked;
  if (Date.now() < trustedFrom) return;
  const [what, span] = [chosen(drawn), chosen(timeframe)];
  const lines = await Promise.all(markets.map((market) => market.history(answered, what, span, MOST_POINTS[span])));
  if (own !== asked) return;
  setText(document.getElementById("moved-span"), span);
  chart.replace(span, ...lines);
  chart.describe(`${markets.map((market) => market.words(what)).join("; ")}.`);
}

for (const fieldset of [drawn, timeframe]) {
  fieldset.addEventListener("change", () => {
    const address = new URL(location.href);
    address.searchParams.set("timeframe", chosen(timeframe));
    window.history.replaceState(null, "", address);
    loadHistories();
  });
}
setInterval(() => document.hidden || loadHistories(), HISTORY_EVERY_MS);
setInterval(() => {
  freshness.show();
  judge(freshness.isFresh);
  chart.draw();
}, 1000);
for (const market of markets) market.socket.open();

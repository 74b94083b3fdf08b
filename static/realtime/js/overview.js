// The market overview, live.

import { Board } from "./board.js";
import { placeWords } from "./figures.js";
import { answered } from "./follow.js";
import { Freshness } from "./freshness.js";
import { LiveSocket } from "./live_socket.js";
import { serverClock } from "./server_clock.js";
import { Summary } from "./summary.js";
import { WorstLiquidity } from "./worst_liquidity.js";

const MOVED_AFTER_MS = 2_000; // by then no answer is of the market that was left

const main = document.getElementById("main");
const { socketPath, sparklinesUrl, symbolUrl: pattern, staleAfterMs } = main.dataset;
const symbolUrl = (facts) => board.place.urlOf(pattern.replace("SYMBOL", encodeURIComponent(facts.symbol)), facts);
const labelOf = (facts) => (board.place.isEach ? `${facts.symbol} · ${placeWords(facts)}` : facts.symbol);

const board = new Board({ symbolUrl, staleAfterMs: Number(staleAfterMs), onNeed: schedulePaint, onPlace: goToPlace, onMoved: tellMoved });
const summary = new Summary(symbolUrl, labelOf);
const worst = new WorstLiquidity(symbolUrl, labelOf);
const socket = new LiveSocket(socketPath + board.place.query, {
  snapshot: onSnapshot,
  update: onUpdate,
  heartbeat: (frame) => freshness.frame(frame),
  status: (status) => freshness.socketIs(status),
});
const freshness = new Freshness(main, {
  onChange: (isFresh) => board.believe(isFresh),
  retry: () => socket.retryNow(),
});

let isPaintScheduled = false;
let settled; // the timer that asks for the minutes of markets that have taken rows over

// Other markets are asked for: what is shown of these goes, and the snapshot of those brings everything.
function goToPlace() {
  document.getElementById("what-is-tracked").textContent = board.place.isEach ? "Markets tracked" : "Symbols tracked";
  socket.goTo(socketPath + board.place.query);
}

function tellMoved(moved) {
  const [{ symbol, ...place }] = moved;
  const text = moved.length === 1 ? `${symbol} is now shown of ${placeWords(place)}.` : `${moved.length} symbols are now shown of other markets.`;
  document.getElementById("announcer").textContent = text;
  clearTimeout(settled);
  settled = setTimeout(rememberMinutes, MOVED_AFTER_MS);
}

function onSnapshot(frame) {
  serverClock.set(Date.parse(frame.summary.timestamp));
  board.replace(frame.symbols);
  accept(frame);
  paintRanks();
  if (Object.keys(frame.symbols).length) rememberMinutes();
}

function onUpdate(frame) {
  serverClock.set(Date.parse(frame.summary.timestamp));
  board.merge(frame.symbols, frame.removed);
  accept(frame);
}

function accept(frame) {
  board.place.show(frame.markets);
  let newest = null;
  for (const row of Object.values(frame.symbols)) if (row.age_ms < (newest?.age_ms ?? Infinity)) newest = row;
  freshness.frame(frame, newest);
  summary.take(frame.summary);
  schedulePaint();
}

// The lists beside the table.
function paintRanks() {
  summary.paintExtremes();
  worst.paint(board.rows);
}

function schedulePaint() {
  if (isPaintScheduled) return;
  isPaintScheduled = true;
  requestAnimationFrame(() => {
    isPaintScheduled = false;
    board.paint();
    summary.paint();
  });
}

// The minute before this page was opened, or missed while the connection was down.
async function rememberMinutes() {
  const [{ query }, askedAt] = [board.place, Date.now()];
  const answer = await answered(sparklinesUrl + query);
  if (answer && query === board.place.query) board.remember(answer.symbols, askedAt); // else the next snapshot asks anew
}

// What is ranked is renewed in one go, so that a symbol shows one number at a time.
setInterval(() => {
  freshness.show();
  board.tick();
  paintRanks();
  summary.paintFeed(freshness);
}, 1000);
window.addEventListener("themechange", () => board.redraw());
socket.open();

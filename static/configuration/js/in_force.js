// Which processes use what the database says, and obey its halts, as told live over /ws/configuration/.
// Elements with data-in-force name a level (data-strategy, data-symbol); #obeyed is about the halts.

import { LiveSocket } from "../../realtime/js/live_socket.js";

const UNKNOWN = "Whether this is in force cannot be told";
const DOUBTS = {
  waiting: `${UNKNOWN}: connection lost, reconnecting.`,
  paused: `${UNKNOWN}: paused while in the background.`,
};

const obeyed = document.getElementById("obeyed");
const levelLines = [...document.querySelectorAll("[data-in-force]")];
const lines = obeyed ? [...levelLines, obeyed] : levelLines;
const levels = new Map();
const processes = new Map();
let halts = [];

const keyOf = (strategy, symbol) => `${strategy}/${symbol ?? ""}`;
const scopeOf = (halt) => keyOf(halt.strategy_id ?? "", halt.symbol);
const scopesOf = (records) => records.map(scopeOf).sort().join(" ");

const take = {
  snapshot(frame) {
    levels.clear();
    processes.clear();
    for (const level of frame.levels) take.applied(level);
    for (const process of frame.processes) take.process(process);
    halts = frame.halts;
  },
  applied: (level) => levels.set(keyOf(level.strategy_id, level.symbol), level),
  process: (process) => processes.set(process.instance, process),
  process_left: ({ instance }) => processes.delete(instance),
  halts: (frame) => (halts = frame.halts),
};

const handlers = {
  status: ({ state }) => DOUBTS[state] && sayToAll(DOUBTS[state]),
  error: () => sayToAll(`${UNKNOWN}: the receipts of the processes cannot be read.`),
};
for (const [type, apply] of Object.entries(take)) {
  handlers[type] = (frame) => {
    apply(frame);
    paint();
  };
}

function sayToAll(text) {
  for (const line of lines) say(line, "warn", text);
}

function paint() {
  for (const line of levelLines) say(line, ...verdict(line.dataset.strategy, line.dataset.symbol));
  if (!obeyed) return;
  say(obeyed, ...obedience());
  if (scopesOf(halts) !== obeyed.dataset.halts) location.reload(); // somebody halted or resumed meanwhile
}

// A symbol without values of its own runs on those of all symbols.
function verdict(strategy, symbol) {
  const level = levels.get(keyOf(strategy, symbol)) ?? levels.get(keyOf(strategy, null));
  if (!level?.processes.length) return ["warn", "No strategy process runs this strategy."];
  const { applied, processes: rows, converged, slowest_lag_ms: lag } = level;
  const after = converged && lag !== null ? `, ${(lag / 1000).toFixed(1)} s after saving` : "";
  const others = rows.filter(({ status }) => status !== "applied");
  const isBad = others.some(({ status }) => status !== "pending");
  const words = others.map(({ instance, status, reason }) => `${instance} ${status}${reason ? `: ${reason}` : ""}`);
  const sentence = `In force in ${countOf(applied, rows)}${after}.`;
  const blind = rows.map(({ instance }) => processes.get(instance)).filter(isBlind);
  if (blind.length) words.push(`The database is away for ${countOf(blind.length, rows)}: what is in use stays.`);
  return [isBad ? "bad" : converged && !blind.length ? "good" : "warn", [sentence, ...words].join(" ")];
}

function obedience() {
  const all = [...processes.values()];
  const heard = all.filter((process) => process.heard);
  if (!heard.length) return ["warn", "No strategy process is heard."];
  const onRecord = new Set(halts.map(scopeOf));
  const unrecorded = heard.flatMap((process) => process.halts).find((halt) => !onRecord.has(scopeOf(halt)));
  if (unrecorded) return ["bad", `Halted without the database, and not on record yet: “${unrecorded.reason}”, ${unrecorded.actor}.`];
  const wanted = scopesOf(halts);
  const obeying = heard.filter((process) => scopesOf(process.halts) === wanted);
  const count = countOf(obeying.length, all);
  const kind = obeying.length < all.length ? "bad" : heard.some(isBlind) ? "warn" : "good";
  const doubt = heard.some(isBlind) ? " The database is away: nothing can be resumed here." : "";
  return [kind, (halts.length ? `The halts are obeyed in ${count}.` : `Signals leave from ${count}.`) + doubt];
}

const isBlind = (process) => process?.heard && !process.database_answers;
const countOf = (number, all) => `${number} of ${all.length} ${all.length === 1 ? "process" : "processes"}`;

function say(line, kind, text) {
  line.hidden = false;
  line.dataset.kind = kind;
  if (line.textContent !== text) line.textContent = text;
}

new LiveSocket("/ws/configuration/", handlers).open();

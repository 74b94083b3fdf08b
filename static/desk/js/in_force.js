// Which processes use what the database holds, and apply its halts, as reported live over /ws/configuration/.
// Elements with data-in-force name a level (data-strategy, data-symbol), and may name which version of it the page shows
// (data-version), and of what it inherits (data-inherits); #all-in-force is about all levels and #acknowledged about the halts.
// A page may put new ones in and have them painted. What is not known now is not claimed, and <html data-unvouched> says so.

import { utcTime } from "../../realtime/js/figures.js";
import { LiveSocket } from "../../realtime/js/live_socket.js";

const NAMED = 3; // levels or processes named in one line; the others are counted
const DEEDS = { pending: "is behind", rejected: "refuses it", stale: "is silent" };
const SILENT_AFTER_MS = 7_000; // a heartbeat comes every 5 s
const RELOAD = "Reload the page to see what is in force.";
const SILENCE = "no answer from the server";
const DOUBTS = { waiting: "connection lost, reconnecting", paused: "paused while in the background" };

const levels = new Map();
const processes = new Map();
let halts = [];
let haltsReported = null;
let doubt = null; // why nothing is known
let heardAt = null; // when the server last sent anything
const left = new Set(); // levels that were removed while this page was open
let isAnswered = false;
let onChanged = () => {};

const keyOf = (strategy, symbol) => `${strategy}/${symbol ?? ""}`;
const keyOfLevel = (level) => keyOf(level.strategy_id, level.symbol);
const scopeOf = (halt) => keyOf(halt.strategy_id ?? "", halt.symbol);
const scopesOf = (records) => records.map(scopeOf).sort().join(" ");

function leave(key) {
  levels.delete(key);
  left.add(key);
}

const take = {
  snapshot(frame) {
    const gone = new Set(levels.keys());
    for (const level of frame.levels) {
      take.applied(level);
      gone.delete(keyOfLevel(level));
    }
    for (const key of gone) leave(key);
    processes.clear();
    for (const process of frame.processes) take.process(process);
    halts = frame.halts;
  },
  change: () => onChanged(),
  applied: (level) => {
    const key = keyOfLevel(level);
    const before = levels.get(key)?.version ?? 0;
    if (level.version < before) left.add(key); // that of all symbols is there also where nothing is set
    if (level.version > before) left.delete(key);
    levels.set(key, level);
  },
  level_left: (level) => leave(keyOfLevel(level)),
  process: (process) => processes.set(process.instance, process),
  process_left: ({ instance }) => processes.delete(instance),
  halts: (frame) => (halts = frame.halts),
};

const handlers = {
  status: ({ state }) => DOUBTS[state] && paintDoubt(DOUBTS[state]),
  error: () => paintDoubt("the receipts of the processes cannot be read"),
  heartbeat: () => {
    heardAt = Date.now();
    if (doubt !== SILENCE) return;
    doubt = null; // nothing was lost: it only came late
    paint();
  },
};
for (const [type, apply] of Object.entries(take)) {
  handlers[type] = (frame) => {
    doubt = null;
    isAnswered = true;
    heardAt = Date.now();
    apply(frame);
    paint();
  };
}

// Have a function called when somebody changed, halted or resumed something.
export function onChange(listener) {
  onChanged = listener;
}

// Show at every line of the page what is known now.
export function paint() {
  if (!isAnswered && !doubt) return;
  document.documentElement.toggleAttribute("data-unvouched", Boolean(doubt));
  for (const line of document.querySelectorAll("[data-in-force]")) {
    paintLine(line, () => outdated(line.dataset) ?? verdict(line.dataset.strategy, line.dataset.symbol));
  }
  const all = document.getElementById("all-in-force");
  if (all) paintLine(all, overall);
  const acknowledged = document.getElementById("acknowledged");
  if (!acknowledged) return;
  paintLine(acknowledged, acknowledgement);
  reportHalts(scopesOf(halts), acknowledged.dataset.halts);
}

function paintDoubt(text) {
  doubt = text;
  paint();
}

// Once for each new set of halts the page does not list yet.
function reportHalts(present, listed) {
  if (doubt || present === listed || present === haltsReported) return;
  haltsReported = present;
  onChanged();
}

// Somebody has changed what the page shows since it was opened: whatever is in force, it is not that.
function outdated({ strategy, symbol, version, inherits }) {
  const [own, all] = [symbol, ""].map((of) => ({ key: keyOf(strategy, of), now: levels.get(keyOf(strategy, of))?.version ?? 0 }));
  if (version !== undefined && left.has(own.key)) return ["unknown", `Removed since this page was opened, which shows version ${version}. ${RELOAD}`];
  if (own.now > Number(version)) return ["unknown", `Changed since this page was opened: version ${own.now} is saved, version ${version} is shown. ${RELOAD}`];
  if (all.now > Number(inherits) || (inherits && left.has(all.key))) return ["unknown", `What is inherited here has changed since this page was opened. ${RELOAD}`];
  if (levels.has(all.key) && own.now < Number(version)) return ["unknown", `Not known yet of version ${version}, which is shown.`];
  return null;
}

// A symbol without values of its own runs on those of all symbols.
function verdict(strategy, symbol) {
  const own = levels.get(keyOf(strategy, symbol));
  const level = own ?? levels.get(keyOf(strategy, null));
  if (!level?.processes.length) return ["warn", "No strategy process runs this strategy."];
  const { applied, processes: rows, converged, slowest_lag_ms: lag } = level;
  const after = own && converged && lag !== null ? `, ${seconds(lag)} after saving` : "";
  const others = rows.filter(({ status }) => status !== "applied");
  const blind = rows.map(({ instance }) => processes.get(instance)).filter(isBlind);
  const words = others.map(({ instance, status, reason }) => `${instance} ${DEEDS[status]}${reason ? `: ${reason}` : ""}`);
  const where = countOf(applied, rows);
  const isNone = symbol && !own;
  const sentences = [isNone ? `It has no values of its own; those of all symbols are in force in ${where}.` : `In force in ${where}${after}.`];
  if (words.length) sentences.push(`${named(words, "; ")}.`);
  if (blind.length) sentences.push(`The database is away for ${countOf(blind.length, rows)}: what is in use stays.`);
  const kind = worse(kindOf(others), blind.length);
  return [isNone && kind === "good" ? "none" : kind, sentences.join(" ")];
}

function overall() {
  const heard = [...processes.values()].filter((process) => process.heard);
  if (!heard.length) return ["warn", "No strategy process is heard."];
  const open = [...levels.values()].filter((level) => !level.converged);
  const blind = heard.some(isBlind);
  const away = blind ? " The database is away: what is in use stays." : "";
  if (!open.length) {
    return [worse("good", blind), `All that is saved is in force in ${processCount(processes.size)}.${away}`];
  }
  const others = open.flatMap((level) => level.processes.filter(({ status }) => status !== "applied"));
  const called = JSON.parse(document.getElementById("all-in-force").dataset.names);
  const names = open.map((level) => `${called[level.strategy_id] ?? level.strategy_id} · ${level.symbol ?? "all symbols"}`);
  return [worse(kindOf(others), blind), `Not in force everywhere: ${named(names, ", ")}.${away}`];
}

function acknowledgement() {
  const all = [...processes.values()];
  const heard = all.filter((process) => process.heard);
  if (!heard.length) return ["warn", "No strategy process is heard."];
  const onRecord = new Set(halts.map(scopeOf));
  const unrecorded = heard.flatMap((process) => process.halts).find((halt) => !onRecord.has(scopeOf(halt)));
  if (unrecorded) return ["bad", `Halted without the database, and not on record yet: “${unrecorded.reason}”, ${unrecorded.actor}.`];
  const wanted = scopesOf(halts);
  const applying = heard.filter((process) => scopesOf(process.halts) === wanted);
  const cutOff = heard.filter((process) => process.nats_away_since);
  const count = countOf(applying.length, all);
  const blind = heard.some(isBlind);
  const away = blind ? " The database is away: nothing can be resumed here." : "";
  const sentence = halts.length ? `The halts are applied in ${count}.` : `Signals are sent from ${count}.`;
  if (cutOff.length) return ["bad", `${withoutNats(cutOff, all)}${halts.length ? ` ${sentence}` : ""}${away}`];
  return [worse(applying.length < all.length ? "bad" : "good", blind), sentence + away];
}

function withoutNats(cutOff, all) {
  const since = cutOff.map((process) => process.nats_away_since).sort()[0];
  return `No connection to NATS since ${utcTime(since)}: no signal is sent from ${countOf(cutOff.length, all)}.`;
}

// Being behind passes; refusing and silence do not pass by themselves.
function kindOf(others) {
  if (!others.length) return "good";
  return others.every(({ status }) => status === "pending") ? "warn" : "bad";
}

function named(words, separator) {
  const more = words.length - NAMED;
  return words.slice(0, NAMED).join(separator) + (more > 0 ? ` and ${more} more` : "");
}

const worse = (kind, isDoubtful) => (isDoubtful && kind === "good" ? "warn" : kind);
const isBlind = (process) => process?.heard && !process.database_answers;
const processCount = (count) => `${count} ${count === 1 ? "process" : "processes"}`;
const countOf = (number, all) => `${number} of ${processCount(all.length)}`;
const seconds = (ms) => (ms < 100 ? "under 0.1 s" : `${(ms / 1000).toFixed(1)} s`);

function unknownWords() {
  return heardAt ? `Not known since ${utcTime(heardAt)}: ${doubt}.` : `Not known: ${doubt}.`;
}

function paintLine(line, judge) {
  const [kind, text] = doubt ? ["unknown", unknownWords()] : judge();
  line.hidden = false;
  line.dataset.kind = kind;
  if (line.textContent !== text) line.textContent = text;
}

if (document.querySelector("[data-in-force], #all-in-force, #acknowledged")) {
  const { pathname } = new URL("../../../ws/configuration/", import.meta.url); // beside /static/, whatever both are below
  new LiveSocket(pathname, handlers).open();
  setInterval(() => isAnswered && !doubt && Date.now() - heardAt > SILENT_AFTER_MS && paintDoubt(SILENCE), 1000);
}

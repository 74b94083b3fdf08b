// Which processes use what the database says, and obey its halts, as told live over /ws/configuration/.
// Elements with data-in-force name a level (data-strategy, data-symbol); #all-in-force is about all levels
// and #obeyed about the halts. A page may put new ones in and have them painted.

const RETRY_MS = 2_000;
const NAMED = 3; // levels or processes named in one line; the others are counted
const DEEDS = { pending: "is behind", rejected: "refuses it", stale: "is silent" };

const levels = new Map();
const processes = new Map();
let halts = [];
let haltsTold = null;
let isConnected = null; // null until the first answer
let tellChanged = () => {};

const keyOf = (strategy, symbol) => `${strategy}/${symbol ?? ""}`;
const keyOfLevel = (level) => keyOf(level.strategy_id, level.symbol);
const scopesOf = (records) => records.map((halt) => keyOf(halt.strategy_id ?? "", halt.symbol)).sort().join(" ");

const take = {
  snapshot(frame) {
    levels.clear();
    processes.clear();
    for (const level of frame.levels) take.applied(level);
    for (const process of frame.processes) take.process(process);
    halts = frame.halts;
  },
  change: () => tellChanged(),
  applied: (level) => levels.set(keyOfLevel(level), level),
  level_left: (level) => levels.delete(keyOfLevel(level)),
  process: (process) => processes.set(process.instance, process),
  process_left: ({ instance }) => processes.delete(instance),
  halts: (frame) => (halts = frame.halts),
};

// Have a function called when somebody changed, halted or resumed something.
export function onChange(listener) {
  tellChanged = listener;
}

// Say at every line of the page what is known now.
export function paint() {
  if (isConnected === null) return;
  for (const line of document.querySelectorAll("[data-in-force]")) {
    say(line, () => verdict(line.dataset.strategy, line.dataset.symbol));
  }
  const all = document.getElementById("all-in-force");
  if (all) say(all, overall);
  const obeyed = document.getElementById("obeyed");
  if (!obeyed) return;
  say(obeyed, obedience);
  tellHalts(scopesOf(halts), obeyed.dataset.halts);
}

// Once for each new set of halts the page does not list yet.
function tellHalts(present, listed) {
  if (!isConnected || present === listed || present === haltsTold) return;
  haltsTold = present;
  tellChanged();
}

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/ws/configuration/`);
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    isConnected = true;
    take[frame.type]?.(frame);
    paint();
  };
  socket.onclose = () => {
    isConnected = false;
    paint();
    setTimeout(connect, RETRY_MS);
  };
}

// A symbol without values of its own runs on those of all symbols.
function verdict(strategy, symbol) {
  const own = levels.get(keyOf(strategy, symbol));
  const level = own ?? levels.get(keyOf(strategy, null));
  if (!level?.processes.length) return ["warn", "No strategy process runs this strategy."];
  const { applied, processes: rows, converged, slowest_lag_ms: lag } = level;
  const after = own && converged && lag !== null ? `, ${seconds(lag)} after saving` : "";
  const others = rows.filter(({ status }) => status !== "applied");
  const words = others.map(({ instance, status, reason }) => `${instance} ${DEEDS[status]}${reason ? `: ${reason}` : ""}`);
  const sentence = `In force in ${applied} of ${processCount(rows.length)}${after}.`;
  return [kindOf(others), [sentence, named(words, "; ")].filter(Boolean).join(" ")];
}

function overall() {
  if (![...processes.values()].some((process) => process.heard)) return ["warn", "No strategy process is heard."];
  const all = [...levels.values()];
  const open = all.filter((level) => !level.converged);
  if (!open.length) return ["good", `All that is saved is in force in ${processCount(processes.size)}.`];
  const others = open.flatMap((level) => level.processes.filter(({ status }) => status !== "applied"));
  const names = open.map((level) => `${level.strategy_id} · ${level.symbol ?? "all symbols"}`);
  return [kindOf(others), `Not in force everywhere: ${named(names, ", ")}.`];
}

function obedience() {
  const all = [...processes.values()];
  const heard = all.filter((process) => process.heard);
  if (!heard.length) return ["warn", "No strategy process is heard."];
  const wanted = scopesOf(halts);
  const obeying = heard.filter((process) => scopesOf(process.halts) === wanted);
  const count = `${obeying.length} of ${processCount(all.length)}`;
  const kind = obeying.length === all.length ? "good" : "bad";
  return [kind, halts.length ? `The halts are obeyed in ${count}.` : `Signals leave from ${count}.`];
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

const processCount = (count) => `${count} ${count === 1 ? "process" : "processes"}`;
const seconds = (ms) => (ms < 100 ? "under 0.1 s" : `${(ms / 1000).toFixed(1)} s`);

function say(line, judge) {
  const [kind, text] = isConnected
    ? judge()
    : ["warn", "Whether this is in force cannot be told: no connection."];
  line.hidden = false;
  line.dataset.kind = kind;
  if (line.textContent !== text) line.textContent = text;
}

if (document.querySelector("[data-in-force], #all-in-force, #obeyed")) connect();

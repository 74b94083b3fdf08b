// Which processes use what the database says, and obey its halts, as told live over /ws/configuration/.
// Elements with data-in-force name a level (data-strategy, data-symbol); #obeyed is about the halts.

const RETRY_MS = 2_000;

const lines = [...document.querySelectorAll("[data-in-force]")];
const obeyed = document.getElementById("obeyed");
const levels = new Map();
const processes = new Map();
let halts = [];

const keyOf = (strategy, symbol) => `${strategy}/${symbol ?? ""}`;
const scopesOf = (records) => records.map((halt) => keyOf(halt.strategy_id ?? "", halt.symbol)).sort().join(" ");

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

function connect() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}/ws/configuration/`);
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    take[frame.type]?.(frame);
    paint();
  };
  socket.onclose = () => {
    for (const line of [...lines, obeyed]) if (line) say(line, "warn", "Whether this is in force cannot be told: no connection.");
    setTimeout(connect, RETRY_MS);
  };
}

function paint() {
  for (const line of lines) say(line, ...verdict(line.dataset.strategy, line.dataset.symbol));
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
  const sentence = `In force in ${applied} of ${rows.length} ${rows.length === 1 ? "process" : "processes"}${after}.`;
  return [converged ? "good" : isBad ? "bad" : "warn", [sentence, ...words].join(" ")];
}

function obedience() {
  const all = [...processes.values()];
  const heard = all.filter((process) => process.heard);
  if (!heard.length) return ["warn", "No strategy process is heard."];
  const wanted = scopesOf(halts);
  const obeying = heard.filter((process) => scopesOf(process.halts) === wanted);
  const count = `${obeying.length} of ${all.length} ${all.length === 1 ? "process" : "processes"}`;
  const kind = obeying.length === all.length ? "good" : "bad";
  return [kind, halts.length ? `The halts are obeyed in ${count}.` : `Signals leave from ${count}.`];
}

function say(line, kind, text) {
  line.hidden = false;
  line.dataset.kind = kind;
  if (line.textContent !== text) line.textContent = text;
}

connect();

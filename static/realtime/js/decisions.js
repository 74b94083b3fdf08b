// What people decided about one symbol: changes of configuration, halts and resumptions, as marks on its chart
// and as a list beside it. Only for those who may see configuration; for others the list is not there.

import { utcTime } from "./figures.js";
import { follow } from "./follow.js";

const SYMBOLS = { change: "◆", halt: "■", resume: "●" };
const DEEDS = { halt: "Halted", resume: "Resumed" };

// onMarks([{x: milliseconds since the epoch, kind: "change", "halt" or "resume", id: of a change}]), oldest first, after
// every answer. section.dataset.changes is below which address each change has its page; everyMs is how often is asked;
// key(event) gives what can be pressed in its row, null for nothing.
export function followDecisions(section, onMarks, { everyMs, key = () => null } = {}) {
  const list = section.querySelector("ol");
  const note = section.querySelector(".empty");
  let rows = new Map(); // by the event: a row that reads the same stays

  function take({ data: events }) {
    onMarks(events.map(({ at, kind, change_id: id }) => ({ x: Date.parse(at), kind, id })).reverse());
    show(events.length ? "" : "None.");
    const before = rows;
    rows = new Map(events.map((event) => [JSON.stringify(event), event]));
    for (const [seen, event] of rows) rows.set(seen, before.get(seen) ?? item(event, section.dataset.changes, key(event)));
    const focused = document.activeElement;
    if (rows.size !== before.size || [...rows.keys()].some((seen) => !before.has(seen))) list.replaceChildren(...rows.values());
    if (list.contains(focused)) focused.focus();
  }

  function show(text) {
    note.hidden = !text;
    note.textContent = text;
  }

  const refused = () => show("Unknown at the moment; these are the last ones known.");
  follow(section.dataset.url, take, { refused, everyMs });
}

function item(event, changes, key) {
  const row = document.createElement("li");
  row.dataset.kind = event.kind;
  const mark = part("span", "decision-mark", SYMBOLS[event.kind]);
  mark.setAttribute("aria-hidden", "true");
  const time = part("time", "figure", utcTime(event.at));
  time.dateTime = event.at;
  const what = part(event.change_id ? "a" : "span", "", deed(event));
  if (event.change_id) what.href = `${changes}${event.change_id}/`;
  row.append(mark, time, what, part("span", "why", words(event)), key ?? "");
  return row;
}

function deed({ kind, strategy, strategy_id, symbol, changes, labels, version }) {
  const where = strategy_id || symbol ? `${strategy ?? "all strategies"} on ${symbol ?? "all symbols"}` : "everything";
  if (kind !== "change") return `${DEEDS[kind]}: ${where}`;
  const values = Object.entries(changes).map(([name, [old, now]]) => `${labels[name]} ${value(old)} → ${value(now)}`);
  return `${where}: ${values.join(", ") || "nothing changed"} (version ${version})`;
}

const value = (each) => (each === null ? "inherited" : Array.isArray(each) ? each.join(", ") : String(each));

const words = ({ actor, reason }) => (reason ? `${actor}: “${reason}”` : actor);

function part(name, className, text) {
  const element = document.createElement(name);
  element.className = className;
  element.textContent = text;
  return element;
}

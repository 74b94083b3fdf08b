// The page of signals, live: asks for what has arrived since it last asked, and holds it back while a signal is read or
// pointed at. What the ledger knows of those that are there, it asks anew now and then. Older ones stand still.

import { utcTime } from "./figures.js";
import { entitle } from "./title.js";

const ASK_EVERY_MS = 1_500;
const WHOLE_EVERY_MS = 12_000;
const MOST_READ = 20;
const CAN_HOVER = matchMedia("(hover: hover)").matches; // a finger that has gone leaves a hover behind

const byId = (id) => document.getElementById(id);
const list = byId("signals");
const held = byId("held");
const most = Number(byId("main").dataset.shown);
let waiting = null; // the newest list, while an older one is read
let older = null; // and the way to what is behind it
let wholeAt = Date.now();
let news = 0; // signals that have arrived since the one that is shown

async function ask() {
  const address = new URL(location.href);
  address.searchParams.set("after", byId("standing").dataset.place);
  if (Date.now() - wholeAt >= WHOLE_EVERY_MS) {
    wholeAt = Date.now();
    address.searchParams.set("whole", "");
    const read = [...list.children].filter((line) => line.querySelector("details[open]")).flatMap(idsOf);
    if (read.length) address.searchParams.set("read", read.slice(0, MOST_READ).join());
  }
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(10_000) });
    if (answer.redirected) location.reload(); // the log-in has ended
    if (!answer.ok && answer.status !== 503) throw new Error(`answered ${answer.status}`);
    take(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    connection("down", "No connection"); // the next question may be answered
  }
}

function take(page) {
  const standing = document.adoptNode(page.getElementById("standing"));
  const { trouble, readAt } = standing.dataset;
  connection(trouble ? "down" : "live", trouble || `Live ${utcTime(readAt)}`);
  if (standing.textContent.trim() !== byId("standing").textContent.trim()) byId("announcer").textContent = standing.textContent.trim();
  byId("standing").replaceWith(standing);
  entitle({ halt: "halted" in standing.dataset ? "Halted" : "" });
  for (const part of page.querySelectorAll("#latest [data-now]")) paintNow(part);
  paintLater(page);
  news += Number(standing.dataset.news);
  if (Number(standing.dataset.news)) {
    waiting = document.adoptNode(page.getElementById("signals"));
    older = document.adoptNode(page.getElementById("older"));
  }
  if (waiting && !isBeingRead()) show();
  held.hidden = waiting === null;
  held.textContent = news >= most ? `Show ${most} or more new` : `Show ${news} new`;
}

// A signal is open, or a pointer is on the list: what is under it must not become another just before it is clicked.
function isBeingRead() {
  return list.querySelector("details[open]") !== null || (CAN_HOVER && list.matches(":hover"));
}

// In its place: whoever is on a link stays on it.
function paintNow(part) {
  const shown = document.querySelector(`#latest [data-now="${part.dataset.now}"]`);
  if (shown && shown.textContent !== part.textContent) shown.replaceChildren(...document.adoptNode(part).childNodes);
}

// What became of the price of those that are there, and on average.
function paintLater(page) {
  for (const part of page.querySelectorAll("[data-later]")) {
    for (const shown of document.querySelectorAll(`[data-later="${CSS.escape(part.dataset.later)}"]`)) {
      if (shown.textContent !== part.textContent) shown.replaceChildren(...part.cloneNode(true).childNodes);
    }
  }
  const tally = page.getElementById("tally");
  if (tally && tally.textContent !== byId("tally").textContent) byId("tally").replaceChildren(...tally.cloneNode(true).childNodes);
}

// What stands there already stays the same element, and who is on it stays on it.
function show() {
  const known = new Map([...list.children].map((line) => [idsOf(line).join(), line]));
  const seen = new Set([...list.children].flatMap(idsOf));
  const used = document.activeElement.closest("#signals > li");
  const lines = [...waiting.children].map((line) => known.get(idsOf(line).join()) ?? line);
  for (const line of lines) line.classList.toggle("new", !seen.has(idsOf(line)[0]));
  const next = used && lines.find((line) => idsOf(line).includes(idsOf(used)[0]));
  list.replaceChildren(...lines);
  byId("older").replaceChildren(...older.childNodes);
  next?.querySelector("summary").focus({ preventScroll: true });
  waiting = null;
  news = 0;
  byId("empty").hidden = list.children.length > 0;
  held.hidden = true;
}

// The signals of a line, the newest first.
function idsOf(line) {
  return [line, ...line.querySelectorAll("[data-id]")].map(({ dataset }) => dataset.id).filter(Boolean);
}

function connection(kind, text) {
  byId("connection").dataset.kind = kind;
  byId("connection").querySelector(".connection-text").textContent = text;
}

async function follow() {
  if (!document.hidden) await ask();
  setTimeout(follow, ASK_EVERY_MS);
}

held.addEventListener("click", () => {
  for (const details of list.querySelectorAll("details[open]")) details.open = false;
  show();
});
for (const select of byId("filter").querySelectorAll("select")) select.addEventListener("change", () => byId("filter").requestSubmit());
if ("live" in byId("main").dataset) follow();

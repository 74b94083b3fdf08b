// The page of signals, live: asks for what has arrived since it last asked, and holds it back while a signal is read.

import { utcTime } from "./figures.js";

const ASK_EVERY_MS = 1_500;

const byId = (id) => document.getElementById(id);
const list = byId("signals");
const held = byId("held");
const most = Number(byId("main").dataset.shown);
let waiting = []; // newest first

async function ask() {
  const address = new URL(location.href);
  address.searchParams.set("after", byId("standing").dataset.place);
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
  for (const time of page.querySelectorAll("#latest time")) paintLatest(time.dataset.strategy, time.textContent);
  waiting = [...page.getElementById("signals").children, ...waiting].slice(0, most);
  if (!list.querySelector("details[open]")) show();
  held.hidden = waiting.length === 0;
  held.textContent = waiting.length === most ? `Show ${most} or more new` : `Show ${waiting.length} new`;
}

// In its place: whoever is on a link stays on it.
function paintLatest(strategy, text) {
  const shown = document.querySelector(`#latest time[data-strategy="${strategy}"]`);
  if (shown && shown.textContent !== text) shown.textContent = text;
}

function show() {
  const arrived = waiting.map((signal) => document.adoptNode(signal));
  for (const signal of arrived) signal.classList.add("new");
  list.prepend(...arrived);
  waiting = [];
  while (list.children.length > most) list.lastElementChild.remove();
  byId("empty").hidden = list.children.length > 0;
  held.hidden = true;
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
follow();

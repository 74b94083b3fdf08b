// What opens below the bell: the newest alerts that fire. A line that reads the same stays, and who is on it with it.

import { line } from "./lines.js";
import { begin } from "./telling.js";

const SHOWN = 10;
const list = document.getElementById("alerts-newest");
const more = document.getElementById("alerts-more");
const all = document.getElementById("alerts-all");
const shown = new Map(); // id -> {state, element}

// firing: how many there are, of which not all may be known here
export function showLines(alerts, firing) {
  const newest = alerts.sort((one, other) => other.id - one.id).slice(0, SHOWN);
  const hadFocus = list.contains(document.activeElement);
  const elements = newest.map(elementOf);
  elements.forEach((element, at) => {
    if (list.children[at] !== element) list.insertBefore(element, list.children[at] ?? null);
  });
  while (list.children.length > elements.length) list.lastElementChild.remove();
  for (const id of shown.keys()) if (!newest.some((alert) => alert.id === id)) shown.delete(id);
  more.textContent = firing > newest.length && newest.length ? `and ${firing - newest.length} more` : "";
  if (hadFocus && !list.contains(document.activeElement)) (list.querySelector("button") ?? all).focus();
}

function elementOf(alert) {
  const state = JSON.stringify(alert);
  const before = shown.get(alert.id);
  if (before?.state === state) return before.element;
  const element = line("alert-line", alert);
  before?.element.replaceWith(element);
  shown.set(alert.id, { state, element });
  return element;
}

begin();

// What panel and toasts write of an alert, and how either of them acknowledges one.

import { utcTime } from "../../realtime/js/figures.js";

const DAY_MS = 86_400_000;
const PATIENCE_MS = 10_000;
const panel = document.getElementById("alerts-panel");

// A market, or the name of what is none.
export const about = ({ entity, symbol, market }) => entity ?? `${symbol} ${market}`;

export const capital = (word) => word[0].toUpperCase() + word.slice(1);

// A copy of a template with what is to stand in it, by data-line.
export function line(template, alert) {
  const made = document.getElementById(template).content.firstElementChild.cloneNode(true);
  made.dataset.severity = alert.severity;
  const texts = {
    severity: capital(alert.severity),
    rule: alert.rule_name,
    market: about(alert),
    value: alert.value_in_words,
    since: `since ${moment(alert.fired_at)}`,
    by: alert.acknowledged_by ? `acknowledged by ${alert.acknowledged_by}` : silenced(alert),
  };
  for (const place of made.querySelectorAll("[data-line]")) place.textContent = texts[place.dataset.line];
  made.querySelector(".alert-page").href = pageOf(alert);
  const button = made.querySelector("[data-acknowledge]");
  if (button && alert.acknowledged_at) button.remove();
  else button?.addEventListener("click", () => acknowledge(alert, button));
  return made;
}

// Of the market it is about, or of its rule where it is about none.
function pageOf({ symbol, venue, form, rule }) {
  const { symbolUrl, ruleUrl } = panel.dataset;
  if (!symbol) return ruleUrl.replace(/0\/$/, rule ? `${rule}/` : "");
  return `${symbolUrl.replace("SYMBOL", encodeURIComponent(symbol))}?${new URLSearchParams({ venue, form })}`;
}

const silenced = ({ silenced_until: until }) => (until ? `silenced until ${moment(until)}` : "");

function moment(at) {
  const isFar = Math.abs(Date.now() - Date.parse(at)) > DAY_MS;
  return isFar ? `${at.slice(0, 10)}, ${utcTime(at)}` : utcTime(at);
}

// What comes of it is heard on the socket. The button keeps the focus meanwhile.
async function acknowledge(alert, button) {
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  const refusal = await refusalOf(alert.id);
  if (!refusal) return;
  button.ariaBusy = "false";
  button.textContent = "Try again";
  button.title = refusal;
  panel.querySelector("[role=status]").textContent = `${alert.rule_name}, ${about(alert)}: not acknowledged. ${refusal}`;
}

// Why it was not acknowledged; empty where it was.
async function refusalOf(id) {
  try {
    const answer = await fetch(panel.dataset.acknowledgeUrl.replace(/0$/, id), {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
      body: "{}",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.ok) return "";
    const { error } = await answer.json();
    return error.message;
  } catch {
    return "The server does not answer.";
  }
}

const csrfToken = () => document.querySelector("#account-menu [name=csrfmiddlewaretoken]").value;

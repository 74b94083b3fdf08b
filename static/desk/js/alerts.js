// Keeps the page of alerts current, at once when the bell hears something. Whoever writes in them is not interrupted: the lists stand still until it is sent.

import { utcTime } from "../../realtime/js/figures.js";
import { answeredPart, follow } from "../../realtime/js/follow.js";

const box = document.getElementById("alerts");
const age = document.getElementById("alerts-age");
const said = document.getElementById("alerts-said");
let answeredAt = Date.now();

function isWriting() {
  const notes = [...box.querySelectorAll(".acknowledge .field-input")];
  return notes.some((note) => note.value || note === document.activeElement);
}

function show(news) {
  answeredAt = Date.now();
  age.hidden = true;
  if (isWriting() || words(news) === words(box)) return;
  const before = fires(box);
  const focused = document.activeElement?.closest("#alerts") && document.activeElement.getAttribute("href");
  box.replaceChildren(...news.childNodes);
  if (focused) box.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
  if (fires(box) !== before) said.textContent = `${fires(box) || "No"} alerts fire.`;
}

function refused() {
  age.hidden = false;
  age.textContent = `As it was at ${utcTime(answeredAt)}: nobody answers, or you are logged out.`;
}

function fires(lines) {
  return Number(lines.querySelector("[data-firing]").dataset.firing);
}

function words(lines) {
  return lines.textContent.replace(/\s+/g, " ").trim();
}

document.addEventListener("alertschange", follow(box.dataset.url, show, { refused, ask: answeredPart }));

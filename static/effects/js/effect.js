// Fills in what a change did, as time passes: the figures anew, as long as somebody looks.

import { utcTime } from "../../realtime/js/figures.js";
import { answeredPart, follow } from "../../realtime/js/follow.js";

const EVERY_MS = 15_000;
const box = document.getElementById("effect");
const age = document.getElementById("effect-age");
let answeredAt = Date.now();

function show(news) {
  answeredAt = Date.now();
  age.hidden = true;
  const focused = document.activeElement?.closest("#effect") && document.activeElement.getAttribute("href");
  box.replaceChildren(...news.childNodes);
  if (focused) box.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

function refused() {
  age.hidden = false;
  age.textContent = `As it was at ${utcTime(answeredAt)}: nobody answers, or you are logged out.`;
}

follow(box.dataset.url, show, { everyMs: EVERY_MS, ask: answeredPart, refused });

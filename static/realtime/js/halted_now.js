// Keeps the lines on top of a page current that say what is halted, and its title where that is about everything. A page
// that follows nothing else has #halted-now-age, which says as of when it is while nobody answers.

import { utcTime } from "./figures.js";
import { entitle } from "./title.js";

const PATIENCE_MS = 10_000;
const box = document.getElementById("halted-now");
const age = document.getElementById("halted-now-age");
const { url, everyMs } = box.dataset;
let answeredAt = Date.now();

async function ask() {
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) return doubt(`the server answers ${answer.status}`);
    if (answer.redirected) return doubt("logged out");
    show(new DOMParser().parseFromString(await answer.text(), "text/html").body);
    answeredAt = Date.now();
    doubt("");
  } catch {
    doubt("no connection"); // what was shown last stands
  }
}

function doubt(reason) {
  if (!age) return; // the page says elsewhere that nobody is heard
  age.hidden = !reason;
  age.textContent = reason && `As it was at ${utcTime(answeredAt)}: ${reason}.`;
}

// What reads the same stays the same, and so does who is on a link of it. How many signals a halt holds back changes all the
// time, and is put in silently.
function show(news) {
  if ("entitles" in box.dataset) entitle({ halt: news.querySelector("[data-everything]") ? "Halted" : "" });
  if (words(news) !== words(box)) return box.replaceChildren(...news.childNodes);
  const counts = news.querySelectorAll(".held-back");
  box.querySelectorAll(".held-back").forEach((count, at) => {
    if (count.contains(document.activeElement) || count.isEqualNode(counts[at])) return;
    count.replaceChildren(...counts[at].childNodes);
  });
}

function words(lines) {
  const copy = lines.cloneNode(true);
  for (const count of copy.querySelectorAll(".held-back")) count.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}

async function follow() {
  if (!document.hidden) await ask();
  setTimeout(follow, Number(everyMs));
}

document.addEventListener("visibilitychange", () => document.hidden || ask());
document.addEventListener("halted", ask); // by this very page
for (const turn of ["offline", "online"]) window.addEventListener(turn, ask);
setTimeout(follow, Number(everyMs));

// Keeps the lines on top of a page current that say what is halted, and its title where that is about everything.

import { entitle } from "./title.js";

const PATIENCE_MS = 10_000;
const box = document.getElementById("halted-now");
const { url, everyMs } = box.dataset;

async function ask() {
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !answer.redirected) show(new DOMParser().parseFromString(await answer.text(), "text/html").body);
  } catch {
    // nobody answers: what was said last stands, and the page says elsewhere that it is not heard
  }
}

// What says the same stays the same, and so does who is on a link of it.
function show(news) {
  if ("entitles" in box.dataset) entitle({ halt: news.querySelector("[data-everything]") ? "Halted" : "" });
  if (news.innerText.trim() !== box.innerText.trim()) box.replaceChildren(...news.childNodes);
}

async function follow() {
  if (!document.hidden) await ask();
  setTimeout(follow, Number(everyMs));
}

document.addEventListener("visibilitychange", () => document.hidden || ask());
document.addEventListener("halted", ask); // by this very page
setTimeout(follow, Number(everyMs));

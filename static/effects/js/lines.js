// A line for each change that comes into view: signals an hour and their outcome before and after it. One is asked for at a time.

import { signed } from "../../realtime/js/figures.js";
import { answered } from "../../realtime/js/follow.js";
import { lasting, rate } from "./lasting.js";

const LENGTH = "1h";
const SPAN = "5m";

const waiting = [];
let isAsking = false;

async function ask() {
  if (isAsking) return;
  isAsking = true;
  while (waiting.length) {
    const line = waiting.shift();
    const answer = await answered(line.dataset.effect);
    if (answer) line.textContent = `: ${wordsOf(answer.data.comparisons.find(({ length }) => length === LENGTH))}`;
  }
  isAsking = false;
}

function wordsOf({ seconds, fills_until: until, before, after }) {
  if (!seconds) return "nothing to compare";
  const sides = [before.signals, after.signals];
  const rates = sides.map((side) => rate(side)).join(" → ");
  const known = sides.every((side) => side.known[SPAN]);
  const moved = known ? `; moved ${sides.map((side) => signed(side.mean_bps[SPAN])).join(" → ")} bps their way in 5 min` : "";
  return `${rates} signals an hour${moved}, ${lasting(seconds)} before and after${until ? " so far" : ""}`;
}

const sight = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    waiting.push(target);
  }
  ask();
});
for (const line of document.querySelectorAll("[data-effect]")) sight.observe(line);

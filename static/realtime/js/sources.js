// Where market data come from, a line a venue: who brings them reports how it goes, and this page shows that.

import { utcTime } from "./figures.js";
import { follow } from "./follow.js";

const section = document.querySelector(".sources");
const list = document.getElementById("sources");

const UNKNOWN = { text: "how they do is not known at the moment", isTrouble: true };

const INVENTED = "For a simulated market start make run without MARKET.";

follow(section.dataset.url, take, { refused: () => show([UNKNOWN]) });

function take({ markets }) {
  show(markets.flatMap(linesOf));
  document.dispatchEvent(new CustomEvent("unreached", { detail: unreached(markets) }));
}

// As `unreached` in markets/reports/report.py: why nothing comes from any venue, empty where something does.
function unreached(markets) {
  const heard = markets.filter(({ state }) => state === "running");
  const venues = heard.flatMap(({ started_at: start, venues: all }) => all.map((each) => ({ ...each, since: each.last_frame_at ?? start })));
  if (!venues.length || venues.some(({ is_well: isWell }) => isWell)) return "";
  const names = venues.map(({ venue, form }) => `${venue} ${form}`).join(", ");
  const since = venues.map((each) => each.since).sort().at(-1);
  const why = venues.map(({ summary }) => `${summary}.`).join(" ");
  return `Nothing has come from ${names} since ${utcTime(since)}. ${why} ${INVENTED}`;
}

function show(lines) {
  section.hidden = !lines.length;
  list.replaceChildren(...lines.map(item));
}

// What is wrong with the process, or else what comes of each of its venues.
function linesOf({ notice, venues }) {
  if (notice) return [{ text: notice, isTrouble: true }];
  return venues.map(({ summary, is_well: isWell }) => ({ text: summary, isTrouble: !isWell }));
}

function item({ text, isTrouble }) {
  const line = document.createElement("li");
  line.classList.toggle("troubled", isTrouble);
  line.textContent = text;
  return line;
}

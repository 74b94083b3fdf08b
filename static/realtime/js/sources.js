// Where market data come from, a line a venue: who brings them reports how it goes, and this page shows it.

import { follow } from "./follow.js";

const section = document.querySelector(".sources");
const list = document.getElementById("sources");

const UNKNOWN = { text: "how they do is not known at the moment", isTrouble: true };

follow(section.dataset.url, ({ markets }) => show(markets.flatMap(linesOf)), { refused: () => show([UNKNOWN]) });

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

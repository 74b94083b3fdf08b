// The table of all symbols: halt one, those that are selected, or all that the filter shows; and resume them.

import { followHalted, HaltDialog } from "./halt_dialog.js";
import { onHaltKey } from "./halt_key.js";

const rows = document.getElementById("rows");
const byId = (id) => document.getElementById(id);
const picked = new Set();
let halted = new Set(); // by a halt of exactly that symbol

const dialog = new HaltDialog((verb, symbols) => {
  for (const symbol of symbols) pick(symbol, false);
  look?.();
});
const look = byId("resume-picked") && followHalted((symbols) => {
  halted = symbols;
  paint();
});

const shown = () => [...new Set([...rows.children].map((row) => row.dataset.symbol))];
const rowsOf = (symbol) => [...rows.children].filter((row) => row.dataset.symbol === symbol); // one a market
const resumable = () => [...picked].filter((symbol) => halted.has(symbol));

function pick(symbol, isPicked) {
  if (isPicked) picked.add(symbol);
  else picked.delete(symbol);
  for (const row of rowsOf(symbol)) row.querySelector("[data-pick]").checked = isPicked;
  paintButtons();
}

function paint() {
  for (const row of rows.children) paintRow(row);
  paintButtons();
}

// A row the board has just made, or shown again, does not know its symbol's name or state yet.
function paintRow(row) {
  const { symbol } = row.dataset;
  const box = row.querySelector("[data-pick]");
  box.checked = picked.has(symbol);
  box.setAttribute("aria-label", `Select ${symbol}`);
  for (const button of row.querySelectorAll("[data-verb]")) {
    button.setAttribute("aria-label", `${button.textContent} ${symbol}`);
  }
  const [halt, resume] = ["halt", "resume"].map((verb) => row.querySelector(`[data-verb=${verb}]`));
  if (resume) resume.hidden = !halted.has(symbol);
  if (halt && resume) halt.hidden = halted.has(symbol);
}

function paintButtons() {
  label("halt-picked", picked.size, `Halt ${picked.size} selected…`);
  label("resume-picked", resumable().length, `Resume ${resumable().length} selected…`);
  label("halt-filtered", shown().length, `Halt all ${shown().length} of this filter…`);
}

function label(id, count, text) {
  const button = byId(id);
  if (!button) return;
  button.hidden = count === 0;
  if (button.textContent !== text) button.textContent = text;
}

function rowAtHand() {
  return document.activeElement?.closest("#rows tr") ?? document.querySelector("#rows tr:hover");
}

rows.addEventListener("change", ({ target }) => {
  if ("pick" in target.dataset) pick(target.closest("tr").dataset.symbol, target.checked);
});
rows.addEventListener("click", ({ target }) => {
  const { verb } = target.dataset;
  if (verb) dialog.open(verb, [target.closest("tr").dataset.symbol]);
});
byId("halt-any")?.addEventListener("click", () => dialog.open("halt"));
byId("halt-picked")?.addEventListener("click", () => dialog.open("halt", [...picked]));
byId("halt-filtered")?.addEventListener("click", () => dialog.open("halt", shown()));
byId("resume-picked")?.addEventListener("click", () => dialog.open("resume", resumable()));
if (byId("halt-any")) {
  onHaltKey(() => {
    const row = rowAtHand();
    dialog.open("halt", row ? [row.dataset.symbol] : []);
  });
}
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const row of addedNodes) if (row.dataset) paintRow(row);
  paintButtons();
}).observe(rows, { childList: true });
paint();

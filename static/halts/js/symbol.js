// The page of a symbol: halt it, and resume it.

import { followHalted, HaltDialog } from "./halt_dialog.js";
import { onHaltKey } from "./halt_key.js";

const { symbol } = document.getElementById("main").dataset;
const halt = document.getElementById("halt-this");
const resume = document.getElementById("resume-this");
const dialog = new HaltDialog(() => look?.());
const look = resume && followHalted((halted) => (resume.hidden = !halted.has(symbol)));

halt?.addEventListener("click", () => dialog.open("halt", [symbol]));
resume?.addEventListener("click", () => dialog.open("resume", [symbol]));
if (halt) onHaltKey(() => dialog.open("halt", [symbol]));

// Which symbols are halted over all strategies by a halt of exactly that, as time passes.

import { haltedSymbols } from "./halt_dialog.js";

const EVERY_MS = 5_000;

// show(symbols) is called with a Set; the answer is a function that asks at once
export function followHalted(show) {
  async function ask() {
    const symbols = await haltedSymbols();
    if (symbols) show(new Set(symbols));
  }
  setInterval(() => document.visibilityState === "visible" && ask(), EVERY_MS);
  ask();
  return ask;
}

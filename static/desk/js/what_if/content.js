// An answer as parts of the page: first what it says in a sentence, last what is looked up.

import { made } from "../made.js";
import { folded } from "./folded.js";
import { legendOf, picture } from "./picture.js";
import { pricesOver } from "./prices.js";
import { differing } from "./signals.js";
import { swept } from "./sweep.js";
import { bySymbol, tallies } from "./table.js";
import { doubtOf, restsOn, summaryOf, whyTheyCome } from "./words.js";

// addresses: of the prices of the symbol that it is about
export async function answerContent(answer, addresses, form) {
  const { compared, symbol } = answer;
  const prices = symbol ? await pricesOver(answer, addresses) : [];
  const hasInterval = form.querySelector("#row-min_signal_interval") !== null;
  return [
    ...doubted(answer),
    made("p", { className: "what-if-summary" }, summaryOf(compared)),
    ...(compared.kinds.new ? [note(whyTheyCome(hasInterval))] : []),
    ...(compared.signals.length ? [picture(answer, prices), made("p", { className: "what-if-legend" }, legendOf(compared, prices.length > 0))] : []),
    tallies(compared),
    ...restsOn(answer).map(note),
    ...(symbol || !compared.symbols.length ? [] : [folded("By symbol", bySymbol(compared.symbols))]),
    ...differing(compared),
  ];
}

// use(parameter, value) is called with what somebody chooses
export function sweptContent(answer, form, use) {
  return [...doubted(answer), ...swept(answer, form, (value) => use(answer.parameter, value)), ...restsOn(answer).map(note)];
}

// Before any figure.
function doubted(answer) {
  const doubt = doubtOf(answer);
  return doubt ? [made("p", { className: "what-if-doubt" }, doubt)] : [];
}

const note = (sentence) => made("p", { className: "what-if-note" }, sentence);

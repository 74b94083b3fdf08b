// The panel: one question at a time, how far it has come, and its answer, as long as it is about what is entered.

import { made } from "../made.js";
import { parametersIn } from "../entered.js";
import { asked } from "./asking.js";
import { legendOf, picture } from "./picture.js";
import { pricesOver } from "./prices.js";
import { folded } from "./folded.js";
import { differing } from "./signals.js";
import { swept, SweepControl } from "./sweep.js";
import { bySymbol, tallies } from "./table.js";
import { between, progressWords, restsOn, summaryOf } from "./words.js";

const SAY_EVERY = 0.25; // of the way: not every line is spoken

const form = document.getElementById("level-form");
const panel = document.getElementById("what-if");
const part = (name) => panel.querySelector(`[data-what-if="${name}"]`);
const minutes = document.getElementById("what-if-minutes");
const again = part("again");
let working = null; // AbortController of the question that is under way
let about = null; // {entered, swept} of the answer that is shown: what was entered when it was asked, and the parameter that it tries
let spoken = 0; // how far the way has been told

const sweep = new SweepControl(form, (each) => begin(each), refuse);
part("sweep").append(sweep.element);
part("cancel").addEventListener("click", cancel);
again.addEventListener("click", () => begin());
form.addEventListener("input", compare);

// Ask about what is entered now; a sweep where one is given, {parameter, values}.
export async function begin(sweep) {
  working?.abort();
  const own = (working = new AbortController());
  const parameters = parametersIn(form);
  show();
  try {
    const question = { parameters, replace: true, minutes: Number(minutes.value), ...(sweep && { sweep }) };
    const answer = await asked(panel.dataset.url, question, { signal: own.signal, told: (line) => own === working && progress(line) });
    if (own !== working) return;
    if (answer.kind === "refusal") refuse(answer.sentence);
    else await answerWith(answer, parameters, own);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  } finally {
    if (own === working) rest();
  }
}

function show() {
  panel.hidden = false;
  if (!panel.contains(document.activeElement)) {
    part("heading").focus({ preventScroll: true });
    panel.scrollIntoView();
  }
  panel.ariaBusy = "true";
  part("refusal").hidden = true;
  part("cancel").hidden = false;
  again.hidden = true;
  part("progress").hidden = false;
  spoken = 0;
  progress({ done: 0, messages: 0 });
  say("Asked.");
}

function rest() {
  working = null;
  panel.ariaBusy = "false";
  part("progress").hidden = true;
  if (document.activeElement === part("cancel")) part("heading").focus();
  part("cancel").hidden = true;
  again.hidden = false;
}

function cancel() {
  working?.abort();
  rest();
  refuse("Cancelled.");
}

function progress(line) {
  part("bar").value = line.done;
  part("come").textContent = progressWords(line);
  if (line.done - spoken < SAY_EVERY) return;
  spoken = line.done;
  say(`${Math.round(100 * line.done)} %`);
}

// Calm: nothing on the page is wrong.
function refuse(sentence) {
  panel.hidden = false;
  part("refusal").textContent = sentence;
  part("refusal").hidden = false;
  say(sentence);
}

async function answerWith(answer, parameters, own) {
  const content = answer.kind === "sweep" ? sweptContent(answer) : await contentOf(answer);
  if (own !== working) return;
  const swept = answer.kind === "sweep" ? answer.parameter : null;
  about = { entered: without(parameters, swept), swept };
  part("span").textContent = between(answer);
  part("answer").replaceChildren(...content);
  if (panel.contains(document.activeElement)) panel.scrollIntoView(); // while it was empty there was no room for that
  say(content[0].textContent);
  compare();
}

async function contentOf(answer) {
  const { compared, symbol } = answer;
  const prices = symbol ? await pricesOver(answer, panel.dataset) : [];
  return [
    made("p", { className: "what-if-summary" }, summaryOf(compared)),
    ...(compared.signals.length ? [picture(answer, prices), made("p", { className: "what-if-legend" }, legendOf(compared, prices.length > 0))] : []),
    tallies(compared),
    ...restsOn(answer).map((sentence) => made("p", { className: "what-if-note" }, sentence)),
    ...(symbol || !compared.symbols.length ? [] : [folded("By symbol", bySymbol(compared.symbols))]),
    differing(compared),
  ];
}

function sweptContent(answer) {
  const row = document.getElementById(`row-${answer.parameter}`);
  return swept(answer, row, (value) => enter(row.querySelector("input"), value));
}

function enter(input, value) {
  input.value = String(value);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.focus();
}

// What is shown is about other values than those that are entered now.
function compare() {
  part("stale").hidden = !about || without(parametersIn(form), about.swept) === about.entered;
}

// A sweep is about all but the value that it tries.
const without = (parameters, name) => JSON.stringify(Object.entries(parameters).filter(([each]) => each !== name));

function say(words) {
  part("said").textContent = words;
}

// The panel: one question at a time, how far it has come, and its answer, as long as it is about what is entered.

import { parametersIn } from "../entered.js";
import { answerContent, sweptContent } from "./content.js";
import { asked } from "./asking.js";
import { objections } from "./objections.js";
import { inWords } from "./rows.js";
import { SweepControl } from "./sweep_control.js";
import { between, progressWords } from "./words.js";

const SAY_EVERY = 0.25; // of the way: not every line is spoken
const OTHERS = "This is about other values than those entered now. Ask again to see what these would have done.";
const BEFORE = "What stands below was answered before.";
const HEADING = "What these values would have done";

const form = document.getElementById("level-form");
const panel = document.getElementById("what-if");
const part = (name) => panel.querySelector(`[data-what-if="${name}"]`);
const minutes = document.getElementById("what-if-minutes");
const beside = document.getElementById("what-if-beside"); // the key, where the panel may be out of sight
const again = part("again");
let working = null; // AbortController of the question that is under way
let about = null; // {entered, swept} of the answer that is shown: what was entered when it was asked, and the parameter that it tries
let isBefore = false; // something else was asked since
let spoken = 0; // how far the way has been told

const sweep = new SweepControl(form, (each) => begin(each));
part("sweep").append(sweep.element);
part("cancel").addEventListener("click", cancel);
again.addEventListener("click", () => begin());
panel.addEventListener("keydown", ({ key }) => key === "Escape" && working && cancel());
form.addEventListener("input", () => {
  beside.textContent = "";
  compare();
});

// Ask about what is entered now; a sweep where one is given, {parameter, values}.
export async function begin(sweep) {
  working?.abort();
  const own = (working = new AbortController());
  panel.ariaBusy = "true";
  const wrong = await objections(form);
  if (own !== working) return;
  if (wrong.length) mend(wrong);
  else await ask(sweep, own);
}

async function ask(sweep, own) {
  const parameters = parametersIn(form);
  show();
  try {
    const question = { parameters, replace: true, minutes: Number(minutes.value), ...(sweep && { sweep }) };
    const answer = await asked(panel.dataset.url, question, { signal: own.signal, told: (line) => own === working && progress(line) });
    if (own !== working) return;
    if (answer.kind === "refusal") refuse(inWords(answer.sentence));
    else await answerWith(answer, parameters, own);
  } catch (error) {
    if (error.name !== "AbortError") throw error;
  } finally {
    if (own === working) rest();
  }
}

// Nothing is asked: what is entered could not be saved either.
function mend(wrong) {
  rest();
  beside.textContent = `Nothing is asked. ${wrong.map(([row, words]) => `${row.dataset.label} ${words}.`).join(" ")}`;
  wrong[0][0].querySelector("input, select").focus();
}

function show() {
  panel.hidden = false;
  if (!panel.contains(document.activeElement)) {
    part("heading").focus({ preventScroll: true });
    panel.scrollIntoView();
  }
  isBefore = true;
  part("refusal").hidden = true;
  part("cancel").hidden = false;
  if (document.activeElement === again) part("cancel").focus();
  again.hidden = true;
  part("progress").hidden = false;
  spoken = 0;
  progress({ done: 0, messages: 0 });
  compare();
  say("Asked.");
}

function rest() {
  working = null;
  panel.ariaBusy = "false";
  part("progress").hidden = true;
  if (document.activeElement === part("cancel")) part("heading").focus();
  part("cancel").hidden = true;
  again.hidden = false;
  compare();
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
  const isSweep = answer.kind === "sweep";
  const content = isSweep ? sweptContent(answer, form, put) : await answerContent(answer, panel.dataset, form);
  if (own !== working) return;
  about = { entered: without(parameters, answer.parameter), swept: answer.parameter };
  isBefore = false;
  part("heading").textContent = isSweep ? `What other values of ${rowOf(answer.parameter).dataset.label} would have done` : HEADING;
  part("span").textContent = between(answer);
  part("answer").replaceChildren(...content);
  if (panel.contains(document.activeElement)) panel.scrollIntoView(); // while it was empty there was no room for that
  say(content[0].textContent);
}

const rowOf = (parameter) => document.getElementById(`row-${parameter}`);

// The panel stays in sight, and the field is ready to be typed into.
function put(parameter, value) {
  const [row, label] = [rowOf(parameter), rowOf(parameter).dataset.label];
  const input = row.querySelector("input");
  input.value = String(value);
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.focus({ preventScroll: true });
  part("put").textContent = `${value} stands in the field ${label} now. Nothing is saved.`;
  say(part("put").textContent);
}

// Does what is shown answer what was asked last, and is it about what is entered now?
function compare() {
  const differs = about !== null && without(parametersIn(form), about.swept) !== about.entered;
  const words = about === null || working ? "" : isBefore ? BEFORE : differs ? OTHERS : "";
  part("stale").textContent = words;
  part("stale").hidden = !words;
  part("answer").toggleAttribute("data-before", isBefore || differs);
  document.getElementById("what-if-stale").hidden = !(words && differs);
  part("put").textContent = "";
}

// A sweep is about all but the value that it tries.
const without = (parameters, name) => JSON.stringify(Object.entries(parameters).filter(([each]) => each !== name));

function say(words) {
  part("said").textContent = words;
}

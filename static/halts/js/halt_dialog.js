// The dialog that halts or resumes symbols over all strategies: it asks why, shows what came of it, and where nobody has
// heard of a symbol, which one is meant.

import { utcTime } from "../../realtime/js/figures.js";
import { answered, follow } from "../../realtime/js/follow.js";
import { capitals } from "../../realtime/js/symbols.js";
import { keyIsOn, switchKey } from "./halt_key.js";

const PATIENCE_MS = 15_000; // a halt takes a few seconds where half of the house is away
const HALTED_EVERY_MS = 5_000;
const MOST_NAMED = 12;
const WORDS = {
  halt: {
    title: "Halt", act: "Halt", done: "Halted", effect: "No signal is sent until it is resumed.",
    found: (symbols) => `Halted already, for this reason: ${named(symbols)}.`,
  },
  resume: {
    title: "Resume", act: "Resume", done: "Resumed", effect: "Signals are sent again.",
    found: (symbols) => `There was no halt of exactly: ${named(symbols)}.`,
  },
};
const UNCHANGED = {
  halt: (scope) => `Halted already: ${scope}, for this reason. Nothing changed.`,
  resume: (scope) => `There is no halt of exactly ${scope}.`,
};
const MOST_FOUND = 3; // halts shown in full
const byId = (id) => document.getElementById(id);

export class HaltDialog {
  #box = byId("halt-dialog");
  #form = this.#box.querySelector("form");
  #verb = "halt";
  #symbols = []; // empty: the reader names them
  #halted = new Map(); // symbol -> the halt of exactly that, over all strategies
  #onDone;

  // onDone(verb, symbols) is called when something was halted or resumed
  constructor(onDone) {
    this.#onDone = onDone;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    byId("halt-close").addEventListener("click", () => this.#box.close());
    byId("halt-symbols").addEventListener("input", () => this.#showScope());
    const key = byId("halt-key");
    if (key) key.checked = keyIsOn();
    key?.addEventListener("change", () => switchKey(key.checked));
    this.#offerReasons(); // and the server knows this browser, should its database go away
  }

  open(verb, symbols = []) {
    if (this.#box.open) return;
    this.#verb = verb;
    this.#symbols = symbols;
    this.#form.reset();
    if (byId("halt-key")) byId("halt-key").checked = keyIsOn();
    byId("halt-title").textContent = WORDS[verb].title;
    byId("halt-act").textContent = WORDS[verb].act;
    byId("halt-named").hidden = symbols.length > 0;
    byId("halt-symbols").required = symbols.length === 0;
    this.#ask("");
    this.#box.showModal();
    (symbols.length ? byId("halt-reason") : byId("halt-symbols")).focus();
    this.#offerReasons();
    this.#lookWhatIsHalted();
  }

  get #named() {
    const typed = capitals(byId("halt-symbols").value).split(/[\s,]+/).filter(Boolean);
    return this.#symbols.length ? this.#symbols : [...new Set(typed)];
  }

  #showScope() {
    byId("halt-scope").textContent = scopeWords(this.#named);
    const already = this.#verb === "halt" ? this.#named.filter((symbol) => this.#halted.has(symbol)) : [];
    const words = already.slice(0, MOST_FOUND).map((symbol) => `${symbol} is halted already, ${haltWords(this.#halted.get(symbol))}.`);
    const more = already.length > MOST_FOUND ? [`So are ${already.length - MOST_FOUND} more.`] : [];
    const rule = already.length ? ["The same reason changes nothing; another one replaces it."] : [];
    byId("halt-already").textContent = [...words, ...more, ...rule].join(" ");
  }

  async #lookWhatIsHalted() {
    const answer = await answered(this.#box.dataset.haltsUrl, PATIENCE_MS);
    this.#halted = haltedIn(answer?.data ?? []);
    if (!byId("halt-asked").hidden) this.#showScope();
  }

  // The state in which a reason is awaited, with what was refused before.
  #ask(refusal) {
    this.#showScope();
    byId("halt-asked").hidden = byId("halt-act").hidden = false;
    byId("halt-choices").hidden = true;
    byId("halt-close").textContent = "Cancel";
    this.#show(refusal, refusal ? "bad" : "");
  }

  #show(text, kind) {
    byId("halt-outcome").textContent = text;
    byId("halt-outcome").dataset.kind = kind;
  }

  async #send(confirmation = {}) {
    const symbols = this.#named;
    const body = { symbols, reason: byId("halt-reason").value, ...confirmation };
    this.#show("…", "");
    byId("halt-act").disabled = true;
    try {
      const answer = await fetch(`${this.#box.dataset.api}${this.#verb}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken() },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const result = await answer.json();
      const still = this.#verb === "resume" && answer.ok ? await this.#stillHalted(symbols) : [];
      this.#hear(answer.status, result, symbols, still);
    } catch {
      this.#ask("The server has not answered: what became of it is not known. Try again, or halt from a shell.");
    } finally {
      byId("halt-act").disabled = false;
    }
  }

  // In words: the halts that go on holding back signals of these symbols.
  async #stillHalted(symbols) {
    const answer = await answered(this.#box.dataset.haltsUrl, PATIENCE_MS);
    if (!answer) return ["not known, as nobody answers"];
    return answer.data.filter(({ symbol }) => !symbol || symbols.includes(symbol)).map(haltedScope);
  }

  #hear(status, { error, metadata }, symbols, still) {
    if (error?.code === "UNKNOWN_SYMBOL") this.#askWhichIsMeant(error, symbols);
    else if (error) this.#ask([error.message, ...(error.details?.errors ?? [])].join(": "));
    else this.#done(status, metadata, symbols, still);
  }

  #done(status, metadata, symbols, still) {
    const isUnchanged = metadata.action === "unchanged";
    const isLate = status === 202;
    byId("halt-asked").hidden = byId("halt-act").hidden = byId("halt-choices").hidden = true;
    byId("halt-scope").textContent = byId("halt-already").textContent = "";
    byId("halt-close").textContent = "Close";
    if (isUnchanged) this.#show(UNCHANGED[this.#verb](scopeWords(symbols)), "");
    else this.#show(this.#doneWords(metadata, symbols, isLate, still), isLate || still.length ? "late" : "good");
    byId("halt-close").focus();
    document.dispatchEvent(new Event("halted"));
    this.#onDone(this.#verb, symbols);
  }

  // Of what is new, and then of what was so already.
  #doneWords(metadata, symbols, isLate, still) {
    const { done, effect, found } = WORDS[this.#verb];
    const { unchanged = [], replaced = [] } = metadata;
    const old = new Set([...unchanged, ...replaced.map(({ symbol }) => symbol)]);
    const fresh = symbols.filter((symbol) => !old.has(symbol));
    const follows = still.length ? `Still halted: ${named(still)}.` : isLate ? lateWords(metadata) : effect;
    const news = fresh.length ? [`${done}: ${scopeWords(fresh)}.`, follows] : isLate ? [follows] : [];
    return [...news, ...replacedWords(replaced), ...(unchanged.length ? [found(unchanged)] : [])].join(" ");
  }

  // One unknown symbol after the other: a name in its place is sent at once, and so is the word that it is meant.
  #askWhichIsMeant({ message, details }, symbols) {
    this.#ask(message);
    byId("halt-act").hidden = true;
    const instead = details.nearest.map((name) =>
      button(`${WORDS.halt.act} ${name}`, () => {
        this.#rename(symbols.map((symbol) => (symbol === details.symbol ? name : symbol)));
        this.#send();
      }),
    );
    const all = details.others?.length ? "these symbols" : details.symbol;
    const meant = button(`Halt ${all} all the same`, () => this.#send({ confirm_unknown: true }));
    byId("halt-choices").replaceChildren(...instead, meant);
    byId("halt-choices").hidden = false;
    byId("halt-choices").firstElementChild.focus();
  }

  #rename(symbols) {
    const unique = [...new Set(symbols)];
    if (this.#symbols.length) this.#symbols = unique;
    else byId("halt-symbols").value = unique.join(" ");
  }

  async #offerReasons() {
    const verb = this.#verb;
    const answer = await answered(`${this.#box.dataset.reasonsUrl}?kind=${verb}`, PATIENCE_MS);
    if (verb !== this.#verb) return; // the other kind has been opened meanwhile
    const offers = (answer?.data ?? []).map((reason) => {
      const item = document.createElement("li");
      item.append(button(reason, () => this.#take(reason)));
      return item;
    });
    byId("halt-reasons").replaceChildren(...offers);
  }

  #take(reason) {
    byId("halt-reason").value = reason;
    byId("halt-reason").focus();
  }
}

// Which symbols are halted over all strategies by a halt of exactly that, as time passes.
// show(symbols) is called with a Set; the answer is a function that asks at once.
export function followHalted(show) {
  const { haltsUrl } = byId("halt-dialog").dataset;
  return follow(haltsUrl, ({ data }) => show(new Set(haltedIn(data).keys())), { everyMs: HALTED_EVERY_MS });
}

// Of all halts those of exactly a symbol, over all strategies, by symbol.
function haltedIn(halts) {
  return new Map(halts.filter((halt) => halt.symbol && !halt.strategy_id).map((halt) => [halt.symbol, halt]));
}

const haltWords = ({ since, actor, reason }) => `since ${sinceWords(since)}, by ${actor}: “${reason}”`;

function sinceWords(since) {
  const day = since.slice(0, 10);
  return day === new Date().toISOString().slice(0, 10) ? utcTime(since) : `${day}, ${utcTime(since)}`;
}

function haltedScope({ strategy_id, symbol }) {
  return strategy_id || symbol ? `${strategy_id ?? "all strategies"} on ${symbol ?? "all symbols"}` : "everything";
}

// What a halt found that was halted already for another reason.
function replacedWords(replaced) {
  const words = replaced.slice(0, MOST_FOUND).map((halt) => `${halt.symbol} was halted already, ${haltWords(halt)}; that reason is replaced.`);
  if (replaced.length > MOST_FOUND) words.push(`So were ${replaced.length - MOST_FOUND} more.`);
  return words;
}

function scopeWords(symbols) {
  if (!symbols.length) return "All strategies, on the symbols you name";
  if (symbols.length === 1) return `All strategies on ${symbols[0]}`;
  return `All strategies on ${symbols.length} symbols: ${named(symbols)}`;
}

function named(names) {
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `${names.slice(0, MOST_NAMED).join(", ")}${more}`;
}

function lateWords({ ways, confirmed_by: processes }) {
  const applied = processes.length ? `Applied so far by ${processes.join(", ")}.` : "No strategy process has acknowledged it yet.";
  return `Sent by way of ${ways.join(" and ")}; not on record yet, since the database did not take it. ${applied}`;
}

function button(text, onClick) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "button";
  made.textContent = text;
  made.addEventListener("click", onClick);
  return made;
}

const csrfToken = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";

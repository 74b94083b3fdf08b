// What a change did, on the charts of a symbol and in figures below the list of its changes and halts.

import { followDecisions } from "../../realtime/js/decisions.js";
import { Fields, setText } from "../../realtime/js/fields.js";
import { coarse, fixed, signed, UNKNOWN, utcTime } from "../../realtime/js/figures.js";
import { begin as beginChoosing, choose, onChosen, shadeOn } from "./chosen.js";
import { lasting, rate } from "./lasting.js";

const SPAN = "5m";
const CUTS = {
  next_change: "the next change of this level",
  previous_change: "the change of this level before it",
  ledger: "the beginning of the ledger",
  many_signals: "more signals than are counted at once",
};

// section has the list, charts those of the page, spans the choice of how far they reach
export function begin(section, charts, spans) {
  const panel = section.querySelector("#chosen-change");
  const part = (name) => panel.querySelector(`[data-chosen="${name}"]`);
  const fields = new Fields(panel, { text: (value) => value ?? UNKNOWN });
  const linked = new URL(location.href).searchParams.get("change");
  let said = null; // of which change a reader was told

  beginChoosing(section.dataset.effect);
  shadeOn(charts);
  for (const chart of charts) chart.onMark(({ id }) => toggle(id));
  followDecisions(section, (marks) => charts.forEach((chart) => chart.mark("decisions", marks)), { key });
  part("none").addEventListener("click", () => {
    const before = keys().find(isPressed) ?? section.querySelector("ol");
    choose(null);
    before.focus();
  });
  onChosen((id, shown) => {
    panel.hidden = !id;
    for (const each of keys()) each.ariaPressed = String(each.dataset.change === id);
    keep(id);
    if (id) part("page").href = `${section.dataset.changes}${id}/`;
    setText(part("words"), shown ? wordsOf(shown) : shown === null ? "Asked…" : "What it did cannot be read now.");
    fields.show(shown ? figuresOf(shown.comparison) : {});
    if (shown && id !== said) reach(Date.parse(shown.comparison.before.start));
    if (shown !== null && id !== said) setText(part("said"), panelWords());
    said = shown === null ? null : id;
  });
  if (/^\d+$/.test(linked)) choose(linked);

  function keys() {
    return [...section.querySelectorAll("[data-change]")];
  }

  function toggle(id) {
    choose(keys().find(isPressed)?.dataset.change === id ? null : id);
  }

  // Of a change: what chooses it; nothing else can be chosen.
  function key({ change_id: id, strategy, symbol, version }) {
    if (!id) return null;
    const about = document.createElement("span");
    about.className = "visually-hidden";
    about.textContent = ` before and after version ${version} of ${strategy} on ${symbol ?? "all symbols"}`;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", ariaPressed: "false" });
    button.dataset.change = id;
    button.append("On the charts", about);
    button.setAttribute("aria-controls", panel.id);
    button.addEventListener("click", () => toggle(id));
    return button;
  }

  // The charts go as far back as they can where they do not show its beginning.
  function reach(start) {
    const longest = [...spans.querySelectorAll("input")].at(-1);
    if (charts[0].begins > start && !longest.checked) longest.click();
  }

  function panelWords() {
    const figures = [...panel.querySelectorAll("dl > div")].map(({ children: [name, value] }) => `${name.textContent}: ${value.textContent}.`);
    return [part("words").textContent, ...figures].join(" ");
  }
}

const isPressed = (key) => key.ariaPressed === "true";

// In the address, so that it is there when the page is loaded anew, and can be handed on.
function keep(id) {
  const address = new URL(location.href);
  if (address.searchParams.get("change") === id) return;
  if (id) address.searchParams.set("change", id);
  else address.searchParams.delete("change");
  window.history.replaceState(null, "", address);
}

function wordsOf({ effect, comparison: { seconds, before, after, fills_until: until, cut_by: cut } }) {
  const { strategy, symbol, version, at, market_of: markets } = effect;
  const what = `Version ${version} of ${strategy} on ${symbol ?? "all symbols"}, at ${utcTime(at)}`;
  const limit = cut && !until ? `, no more because of ${CUTS[cut]}` : "";
  if (!seconds) return `${what}: nothing to compare${limit}.`;
  const whose = symbol || !markets.length ? "" : ` Signals are of all symbols, the market is the mean of ${markets.join(", ")}.`;
  return `${what}: ${lasting(seconds)} before and after it${until ? " so far" : ""}${limit}, ${utcTime(before.start)} to ${utcTime(after.end)}.${whose}`;
}

function figuresOf({ seconds, before, after }) {
  if (!seconds) return {};
  const both = (figure, write) => {
    const sides = [before, after].map(figure);
    return sides.every((side) => side === null) ? UNKNOWN : sides.map((side) => write(side)).join(" → ");
  };
  const known = [before, after].map(({ signals }) => fixed(signals.known[SPAN], 0)).join(" and ");
  return {
    rate: both(({ signals }) => signals, rate),
    moved: both(({ signals }) => signals.mean_bps[SPAN], signed),
    known: `bps, of ${known}`,
    spread: both(({ market }) => market.spread_bps, coarse),
    cost: both(({ market }) => market.cost_bps, coarse),
  };
}

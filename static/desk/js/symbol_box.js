// Boxes for a symbol (data-symbol-box), or for several (data-several): what is typed becomes a symbol, and one the
// feeds do not track is marked as such beside the box. That is no error: values may be set before a listing.

import { capitals } from "../../realtime/js/symbols.js";

const tracked = [...document.querySelectorAll("#tracked-symbols option")].map((option) => option.value);

function spell(box) {
  box.value = capitals(box.value.trim());
}

// While letters are put together from several keys, as those of Chinese are, the box is left alone.
function capitalise(box, { isComposing }) {
  if (isComposing || box.value === capitals(box.value)) return;
  const { selectionStart, selectionEnd } = box;
  box.value = capitals(box.value);
  box.setSelectionRange(selectionStart, selectionEnd);
}

function symbolsIn(box) {
  const text = capitals(box.value.trim());
  return "several" in box.dataset ? text.split(/[\s,]+/).filter(Boolean) : [text];
}

function hint(box) {
  const symbols = symbolsIn(box);
  const strange = symbols.filter((symbol) => !tracked.some((name) => name.startsWith(symbol)));
  const note = document.getElementById(box.getAttribute("aria-describedby"));
  const isDoubted = tracked.length > 0 && strange.length > 0;
  if ("several" in box.dataset) note.textContent = described(symbols, isDoubted ? strange : []);
  note.hidden = "several" in box.dataset ? !note.textContent : !isDoubted;
}

function described(symbols, strange) {
  const count = symbols.length > 1 ? [`${new Set(symbols).size} symbols`] : [];
  return [...count, ...(strange.length ? [`not tracked now: ${strange.join(", ")}`] : [])].join("; ");
}

for (const box of document.querySelectorAll("[data-symbol-box]")) {
  box.addEventListener("input", (event) => {
    capitalise(box, event);
    hint(box);
  });
  box.addEventListener("change", () => spell(box));
  box.form.addEventListener("submit", () => spell(box));
  hint(box);
}

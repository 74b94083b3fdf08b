// Boxes for one symbol (data-symbol-box): what is typed becomes a symbol, and one the feeds do not track is
// said to be so beside the box. That is no error: values may be set before a listing.

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

function hint(box) {
  const symbol = capitals(box.value.trim());
  const isLikely = tracked.some((name) => name.startsWith(symbol));
  document.getElementById(box.getAttribute("aria-describedby")).hidden = !tracked.length || isLikely;
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

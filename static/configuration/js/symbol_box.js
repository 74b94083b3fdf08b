// Boxes for one symbol (data-symbol-box): what is typed becomes a symbol, and one the feeds do not track is
// said to be so beside the box. That is no error: values may be set before a listing.

const tracked = [...document.querySelectorAll("#tracked-symbols option")].map((option) => option.value);

function spell(box) {
  box.value = box.value.trim().toUpperCase();
}

function hint(box) {
  const symbol = box.value.trim().toUpperCase();
  const isLikely = tracked.some((name) => name.startsWith(symbol));
  document.getElementById(box.getAttribute("aria-describedby")).hidden = !tracked.length || isLikely;
}

for (const box of document.querySelectorAll("[data-symbol-box]")) {
  box.addEventListener("input", () => hint(box));
  box.addEventListener("change", () => spell(box));
  box.form.addEventListener("submit", () => spell(box));
  hint(box);
}

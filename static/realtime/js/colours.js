// The palette lives in CSS; a canvas asks here for a colour as it is in the current theme.

const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);
let known = new Map();

window.addEventListener("themechange", () => (known = new Map()));

export function colour(name) {
  if (!known.has(name)) {
    probe.style.color = `var(--${name})`;
    known.set(name, getComputedStyle(probe).color);
  }
  return known.get(name);
}

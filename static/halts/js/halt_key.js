// The key that opens the dialog: H alone, while nothing is being typed. The reader may switch it off.

const KEY = "halt-key";
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

export function keyIsOn() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true; // storage is switched off
  }
}

export function switchKey(isOn) {
  try {
    if (isOn) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // then it stays as it is
  }
  showKey();
}

export function onHaltKey(open) {
  showKey();
  document.addEventListener("keydown", (event) => {
    const hasModifier = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (event.key.toLowerCase() !== "h" || hasModifier || event.repeat || event.isComposing) return;
    if (!keyIsOn() || event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    open();
  });
}

function showKey() {
  for (const button of document.querySelectorAll("[data-halt-key]")) {
    button.title = keyIsOn() ? "Press H" : "";
    if (keyIsOn()) button.setAttribute("aria-keyshortcuts", "h");
    else button.removeAttribute("aria-keyshortcuts");
  }
}

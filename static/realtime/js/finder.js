// The search of every page: Ctrl and K open it; arrows go through what is found, Enter goes there, Escape closes it.
// Without scripts its key leads to a page that does the same.

const WAIT_MS = 150;
const dialog = document.getElementById("finder");
const input = dialog.querySelector("input");
const found = document.getElementById("finder-found");
const count = document.getElementById("finder-count");
let asked = 0;
let waiting;

const links = () => [...found.querySelectorAll("a")];

function open() {
  if (dialog.open) return;
  dialog.showModal();
  input.select();
  look();
}

async function look() {
  const own = ++asked;
  const answer = await fetch(`${dialog.dataset.url}?bare&q=${encodeURIComponent(input.value)}`).catch(() => null);
  const results = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html").body.children : [noAnswer()];
  if (own !== asked) return; // something newer is asked
  found.replaceChildren(...results);
  count.textContent = found.querySelector("p").textContent.trim();
}

function noAnswer() {
  const words = document.createElement("p");
  words.className = "found-none";
  words.textContent = "The search does not answer. Try again.";
  return words;
}

function step(event) {
  const all = links();
  const here = all.indexOf(document.activeElement);
  const next = here + (event.key === "ArrowDown" ? 1 : -1);
  event.preventDefault();
  (all[Math.min(next, all.length - 1)] ?? input).focus();
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  open();
});
document.getElementById("search-key")?.addEventListener("click", (event) => {
  event.preventDefault();
  open();
});
dialog.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event);
  if (event.key !== "Escape") return;
  event.preventDefault(); // or a field of searches would first be emptied by it
  dialog.close();
});
found.addEventListener("click", (event) => event.target.closest("a") && dialog.close()); // it may be on this very page
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
input.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, WAIT_MS);
});
input.form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  await look();
  links()[0]?.click();
});

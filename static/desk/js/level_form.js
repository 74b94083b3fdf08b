// The form of a level that is saved: what will change and what is wrong, without leaving the page, and a question before
// entries are lost.

const ASK_AGAIN_MS = 5_000;
const form = document.getElementById("level-form");
const preview = document.getElementById("preview");
const untouched = entries();
let leaving = false;
let askingAgain; // set while what will change could not be asked for

form.addEventListener("submit", leave);
document.body.addEventListener("htmx:afterSettle", markErrors);
preview.addEventListener("htmx:sendError", () => unknown("without a connection"));
preview.addEventListener("htmx:timeout", () => unknown("without an answer from the server"));
preview.addEventListener("htmx:responseError", ({ detail }) => unknown(`while the server answers ${detail.xhr.status}`));
preview.addEventListener("htmx:afterSwap", stopAsking);
window.addEventListener("online", () => askingAgain && askAgain());
window.addEventListener("beforeunload", (event) => {
  if (!leaving && entries() !== untouched) event.preventDefault();
});
document.getElementById("problems")?.focus();

// A preview stays on the page, and with it what else was asked there; where somebody has saved meanwhile it leads to what they changed.
function leave(event) {
  leaving = event.submitter?.value !== "preview" || !window.htmx || preview.querySelector("[data-outdated]") !== null;
  if (leaving) return;
  event.preventDefault();
  askAgain();
}

// What stood there, and in the bar of a phone, was about other entries.
function unknown(circumstance) {
  const words = document.createElement("p");
  words.className = "preview-words bad";
  words.textContent = `What will change cannot be shown ${circumstance}. It is asked for again by itself.`;
  preview.replaceChildren(words);
  const bar = document.getElementById("form-bar");
  bar.querySelector("p").textContent = words.textContent;
  bar.hidden = false;
  stopAsking();
  askingAgain = setTimeout(askAgain, ASK_AGAIN_MS);
}

function stopAsking() {
  clearTimeout(askingAgain);
  askingAgain = undefined;
}

function askAgain() {
  stopAsking();
  preview.dispatchEvent(new Event("again"));
}

function markErrors() {
  for (const error of form.querySelectorAll(".param-error[id^='error-']")) {
    const field = document.getElementById(error.id.replace("error-", "param-"));
    if (error.textContent.trim()) field?.setAttribute("aria-invalid", "true");
    else field?.removeAttribute("aria-invalid");
  }
}

function entries() {
  const data = new FormData(form);
  data.delete("csrfmiddlewaretoken");
  return JSON.stringify([...data]);
}

// The form of an alert rule: what it is about is asked in the way of its kind, of a state nobody is asked for a
// threshold, and entries are not lost unasked.

import { triedChart } from "./tried_chart.js";

const form = document.getElementById("rule-form");
const untouched = entries();
let leaving = false;

form.addEventListener("submit", () => (leaving = true));
window.addEventListener("beforeunload", (event) => {
  if (!leaving && entries() !== untouched) event.preventDefault();
});
document.body.addEventListener("htmx:afterSettle", () => {
  draw();
  for (const error of form.querySelectorAll(".param-error[id^=error-]")) {
    const control = document.getElementById(error.id.replace("error-", "rule-"));
    if (error.childElementCount) control?.setAttribute("aria-invalid", "true");
    else control?.removeAttribute("aria-invalid");
  }
  // What has no unit is a state.
  const isState = document.getElementById("unit-threshold").textContent === "";
  for (const row of form.querySelectorAll("[data-of-figures]")) row.hidden = isState;
  const { kind } = document.getElementById("about-watch").dataset;
  for (const row of form.querySelectorAll("[data-of]")) row.hidden = !row.dataset.of.split(" ").includes(kind);
});
draw();
document.getElementById("problems")?.focus();

function entries() {
  return new URLSearchParams(new FormData(form)).toString();
}

// When the rule would have fired, as far as nobody has drawn it yet.
function draw() {
  for (const box of document.querySelectorAll("[data-tried-bars]:empty")) box.append(triedChart(box.dataset.triedBars.split(" ").map(Number)));
}

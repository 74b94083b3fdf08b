// The form of an alert rule: of a state nobody is asked for a threshold, and entries are not lost unasked.

const form = document.getElementById("rule-form");
const untouched = entries();
let leaving = false;

form.addEventListener("submit", () => (leaving = true));
window.addEventListener("beforeunload", (event) => {
  if (!leaving && entries() !== untouched) event.preventDefault();
});
document.body.addEventListener("htmx:afterSettle", () => {
  for (const error of form.querySelectorAll(".param-error[id^=error-]")) {
    const control = document.getElementById(error.id.replace("error-", "rule-"));
    if (error.childElementCount) control?.setAttribute("aria-invalid", "true");
    else control?.removeAttribute("aria-invalid");
  }
  // What has no unit is a state.
  const isState = document.getElementById("unit-threshold").textContent === "";
  for (const row of form.querySelectorAll("[data-of-figures]")) row.hidden = isState;
});
document.getElementById("problems")?.focus();

function entries() {
  return new URLSearchParams(new FormData(form)).toString();
}

// The form of a level: inherit again, what is set, what is wrong, and a question before entries are lost.

const form = document.getElementById("level-form");
const untouched = entries();
let leaving = false;

for (const button of form.querySelectorAll("[data-inherit]")) {
  button.hidden = false;
  button.addEventListener("click", () => inherit(button.dataset.inherit));
}
form.addEventListener("input", (event) => markRow(event.target));
form.addEventListener("submit", () => (leaving = true));
document.body.addEventListener("htmx:afterSettle", markErrors);
window.addEventListener("beforeunload", (event) => {
  if (!leaving && entries() !== untouched) event.preventDefault();
});
document.getElementById("problems")?.focus();

function controls(name) {
  return [...form.querySelectorAll(`[name="${name}"]`)];
}

function inherit(name) {
  const fields = controls(name);
  for (const field of fields) {
    if (field.type === "checkbox") field.checked = false;
    else field.value = "";
  }
  fields[0].focus();
  fields[0].dispatchEvent(new Event("input", { bubbles: true }));
}

function markRow(field) {
  const row = field.closest(".param");
  if (!row) return;
  const set = controls(field.name).some((each) => (each.type === "checkbox" ? each.checked : each.value.trim()));
  row.toggleAttribute("data-set", set);
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

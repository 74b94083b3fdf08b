// The fields of a level: inherit again, what is set, and the one that somebody came for.

const form = document.getElementById("level-form");

for (const button of form.querySelectorAll("[data-inherit]")) {
  button.hidden = false;
  button.addEventListener("click", () => inherit(button.dataset.inherit));
}
form.addEventListener("input", (event) => markRow(event.target));
window.addEventListener("hashchange", goToField);
goToField();

// The address may name the field that somebody came for.
function goToField() {
  const field = location.hash.startsWith("#param-") && document.getElementById(location.hash.slice(1));
  if (field) field.focus();
}

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

// The key "What if" of a level's form. The panel, and what it needs, come when it is first asked for.

const key = document.getElementById("param-what_if"); // where a change that needs one leads
const missing = document.getElementById("what-if-missing");
const minutes = document.getElementById("what-if-minutes");

key.addEventListener("click", async (event) => {
  event.preventDefault(); // where nothing can be saved it is the form's only key
  try {
    const { begin } = await import("./what_if/panel.js");
    begin();
  } catch {
    missing.hidden = false;
  }
});
minutes.addEventListener("input", (event) => event.stopPropagation()); // it is no value of the level

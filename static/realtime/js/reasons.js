// Why books are not live, in the sentences of metrics/domain/reasons.py, which the page carries.

const sentences = JSON.parse(document.getElementById("main").dataset.reasons);

// Empty where the state explains itself; metrics/templatetags/figures.py writes the same for the first paint.
// A server may know of reasons that did not exist yet when this page was opened.
export function reasonWords(reason, state) {
  if (!reason || reason === state || reason === "silent") return "";
  return sentences[reason] ?? reason.replaceAll("_", " ");
}

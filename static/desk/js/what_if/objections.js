// What cannot be saved cannot be tried: what the form would say at its fields of what is entered now.

import { rowsOf } from "./rows.js";

const PATIENCE_MS = 2_000; // whoever is asked about what is wrong refuses it as well

// [[row of a field, what is wrong with it]]; none where nobody can say, or where nothing can be saved at all
export async function objections(form) {
  if (form.method !== "post") return [];
  const errors = await previewed(form);
  return rowsOf(form)
    .map((row) => [row, [...(errors?.querySelectorAll(`#error-${row.dataset.name} span`) ?? [])].map(({ textContent }) => textContent).join("; ")])
    .filter(([, words]) => words);
}

// As the preview of the form has it; null without an answer.
async function previewed(form) {
  const body = new FormData(form);
  body.set("_step", "preview");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    return null;
  }
}

// The rows of a level's form: what stands in each, and what is in force.

import { numberIn, valueOf } from "../entered.js";

const NUMBERS = new Set(["int", "float"]);

export const rowsOf = (form) => [...form.querySelectorAll(".param[data-type]")];

export const isNumber = ({ dataset }) => NUMBERS.has(dataset.type);

// What would hold if this were saved: what is entered, or else inherited. Lists and words as text.
export function enteredIn(row) {
  const { name, type, inherited } = row.dataset;
  const value = valueOf(type, new FormData(row.closest("form")).getAll(name));
  if (isNumber(row)) return value ?? numberIn(inherited);
  return value === null ? inherited : String(value);
}

export function inForceIn(row) {
  const { saved } = row.dataset;
  return isNumber(row) ? numberIn(saved) : saved;
}

// Is something else entered than what is in force?
export const isChanged = (row) => comparable(enteredIn(row)) !== comparable(inForceIn(row));

const comparable = (value) => String(value).replaceAll(", ", ",").toLowerCase();

// A sentence written for programs, with parameters by the names they have in the form.
export const inWords = (sentence) => sentence.replace(/\b[a-z]+(_[a-z]+)+\b/g, (name) => document.getElementById(`row-${name}`)?.dataset.label ?? name);

export function valueWords(row) {
  const { label, unit } = row.dataset;
  return `${label} ${enteredIn(row)}${unit ? ` ${unit}` : ""}`;
}

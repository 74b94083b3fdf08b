// Lists and tables that follow what the server says: a child for each entry.

import { setText } from "./fields.js";

// As many children as there are entries, each painted; of the template with this id where there are more than before.
export function fill(parent, templateId, entries, paint) {
  const template = document.getElementById(templateId).content.firstElementChild;
  while (parent.children.length > entries.length) parent.lastElementChild.remove();
  while (parent.children.length < entries.length) parent.append(template.cloneNode(true));
  entries.forEach((entry, i) => paint(parent.children[i], entry));
}

// Texts into the cells of their names.
export function write(row, texts) {
  for (const [name, text] of Object.entries(texts)) {
    setText(row.dataset.cell === name ? row : row.querySelector(`[data-cell=${name}]`), text);
  }
}

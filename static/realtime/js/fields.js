// Figures of a body from the server in their places: every element with data-figure="path.in.body"
// shows that value through the formatter named by data-format.

export class Fields {
  #fields;
  #formats;

  constructor(root, formats) {
    this.#formats = formats;
    this.#fields = [...root.querySelectorAll("[data-figure]")].map((element) => ({
      element,
      path: element.dataset.figure.split("."),
      format: element.dataset.format,
    }));
  }

  show(body) {
    for (const { element, path, format } of this.#fields) {
      const value = path.reduce((part, name) => part?.[name], body);
      setText(element, this.#formats[format](value ?? null));
    }
  }
}

// What stands there already is left alone; true where something else did.
export function setText(element, text) {
  const isNew = element.textContent !== text;
  if (isNew) element.textContent = text;
  return isNew;
}

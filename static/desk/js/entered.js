// What is entered in the form of a level, as values: what a field cannot be read as stays the text that it is, so that whoever
// refuses it can quote it. An empty field inherits, and is no value.

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

// null where none is written, or one beyond all numbers there are
export function numberIn(text) {
  const number = NUMBER.test(text.trim()) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : null;
}

const READ = {
  int: ([text]) => numberIn(text) ?? text,
  float: ([text]) => numberIn(text) ?? text,
  bool: ([text]) => ({ true: true, false: false })[text.toLowerCase()] ?? text,
  str: ([text]) => text,
  list: (texts) => texts,
};

// parts: the texts of one parameter, several of a list; null where it inherits
export function valueOf(type, parts) {
  const texts = (type === "list" ? parts.join().split(",") : parts).map((text) => text.trim()).filter(Boolean);
  return texts.length ? READ[type](texts) : null;
}

// {parameter: value} of all that are set, which is what the level would hold.
export function parametersIn(form) {
  const data = new FormData(form);
  const rows = [...form.querySelectorAll(".param[data-type]")];
  const values = rows.map(({ dataset: { name, type } }) => [name, valueOf(type, data.getAll(name))]);
  return Object.fromEntries(values.filter(([, value]) => value !== null));
}

// The title of a page, with the words before it: of a halt, which holds whatever may be believed of numbers, and whether
// they may be; and before these, in brackets, how many alerts nobody looks after.

const FIRST_WORDS = /^(?:(Halted|Partly halted) · )?(?:Suspect · )?/; // of a first paint's title
const words = { halt: "", belief: "", alerts: 0 };
let plain;
read(document.title);

// changed: {halt, belief, alerts}, or some of them; empty for no word
export function entitle(changed) {
  Object.assign(words, changed);
  const title = [words.halt, words.belief, plain].filter(Boolean).join(" · ");
  document.title = words.alerts ? `(${words.alerts}) ${title}` : title;
}

// The page has another title now, as the server writes it.
export function retitle(title) {
  read(title);
  entitle({});
}

function read(title) {
  plain = title.replace(FIRST_WORDS, "");
  words.halt = title.match(FIRST_WORDS)[1] ?? "";
}

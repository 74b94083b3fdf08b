// The title of a page, with the words before it: of a halt, which holds whatever may be believed of numbers, and whether
// they may be.

const FIRST_WORDS = /^(?:(Halted|Partly halted) · )?(?:Suspect · )?/; // of a first paint's title
const plain = document.title.replace(FIRST_WORDS, "");
const words = { halt: document.title.match(FIRST_WORDS)[1] ?? "", belief: "" };

// changed: {halt, belief}, or one of them; empty for no word
export function entitle(changed) {
  Object.assign(words, changed);
  document.title = [words.halt, words.belief, plain].filter(Boolean).join(" · ");
}

// Symbols as people type them; symbols.py defines what one is.

// Capitals for a to z alone: other letters have none, two of them (ß), or that of another (ı).
export const capitals = (text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

// The first of the strangers, which stand in no symbol, in words; empty where there is none.
export function strangerIn(text, strangers) {
  const found = text.match(strangers);
  if (!found) return "";
  const [stranger] = found;
  const number = `U+${stranger.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  const isSeen = /[\p{L}\p{N}\p{P}\p{S}]/u.test(stranger);
  return `character ${[...text.slice(0, found.index)].length + 1} is ${isSeen ? `${stranger} (${number})` : number}`;
}

// Which alerts a tab has told of already: ids rise, so that the highest is all there is to remember, from page to page.
// What fired before a tab was opened is never told in it; what fires while one page gives way to another is.

const KEY = "alerts-told";
let told = remembered(sessionStorage);

// Those of them that are told now for the first time; newest: the highest id there is, in a snapshot also where a database
// begins anew.
export function untold(alerts, newest, { isSnapshot = false } = {}) {
  if (told === null || (isSnapshot && newest < told)) told = newest;
  const fresh = alerts.filter(({ id }) => id > told);
  told = Math.max(told, newest);
  remember(sessionStorage, told);
  return fresh;
}

// Of the tabs of a browser one takes each alert: those of them that no other has taken.
export function taken(alerts, name) {
  const before = remembered(localStorage, name) ?? 0;
  const mine = alerts.filter(({ id }) => id > before);
  if (mine.length) remember(localStorage, Math.max(...mine.map(({ id }) => id)), name);
  return mine;
}

function remembered(storage, name = KEY) {
  try {
    const value = storage.getItem(name);
    return value === null ? null : Number(value);
  } catch {
    return null; // storage is switched off
  }
}

function remember(storage, value, name = KEY) {
  try {
    storage.setItem(name, value);
  } catch {
    // known for as long as the page is
  }
}

// What is asked for every few seconds, as long as somebody looks.

const ASK_EVERY_MS = 4_000;

// The body of a JSON answer; null where nobody answers, or with an error.
export async function answered(url, patienceMs = 10_000) {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(patienceMs) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

// The same of a part of a page, as elements; null also where who looks is no longer logged in.
export async function answeredPart(url, patienceMs = 10_000) {
  try {
    const answer = await fetch(url, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(patienceMs) });
    if (!answer.ok || answer.redirected) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html").body;
  } catch {
    return null;
  }
}

// take(body) gets every answer, refused() is called without one; the next one brings what is missing. everyMs is a
// number, or a function where it changes; ask(url) is how it is asked for, with null for no answer.
// The answer is a function that asks at once.
export function follow(url, take, { refused = () => {}, everyMs = ASK_EVERY_MS, ask: asked = answered } = {}) {
  async function ask() {
    const body = await asked(url);
    if (body) take(body);
    else refused();
  }

  async function again() {
    if (!document.hidden) await ask();
    setTimeout(again, typeof everyMs === "function" ? everyMs() : everyMs);
  }

  document.addEventListener("visibilitychange", () => document.hidden || ask());
  again();
  return ask;
}

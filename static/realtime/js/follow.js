// What is asked for every few seconds, as long as somebody looks.

const ASK_EVERY_MS = 4_000;

// take(body) gets every answer, refused() is called without one; the next one brings what is missing
export function follow(url, take, refused = () => {}) {
  async function ask() {
    const body = await answered();
    if (body) take(body);
    else refused();
  }

  async function answered() {
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(10_000) });
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  async function again() {
    if (!document.hidden) await ask();
    setTimeout(again, ASK_EVERY_MS);
  }

  document.addEventListener("visibilitychange", () => document.hidden || ask());
  again();
}

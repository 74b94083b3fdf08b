// The signals about one symbol as marks on its chart: asked for every few seconds, kept as long as the chart reaches.

const ASK_EVERY_MS = 4_000;
const KEPT_MS = 900_000;

// onMarks([{x: milliseconds since the epoch, isBuy}]), oldest first, after every answer
export function followSignals(url, onMarks) {
  const marks = new Map();

  async function ask() {
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(10_000) });
      if (answer.ok) take((await answer.json()).signals);
    } catch {
      // no connection: the marks there are stay true, and the next answer brings what is missing
    }
  }

  function take(signals) {
    for (const { id, timestamp, action } of signals) marks.set(id, { x: Date.parse(timestamp), isBuy: action === "buy" });
    const newest = Math.max(...[...marks.values()].map(({ x }) => x));
    for (const [id, { x }] of marks) if (newest - x > KEPT_MS) marks.delete(id);
    onMarks([...marks.values()].sort((a, b) => a.x - b.x));
  }

  async function follow() {
    if (!document.hidden) await ask();
    setTimeout(follow, ASK_EVERY_MS);
  }
  follow();
}

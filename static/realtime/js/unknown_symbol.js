// Waits for a symbol that is not tracked yet, and opens its page once it is.

const { lookUrl } = document.getElementById("main").dataset;
const LOOK_EVERY_MS = 5_000;

async function isTracked() {
  try {
    const answer = await fetch(lookUrl);
    return answer.ok && (await answer.json()).symbols_count > 0;
  } catch {
    return false; // the server is away; it may be back at the next look
  }
}

setInterval(async () => {
  if (!document.hidden && (await isTracked())) location.reload();
}, LOOK_EVERY_MS);

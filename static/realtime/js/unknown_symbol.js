// Waits for a symbol that is not tracked yet, and opens its page once it is.

import { answered } from "./follow.js";

const { lookUrl } = document.getElementById("main").dataset;
const LOOK_EVERY_MS = 5_000;

// A server that is away may be back at the next look.
setInterval(async () => {
  if (!document.hidden && (await answered(lookUrl))?.symbols_count > 0) location.reload();
}, LOOK_EVERY_MS);

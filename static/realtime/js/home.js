// Keeps the admin's first page current: asks for it again every few seconds, and at once when somebody
// changed, halted or resumed something. A section is put in anew where it shows something else than before.

import { onChange, paint } from "../../desk/js/in_force.js";
import { setText } from "./fields.js";
import { retitle } from "./title.js";

const EVERY_MS = 5_000;
const LOST_AFTER_MS = 12_000; // and at once where the answer is that it cannot answer

const REFUSALS = { 503: "The server is there and cannot show this page: the database may be away" };

const lost = document.getElementById("lost");
const asOf = document.getElementById("as-of");
const sections = (home) => [...home.querySelectorAll("[id^=home-]")];
const shown = new Map(sections(document).map((section) => [section.id, section.cloneNode(true)]));
let answeredAt = Date.now();
let refusal = ""; // what was answered instead of the page
let isAsking = false;
let isWanted = false;

async function renew() {
  isWanted = isAsking;
  if (isAsking) return;
  isAsking = true;
  const page = await ask();
  isAsking = false;
  if (page) show(page);
  if (isWanted) renew();
}

async function ask() {
  try {
    const answer = await fetch(location.pathname, { signal: AbortSignal.timeout(LOST_AFTER_MS) });
    if (answer.redirected) { // logged out meanwhile
      location.reload();
      return null;
    }
    refusal = answer.ok ? "" : REFUSALS[answer.status] ?? `The server answers ${answer.status}`;
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  } catch {
    refusal = "";
    return null; // the line above the numbers says since when nobody answers
  } finally {
    showAge();
  }
}

function show(page) {
  answeredAt = Date.now();
  showAge();
  retitle(page.title);
  asOf.replaceChildren(...page.getElementById("as-of").childNodes);
  const news = new Map(sections(page).map((section) => [section.id, section]));
  if (sections(document).some(({ id }) => !news.delete(id)) || news.size) return location.reload(); // a part came or went
  for (const section of sections(document)) renewSection(section, page.getElementById(section.id));
  paint();
}

// Who is on a link stays on it. A list whose order changes (data-held) waits while somebody points at it.
function renewSection(section, news) {
  const isUsed = section.contains(document.activeElement);
  const isHeld = "held" in section.dataset && (isUsed || section.matches(":hover"));
  if (shown.get(section.id).isEqualNode(news) || isHeld) return;
  shown.set(section.id, news.cloneNode(true));
  const address = isUsed ? document.activeElement.getAttribute("href") : null;
  section.replaceWith(document.adoptNode(news));
  if (address) news.querySelector(`a[href="${CSS.escape(address)}"]`)?.focus({ preventScroll: true });
}

function showAge() {
  const isLost = Boolean(refusal) || Date.now() - answeredAt > LOST_AFTER_MS;
  document.getElementById("home").toggleAttribute("data-lost", isLost);
  const since = asOf.querySelector("time").textContent;
  const words = `${refusal || "No answer from the server"}. All of this is as it was at ${since}, and may not be true any more.`;
  lost.hidden = !isLost;
  setText(lost, isLost ? words : ""); // read out when it changes
}

onChange(renew);
setInterval(() => document.hidden || renew(), EVERY_MS);
setInterval(showAge, 1000);
document.addEventListener("visibilitychange", () => document.hidden || renew());

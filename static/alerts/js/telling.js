// A sound, and a notification of the browser, for alerts that begin to fire: where this browser's user wants them. Of several
// tabs one makes them.

import { about, capital } from "./lines.js";
import { taken } from "./told.js";

const NOTE_HZ = { critical: 880, warning: 660, info: 520 };
const NOTE_SECONDS = 0.35;
const WORST_FIRST = ["critical", "warning", "info"];
const said = document.querySelector("#alerts-panel [role=status]");
const ways = {
  sound: { box: document.getElementById("alerts-sound"), can: async () => true, tell: beep },
  notification: { box: document.getElementById("alerts-notification"), can: isAllowed, tell: notify },
};
let sounds = null;

// Once: the boxes as this browser remembers them. Nothing is asked for before somebody checks one.
export function begin() {
  for (const [name, { box, can }] of Object.entries(ways)) {
    box.checked = isWanted(name);
    box.addEventListener("change", async () => {
      if (box.checked && !(await can())) {
        box.checked = false;
        said.textContent = "This browser does not allow notifications of this page.";
      }
      want(name, box.checked);
      if (name === "sound" && box.checked) beep([{ severity: "info" }]);
    });
  }
}

export function tell(alerts) {
  for (const [name, way] of Object.entries(ways)) {
    if (!isWanted(name)) continue;
    const mine = taken(alerts, `alerts-${name}-told`);
    if (mine.length) way.tell(mine);
  }
}

async function isAllowed() {
  return "Notification" in window && (await Notification.requestPermission()) === "granted";
}

const worst = (alerts) => WORST_FIRST.map((severity) => alerts.find((alert) => alert.severity === severity)).find(Boolean);

// One for all that came at once.
function notify(alerts) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const first = worst(alerts);
  const others = alerts.length > 1 ? `, and ${alerts.length - 1} more` : "";
  const notification = new Notification(`${capital(first.severity)}: ${first.rule_name}`, {
    body: `${about(first)}, ${first.value_in_words}${others}`,
    tag: `alert-${first.id}`,
  });
  notification.onclick = () => {
    window.focus();
    notification.close();
  };
}

// A page that nobody has touched yet is silent, as browsers have it.
function beep(alerts) {
  sounds ??= new AudioContext();
  const begins = sounds.currentTime;
  const note = sounds.createOscillator();
  const volume = sounds.createGain();
  note.frequency.value = NOTE_HZ[worst(alerts).severity];
  volume.gain.setValueAtTime(0.2, begins);
  volume.gain.exponentialRampToValueAtTime(0.001, begins + NOTE_SECONDS);
  note.connect(volume).connect(sounds.destination);
  note.start(begins);
  note.stop(begins + NOTE_SECONDS);
}

function isWanted(name) {
  try {
    return localStorage.getItem(`alerts-${name}`) === "on";
  } catch {
    return ways[name].box.checked;
  }
}

function want(name, isOn) {
  try {
    if (isOn) localStorage.setItem(`alerts-${name}`, "on");
    else localStorage.removeItem(`alerts-${name}`);
  } catch {
    // the choice lasts for this page only
  }
}

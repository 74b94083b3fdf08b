// The bell of every page: how many alerts fire that nobody looks after, as /ws/alerts/ has it. What is not known now is
// not claimed. Others hear of changes by the event "alertschange".

import { utcTime } from "../../realtime/js/figures.js";
import { LiveSocket } from "../../realtime/js/live_socket.js";
import { entitle } from "../../realtime/js/title.js";
import { showLines } from "./panel.js";
import { untold } from "./told.js";
import { Toasts } from "./toasts.js";

const MOST_COUNTED = 99;
const WORST_FIRST = ["critical", "warning", "info"];
const DOUBTS = { waiting: "connection lost", paused: "no connection", connecting: "connecting" };
const NO_DATABASE = "the database does not answer";
const bell = document.getElementById("bell");
const count = document.getElementById("bell-count");
const standing = document.getElementById("alerts-standing");
const toasts = new Toasts();
const alerts = new Map(); // id -> alert that fires
let known = null; // how many fire, as last heard
let heardAt = null;
let doubt = "not heard yet";

const happens = {
  firing: (alert) => alerts.set(alert.id, alert),
  acknowledged(alert) {
    alerts.set(alert.id, alert);
    toasts.drop(alert.id);
  },
  resolved(alert) {
    alerts.delete(alert.id);
    toasts.end(alert.id);
  },
};

const handlers = {
  status: ({ state }) => state === "open" || believe(DOUBTS[state]),
  error: () => believe(NO_DATABASE),
  heartbeat() {},
  snapshot(frame) {
    alerts.clear();
    for (const alert of frame.alerts) alerts.set(alert.id, alert);
    toasts.keep(alerts, { isWhole: frame.alerts.length >= frame.firing });
    toasts.add(untold(frame.alerts.filter((alert) => !alert.acknowledged_at && !alert.silenced_until), frame.newest, { isSnapshot: true }));
    take(frame);
  },
  update(frame) {
    const fired = frame.events.filter(({ state, silenced_until: silenced }) => state === "firing" && !silenced);
    toasts.add(untold(fired, frame.newest));
    for (const event of frame.events) happens[event.state](event);
    take(frame);
  },
};

function take(frame) {
  known = frame;
  heardAt = frame.sent_at;
  believe("");
  document.dispatchEvent(new Event("alertschange"));
}

function believe(reason) {
  doubt = reason;
  show();
}

function show() {
  const open = doubt || !known ? 0 : unattended(known);
  const words = inWords();
  bell.toggleAttribute("data-unknown", Boolean(doubt));
  bell.dataset.worst = open ? WORST_FIRST.find((severity) => known.unattended[severity]) : "";
  if (bell.getAttribute("aria-label") !== words) bell.setAttribute("aria-label", words);
  bell.title = words;
  count.textContent = doubt ? "?" : open > MOST_COUNTED ? `${MOST_COUNTED}+` : open || "";
  count.hidden = !doubt && !open;
  standing.textContent = words;
  entitle({ alerts: open });
  showLines([...alerts.values()], known?.firing ?? 0);
}

const unattended = ({ unattended: by }) => Object.values(by).reduce((sum, number) => sum + number, 0);

const firing = (number) => (number === 1 ? "1 alert fires" : `${number || "No"} alert${number ? "s" : ""} fire${number ? "" : "s"}`);

function inWords() {
  if (!known) return `Alerts: ${doubt}`;
  const open = unattended(known);
  const parts = [firing(open || known.firing)];
  if (known.unattended.critical) parts.push(`${known.unattended.critical} critical`);
  if (known.firing > open) parts.push(`${open ? `${known.firing - open} more ` : ""}acknowledged or silenced`);
  const words = parts.join(", ") + (known.is_watched ? "" : "; nobody watches");
  return doubt ? `${words}, as it was at ${utcTime(heardAt)}: ${doubt}` : words;
}

show();
const { pathname } = new URL("../../../ws/alerts/", import.meta.url); // beside /static/, whatever both are below
new LiveSocket(pathname, handlers, { staysHidden: true }).open();

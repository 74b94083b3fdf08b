// A few words on each alert that begins to fire: critical ones stay until they are dismissed or acknowledged, others for ten
// seconds, or for as long as somebody is on them. A few at a time; the others are counted.

import { line } from "./lines.js";
import { tell } from "./telling.js";

const MOST = 3;
const STAY_MS = 10_000;
const boxes = { critical: document.getElementById("toasts-critical"), other: document.getElementById("toasts-other") };
const more = document.getElementById("toasts-more");

export class Toasts {
  #shown = new Map(); // id -> {element, isCritical, timer}
  #more = 0;

  // The critical ones first: they take the place of others.
  add(alerts) {
    if (!alerts.length) return;
    const isCritical = ({ severity }) => severity === "critical";
    const others = alerts.filter((alert) => !isCritical(alert));
    for (const alert of [...alerts.filter(isCritical), ...others]) {
      if (this.#hasRoomFor(alert)) this.#show(alert);
      else this.#more += 1;
    }
    this.#count();
    tell(alerts);
  }

  // Somebody has dismissed it, or looks after it.
  drop(id) {
    const toast = this.#shown.get(id);
    if (!toast) return;
    clearTimeout(toast.timer);
    const hadFocus = toast.element.contains(document.activeElement);
    toast.element.remove();
    this.#shown.delete(id);
    if (hadFocus) (document.querySelector(".toast button") ?? document.getElementById("bell")).focus();
    if (!this.#shown.size) this.#more = 0;
    this.#count();
  }

  // It fires no more; that something critical did is not to be missed.
  end(id) {
    const toast = this.#shown.get(id);
    if (!toast?.isCritical) return this.drop(id);
    toast.element.querySelector("[data-line=by]").textContent = "resolved";
    toast.element.querySelector("[data-acknowledge]")?.remove();
  }

  // alerts: what fires now, by id; all of it where it is whole, so that the others are over.
  keep(alerts, { isWhole }) {
    for (const id of [...this.#shown.keys()]) {
      if (alerts.get(id)?.acknowledged_at) this.drop(id);
      else if (isWhole && !alerts.has(id)) this.end(id);
    }
  }

  #hasRoomFor(alert) {
    if (this.#shown.size < MOST) return true;
    if (alert.severity !== "critical") return false;
    const other = [...this.#shown].find(([, { isCritical }]) => !isCritical);
    if (!other) return false;
    this.drop(other[0]);
    this.#more += 1;
    return true;
  }

  #show(alert) {
    const isCritical = alert.severity === "critical";
    const element = line("alert-toast", alert);
    element.querySelector("[data-dismiss]").addEventListener("click", () => this.drop(alert.id));
    boxes[isCritical ? "critical" : "other"].append(element);
    this.#shown.set(alert.id, { element, isCritical, timer: isCritical ? null : this.#endLater(alert.id) });
  }

  #endLater(id) {
    return setTimeout(() => {
      const toast = this.#shown.get(id);
      if (toast.element.matches(":hover, :focus-within")) toast.timer = this.#endLater(id);
      else this.drop(id);
    }, STAY_MS);
  }

  #count() {
    more.hidden = !this.#more;
    more.textContent = this.#more ? `and ${this.#more} more` : "";
  }
}

// May the numbers on this page be believed right now? Says so in the header, in a notice, in the title,
// and to every style sheet rule through <html data-freshness>.

import { utcTime } from "./figures.js";

const CONNECT_PATIENCE_MS = 2_000; // the first paint is fresh enough for this long
const FRAME_PATIENCE_MS = 7_000; // a heartbeat comes every 5 s

const DOWN = "The connection to the server is down.";
const AWAY = "The store of the metrics is away. This page fills by itself when it is back.";

export class Freshness {
  #root = document.documentElement;
  #pill = document.getElementById("connection");
  #notice = document.getElementById("notice");
  #announcer = document.getElementById("announcer");
  #title = document.title;
  #onChange;
  #socket = { state: "connecting", retryAt: null };
  #openedAt = Date.now();
  #frameAt = null;
  #dataAt = null; // ISO timestamp of the newest market data shown
  #feed;
  #said = "";

  // onChange(isFresh) is called when belief changes; retry() when the reader will not wait.
  // feed is what the first paint says of it: "live", "silent", or "away" with the store.
  constructor({ dataAt, feed, onChange, retry }) {
    this.#dataAt = dataAt || null;
    this.#feed = feed;
    this.#onChange = onChange;
    document.getElementById("retry").addEventListener("click", retry);
    this.show();
  }

  get isFresh() {
    return this.#root.dataset.freshness === "fresh";
  }

  // What can be said of the feed: "live", "silent", or "unknown" while nothing is heard of it.
  get feed() {
    if (this.#feed === "silent") return "silent";
    return this.isFresh && this.#feed === "live" ? "live" : "unknown";
  }

  socketIs(status) {
    this.#socket = status;
    this.show();
  }

  // A frame arrived; dataAt is the newest market data in it, if any is live.
  frame({ dataAt = null, feed = null }) {
    this.#frameAt = Date.now();
    if (dataAt && dataAt > (this.#dataAt ?? "")) this.#dataAt = dataAt;
    if (feed) this.#feed = feed;
    this.show();
  }

  show() {
    const { kind, text, notice } = this.#verdict();
    const isFresh = kind === "live" || kind === "starting";
    this.#pill.dataset.kind = kind;
    setText(this.#pill.querySelector(".connection-text"), text);
    setText(this.#notice.querySelector(".notice-text"), notice);
    this.#notice.hidden = !notice;
    this.#announce(kind, notice);
    if (isFresh !== this.isFresh) this.#believe(isFresh);
  }

  #believe(isFresh) {
    this.#root.dataset.freshness = isFresh ? "fresh" : "stale";
    document.title = isFresh ? this.#title : `Stale · ${this.#title}`;
    this.#onChange(isFresh);
  }

  #verdict() {
    const { state, retryAt } = this.#socket;
    const asOf = this.#dataAt ? `Numbers are those of ${utcTime(this.#dataAt)}.` : "No numbers yet.";
    if (state === "waiting") {
      const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
      return { kind: "down", text: `Reconnecting in ${seconds} s`, notice: `${DOWN} ${asOf}` };
    }
    if (state === "paused") {
      return { kind: "down", text: "Paused", notice: `Paused while in the background. ${asOf}` };
    }
    if (state === "connecting") return this.#whileConnecting(asOf);
    if (Date.now() - this.#frameAt > FRAME_PATIENCE_MS) {
      return { kind: "down", text: "No answer", notice: `The server has gone quiet. ${asOf}` };
    }
    if (this.#feed === "silent") return this.#withoutFeed(asOf);
    return { kind: "live", text: `Live ${utcTime(this.#dataAt)}`, notice: "" };
  }

  #whileConnecting(asOf) {
    if (this.#frameAt) return { kind: "down", text: "Connecting…", notice: `${DOWN} ${asOf}` };
    if (this.#feed === "silent") return { ...this.#withoutFeed(asOf), text: "Connecting…" };
    if (this.#feed === "away") return { kind: "down", text: "Connecting…", notice: AWAY };
    const isNew = Date.now() - this.#openedAt < CONNECT_PATIENCE_MS;
    return { kind: isNew ? "starting" : "down", text: "Connecting…", notice: isNew ? "" : `Connecting… ${asOf}` };
  }

  #withoutFeed(asOf) {
    const since = this.#dataAt ? ` since ${utcTime(this.#dataAt)}` : "";
    return {
      kind: "silent",
      text: `No feed${since}`,
      notice: `No market data has arrived${since}. ${this.#dataAt ? "The numbers are the last ones known." : asOf}`,
    };
  }

  // Once per change of kind: a countdown read out every second would be noise.
  #announce(kind, notice) {
    if (kind === this.#said || kind === "starting") return;
    if (this.#said || kind !== "live") this.#announcer.textContent = notice || "Live again.";
    this.#said = kind;
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

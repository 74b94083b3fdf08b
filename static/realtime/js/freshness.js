// May the numbers on this page be believed right now? Says so in the header, in a notice, in the title,
// and to every style sheet rule through <html data-freshness>; data-unheard there: no number has come yet, so none is old.

import { setText } from "./fields.js";
import { utcTime } from "./figures.js";
import { entitle } from "./title.js";

const CONNECT_PATIENCE_MS = 2_000; // the first paint is fresh enough for this long
const FRAME_PATIENCE_MS = 7_000; // a heartbeat comes every 5 s

const DOWN = "The connection to the server is down.";
const AWAY = "The store of the metrics is away. This page fills by itself when it is back.";

export class Freshness {
  #root = document.documentElement;
  #pill = document.getElementById("connection");
  #notice = document.getElementById("notice");
  #origin = document.getElementById("origin"); // that what is shown is simulated, or replayed
  #retry = document.getElementById("retry");
  #announcer = document.getElementById("announcer");
  #titleWord = "";
  #onChange;
  #socket = { state: "connecting", retryAt: null };
  #openedAt = Date.now();
  #frameAt = null;
  #dataAt = null; // ISO timestamp of the newest market data shown
  #newestAt = null; // when that was, on this machine's clock
  #silentAfterMs;
  #staleAfterMs;
  #feed;
  #natsAwaySince; // ISO timestamp: since when a feed has had no connection to NATS
  #storeAwaySince = null; // ISO timestamp: since when the server has not reached the store
  #unreached; // a sentence while nothing comes from any venue, empty where that is not so or nobody brings any
  #quietNotice; // a sentence while feeds are connected and nothing arrives, empty where that is not so
  #clockNotice; // a sentence about clocks that are wrong, empty where none is
  #restarts = null; // of the feed that was started again last: how often, and when; null until a frame has it
  #announced = "";

  // main carries what the first paint knew: data-feed ("live", "late", "silent", or "away" with the store),
  // data-data-at, data-newest-age-ms,
  // data-nats-away-since, data-clock-notice, data-quiet-notice, data-unreached, data-stale-after-ms, data-silent-after-ms.
  // onChange(isFresh) is called when belief changes; retry() when the reader will not wait.
  constructor(main, { onChange, retry }) {
    const { feed, dataAt, newestAgeMs, natsAwaySince, clockNotice, quietNotice, unreached, silentAfterMs, staleAfterMs } = main.dataset;
    this.#feed = feed;
    this.#natsAwaySince = natsAwaySince || null;
    this.#clockNotice = clockNotice;
    this.#quietNotice = quietNotice ?? "";
    this.#unreached = unreached ?? "";
    this.#dataAt = dataAt || null;
    this.#newestAt = newestAgeMs ? Date.now() - Number(newestAgeMs) : null;
    this.#silentAfterMs = Number(silentAfterMs);
    this.#staleAfterMs = Number(staleAfterMs);
    this.#onChange = onChange;
    this.#retry.addEventListener("click", retry);
    document.addEventListener("unreached", ({ detail }) => (this.#unreached = detail)); // told by sources.js
    this.show();
  }

  get isFresh() {
    return this.#root.dataset.freshness === "fresh";
  }

  get newestAgeMs() {
    return this.#newestAt === null ? null : Date.now() - this.#newestAt;
  }

  // What is known of the feed: "live", "late", "silent", "cut off" from NATS, or "unknown" while nothing is heard of it.
  get feed() {
    const { kind } = this.#verdict();
    if (kind === "away" || kind === "down") return "unknown";
    if (kind === "cut off" || kind === "late") return kind;
    if (this.#isSilent) return "silent";
    return this.isFresh ? "live" : "unknown";
  }

  // How often a feed died and was started again, and when last: empty where none was, null while nobody has reported it.
  get restarts() {
    return this.#restarts;
  }

  // A web process that has just started calls the feed silent until it hears it; fresh numbers know better.
  get #isSilent() {
    const patience = this.#feed === "silent" ? this.#staleAfterMs : this.#silentAfterMs;
    return (this.newestAgeMs ?? Infinity) > patience;
  }

  get #isLate() {
    return (this.newestAgeMs ?? Infinity) > this.#staleAfterMs;
  }

  socketIs(status) {
    this.#socket = status;
    if (status.state === "open") this.#frameAt = Date.now();
    this.show();
  }

  // Words before the title, empty for none: one while the page as a whole may be believed, and one of a halt, which
  // holds whatever may be believed of numbers.
  titled(word, haltWord) {
    this.#titleWord = word;
    entitle({ halt: haltWord });
    this.#entitle();
  }

  // A frame arrived: what it reports of the feed processes, the store and clocks, if anything, and the freshest market
  // data in it ({timestamp, age_ms}), if any.
  frame(frame, newest = null) {
    const { feed = null, nats_away_since = null, store_away_since = null, clock_notice = "", quiet_notice = "", origin_notice = "" } = frame;
    const now = Date.now();
    this.#frameAt = now;
    if (newest && now - newest.age_ms > (this.#newestAt ?? 0)) {
      this.#newestAt = now - newest.age_ms;
      this.#dataAt = newest.timestamp;
    }
    if (feed) {
      [this.#feed, this.#natsAwaySince, this.#storeAwaySince] = [feed, nats_away_since, store_away_since];
      this.#clockNotice = clock_notice;
      this.#quietNotice = quiet_notice;
      setText(this.#origin, origin_notice);
      this.#origin.hidden = !origin_notice;
      this.#restarts = restartsIn(frame);
    }
    this.show();
  }

  show() {
    const { kind, text, notice, topic = kind } = this.#verdict();
    const isFresh = kind === "live" || kind === "starting" || (kind === "cut off" && !this.#isLate);
    this.#root.toggleAttribute("data-unheard", !this.#dataAt && this.#feed !== "away");
    this.#pill.dataset.kind = kind;
    setText(this.#pill.querySelector(".connection-text"), text);
    setText(this.#notice.querySelector(".notice-text"), notice);
    this.#notice.hidden = !notice;
    this.#retry.hidden = kind !== "down";
    this.#announce(topic, notice);
    if (isFresh !== this.isFresh) this.#believe(isFresh);
  }

  #believe(isFresh) {
    this.#root.dataset.freshness = isFresh ? "fresh" : "stale";
    this.#entitle();
    this.#onChange(isFresh);
  }

  #entitle() {
    entitle({ belief: this.isFresh ? this.#titleWord : "Stale" });
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
    if (this.#storeAwaySince) return this.#withoutStore(asOf);
    if (this.#natsAwaySince) return this.#withoutNats();
    if (this.#clockNotice) return this.#withWrongClock();
    return this.#isSilent ? this.#withoutFeed(asOf) : this.#byAge();
  }

  #byAge() {
    if (this.#isLate) return { kind: "late", text: `Stale since ${utcTime(this.#dataAt)}`, notice: "" };
    return { kind: "live", text: `Live ${utcTime(this.#dataAt)}`, notice: "" };
  }

  #whileConnecting(asOf) {
    if (this.#frameAt) return { kind: "down", text: "Connecting…", notice: `${DOWN} ${asOf}` };
    if (this.#natsAwaySince) return { ...this.#withoutNats(), text: "Connecting…" };
    if (this.#clockNotice) return { ...this.#withWrongClock(), text: "Connecting…" };
    if (this.#feed === "silent") return { ...this.#withoutFeed(asOf), text: "Connecting…" };
    if (this.#feed === "away") return { kind: "down", text: "Connecting…", notice: AWAY };
    const isNew = Date.now() - this.#openedAt < CONNECT_PATIENCE_MS;
    return { kind: isNew ? "starting" : "down", text: "Connecting…", notice: isNew ? "" : `Connecting… ${asOf}` };
  }

  // What came before it was cut off is true until it is old.
  #withoutNats() {
    const since = utcTime(this.#natsAwaySince);
    const meaning = this.#isSilent ? "the numbers are the last ones known" : "its books grow stale";
    const notice = `A feed has had no connection to NATS since ${since}: ${meaning}.`;
    return { kind: "cut off", text: `No NATS since ${since}`, notice };
  }

  // Messages come and are refused for their time, perhaps of one venue only: what is shown is as old as it is.
  #withWrongClock() {
    return { ...this.#byAge(), topic: "wrong clock", notice: this.#clockNotice };
  }

  // What the feeds report comes through it.
  #withoutStore(asOf) {
    const since = utcTime(this.#storeAwaySince);
    const notice = this.#dataAt ? `The store of the metrics has been away since ${since}. ${asOf}` : AWAY;
    return { kind: "away", text: `No store since ${since}`, notice };
  }

  #withoutFeed(asOf) {
    const since = this.#dataAt ? ` since ${utcTime(this.#dataAt)}` : "";
    const known = this.#dataAt ? "The numbers are the last ones known." : asOf;
    if (this.#quietNotice) return { kind: "silent", text: `No data${since}`, notice: `${this.#unreached || this.#quietNotice} ${known}` };
    return {
      kind: "silent",
      text: `No feed${since}`,
      notice: `No market data has arrived${since}. ${known}`,
    };
  }

  // Once per change of topic: a countdown read out every second, or a quiet book, would be noise.
  #announce(topic, notice) {
    if (topic === this.#announced || topic === "starting" || topic === "late") return;
    if (this.#announced || topic !== "live") this.#announcer.textContent = notice || "Live again.";
    this.#announced = topic;
  }
}

function restartsIn({ feed_restarts: times = 0, feed_restarted_at: at }) {
  return times ? `restarted ${times} ${times === 1 ? "time" : "times"}, last at ${utcTime(at)}` : "";
}

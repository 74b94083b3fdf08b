// One WebSocket that stays: reconnects with back-off and jitter, pauses while nobody looks,
// asks for a fresh snapshot after a gap, and notices a connection that is open but dead.

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
const SILENCE_MS = 12_000; // two heartbeats and some: an open socket that sends nothing is dead
const HIDDEN_MS = 30_000; // a tab in the background this long gives its connection back
const RESYNC_PATIENCE_MS = 2_000;

export class LiveSocket {
  #address;
  #handlers;
  #staysHidden;
  #socket = null;
  #attempts = 0;
  #timers = new Map();
  #epoch = null;
  #seq = null;
  #hasSnapshot = false;

  // handlers: status({state, retryAt}), where state is "connecting", "open" (a snapshot is in hand), "waiting" or
  // "paused"; and, by type of frame, snapshot(frame), update(frame) and those that carry no number, such as heartbeat.
  // staysHidden: it goes on while nobody looks, for what calls people back.
  constructor(path, handlers, { staysHidden = false } = {}) {
    this.#address = addressOf(path);
    this.#handlers = handlers;
    this.#staysHidden = staysHidden;
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    window.addEventListener("online", () => this.retryNow());
    window.addEventListener("pageshow", (event) => event.persisted && this.retryNow());
  }

  open() {
    this.#report("connecting");
    this.#connect();
  }

  // Another address from now on; what it has to say begins with a snapshot.
  goTo(path) {
    this.#address = addressOf(path);
    this.#drop();
    this.#connect();
  }

  #connect() {
    this.#hasSnapshot = false;
    const socket = new WebSocket(this.#address);
    this.#socket = socket;
    socket.onopen = () => this.#watch();
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(JSON.parse(data));
    socket.onclose = () => socket === this.#socket && this.#retryLater();
    this.#watch();
  }

  retryNow() {
    if (this.#hasSnapshot || this.#socket?.readyState === WebSocket.CONNECTING) return;
    this.#drop();
    this.open();
  }

  #receive(frame) {
    this.#watch();
    if (frame.type === "snapshot") this.#onSnapshot(frame);
    else if (frame.type === "update") this.#onUpdate(frame);
    else if (Object.hasOwn(this.#handlers, frame.type)) this.#handlers[frame.type](frame);
    else if (frame.type === "error") console.warn(`The server says: ${frame.message}`);
  }

  #onSnapshot(frame) {
    this.#stop("resync");
    this.#epoch = frame.epoch;
    this.#seq = frame.seq;
    this.#hasSnapshot = true;
    this.#attempts = 0;
    this.#report("open");
    this.#handlers.snapshot(frame);
  }

  #onUpdate(frame) {
    if (!this.#hasSnapshot || this.#timers.has("resync")) return;
    if (frame.epoch === this.#epoch && frame.seq <= this.#seq) return; // already in the snapshot
    if (frame.epoch !== this.#epoch || frame.seq !== this.#seq + 1) {
      this.#resync();
      return;
    }
    this.#seq = frame.seq;
    this.#handlers.update(frame);
  }

  #resync() {
    this.#socket.send(JSON.stringify({ type: "resync" }));
    this.#start("resync", RESYNC_PATIENCE_MS, () => this.#resync());
  }

  #watch() {
    this.#start("silence", SILENCE_MS, () => this.#retryLater());
  }

  #retryLater() {
    this.#drop();
    if (this.#isLeft && this.#attempts > 0) {
      this.#report("paused");
      return;
    }
    const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#attempts);
    const delay = longest / 2 + (Math.random() * longest) / 2;
    this.#attempts += 1;
    this.#start("retry", delay, () => this.open());
    this.#report("waiting", Date.now() + delay);
  }

  #onVisibility() {
    if (this.#isLeft) {
      this.#start("hidden", HIDDEN_MS, () => {
        this.#drop();
        this.#report("paused");
      });
    } else {
      this.#stop("hidden");
      this.retryNow();
    }
  }

  get #isLeft() {
    return document.hidden && !this.#staysHidden;
  }

  #drop() {
    for (const name of ["silence", "resync", "retry"]) this.#stop(name);
    const socket = this.#socket;
    this.#socket = null;
    this.#hasSnapshot = false;
    socket?.close();
  }

  #report(state, retryAt = null) {
    this.#handlers.status({ state, retryAt });
  }

  #start(name, delay, action) {
    this.#stop(name);
    this.#timers.set(name, setTimeout(() => {
      this.#timers.delete(name);
      action();
    }, delay));
  }

  #stop(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

function addressOf(path) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}${path}`;
}

// The server's clock as its frames have it, so that a wrong clock here shifts no time axis. How old market data is, is
// another matter: a frame's sent_at is of the data, and no clock.

let offset = 0;

export const serverClock = {
  // time: milliseconds since the epoch, when a frame was written
  set(time) {
    if (!Number.isNaN(time)) offset = time - Date.now();
  },
  now: () => Date.now() + offset,
};

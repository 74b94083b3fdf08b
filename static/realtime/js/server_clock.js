// The server's clock as its frames tell it, so that a wrong clock here shifts no time axis.

let offset = 0;

export const serverClock = {
  set(sentAt) {
    const time = Date.parse(sentAt);
    if (!Number.isNaN(time)) offset = time - Date.now();
  },
  now: () => Date.now() + offset,
};

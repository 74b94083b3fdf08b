"""When the next thing is due, without drift and without a burst after a pause."""


class Pacer:
    """Times on a steady schedule. Clocks and sleeping are the caller's; all times are seconds of one clock.

    A caller that comes late waits less the next time, so the mean rate holds. One that comes later than
    `patience` seconds (a suspended laptop, a server that was away) starts a new schedule from then.
    """

    def __init__(self, now: float, patience: float = 0.25) -> None:
        self._start = now
        self._patience = patience
        self.skipped_seconds = 0.0

    def wait(self, due: float, now: float) -> float:
        """Seconds to wait, at `now`, for what is due `due` seconds after the start; 0 when it is time."""
        ahead = self._start + due - now
        if ahead < -self._patience:
            self._start -= ahead
            self.skipped_seconds -= ahead
        return max(0.0, ahead)

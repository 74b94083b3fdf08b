"""When a channel was asked for, and when it may be again."""

from collections.abc import Callable, Iterable

from markets.waits import Waits

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 10.0, 120.0
CALM_SECONDS = 60.0
"""A channel that was left alone for so long after its wait is asked for at once, and its waits begin anew."""


class Askings:
    """Of one connection; `clock` in seconds.

    Waits know no chance here: what is lost together is asked for together, in few messages, which venues count.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waits: dict[str, Waits] = {}
        self._again_at: dict[str, float] = {}

    def asked(self, channels: Iterable[str]) -> None:
        """Note that these have been asked for now."""
        now = self._clock()
        for channel in channels:
            waits = self._waits.setdefault(
                channel, Waits(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, lambda: 1.0)
            )
            if now - self._again_at.get(channel, now) > CALM_SECONDS:
                waits.over()
            self._again_at[channel] = now + waits.next()

    def due(self, missing: Iterable[str]) -> list[str]:
        """Those of the missing channels that may be asked for again; none that never was."""
        now = self._clock()
        return [channel for channel in missing if self._again_at.get(channel, now + 1.0) <= now]

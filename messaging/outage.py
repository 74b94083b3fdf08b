"""That something a process needs is away: since when, and logged once."""

import logging
from datetime import UTC, datetime

GRACE_SECONDS = 1.0
"""A connection that is back within this time was never worth a word."""


class Outage:
    """Looked at again and again, it remembers when the thing was first seen away. Times in seconds."""

    def __init__(self, since: float) -> None:
        self._since: float | None = since  # nothing is there before it has been seen

    def look(self, is_there: bool, now: float) -> float | None:
        """Since when it has been away; None while it is there, or was a moment ago."""
        if is_there:
            self._since = None
        elif self._since is None:
            self._since = now
        return self._since if self._since is not None and now - self._since >= GRACE_SECONDS else None


class OutageLog:
    """One line when a thing goes, and one when it is back, however often it is tried in between.

    `is_logged` from the first line to the second.
    """

    def __init__(self, logger: logging.Logger, gone: str, back: str) -> None:
        self._logger, self._gone, self._back = logger, gone, back
        self.is_logged = False

    def is_away(self, *details: object) -> None:
        """It was tried and did not answer; `details` complete the line."""
        if not self.is_logged:
            self._logger.warning(self._gone, *details)
        self.is_logged = True

    def is_over(self) -> None:
        """It was tried and answered."""
        if self.is_logged:
            self._logger.info(self._back)
        self.is_logged = False


def no_nats(since: float | None, trouble: str | None) -> str:
    """A sentence for who asks whether a process is ready; `trouble` is what the server or the system answered."""
    when = f" since {datetime.fromtimestamp(since, UTC):%Y-%m-%d %H:%M:%S} UTC" if since is not None else ""
    why = f": {trouble}" if trouble else ""
    return f"There is no connection to NATS{when}{why}. It is tried until it succeeds."

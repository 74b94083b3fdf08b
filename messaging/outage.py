"""Since when something a process needs has been away."""

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

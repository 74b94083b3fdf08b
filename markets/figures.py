"""What is counted of one venue and form."""

from collections import Counter

from markets.words import plain

MOST_REASONS = 100
"""A venue's words come from outside: beyond so many different ones they are counted together."""
OTHER = "other"


class Figures:
    """Grows while the process lives; times are seconds since the epoch."""

    def __init__(self, venue: str, form: str) -> None:
        self.venue, self.form = venue, form
        self.symbols = 0
        self.connections_wanted = 0
        self.connections_open = 0
        self.reconnections = 0
        self.frames = 0
        self.published = 0
        self.dropped = 0
        """Frames that NATS could not be given: it was away, or they are larger than it takes."""
        self.unreadable = 0
        self.lost_books: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.snapshots = 0
        self.snapshots_refused = 0
        self.last_frame_at: float | None = None
        self.is_over = False
        """It is not tried any more: the venue trades nothing of what is wanted."""
        self._troubles: dict[object, str] = {}

    @property
    def trouble(self) -> str:
        """Why it does not do what it should, in words; empty while all is well."""
        return next(iter(self._troubles.values()), "")

    def away(self, who: object, why: str) -> bool:
        """Note why a part of it does not work; is that the first trouble?"""
        is_first = not self._troubles
        self._troubles[who] = plain(why)
        return is_first

    def back(self, who: object) -> bool:
        """Note that a part works; was its trouble the last there was?"""
        return self._troubles.pop(who, None) is not None and not self._troubles

    def refused(self, words: str) -> bool:
        """Count the venue's no; is it the first of its kind?"""
        words = plain(words)
        if words not in self.refusals and len(self.refusals) >= MOST_REASONS:
            words = OTHER
        self.refusals[words] += 1
        return self.refusals[words] == 1

"""What is counted of one venue and form."""

from collections import Counter

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
        self.unreadable = 0
        self.lost_books: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.snapshots = 0
        self.snapshots_refused = 0
        self.last_frame_at: float | None = None
        self.trouble = ""
        """Why it does not do what it should, in words; empty while all is well."""
        self.is_over = False
        """It is not tried any more: the venue trades nothing of what is wanted."""

    def refused(self, words: str) -> bool:
        """Count the venue's no; is it the first of its kind?"""
        is_new = words not in self.refusals
        if is_new and len(self.refusals) >= MOST_REASONS:
            words = OTHER
        self.refusals[words] += 1
        return is_new

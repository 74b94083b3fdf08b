"""Which market of a symbol is followed, and for which kinds of frames another one stands in.

A strategy that looks at a single market would see jumps that nobody can trade if two were mixed.
"""

from operator import itemgetter

from metrics.domain.admission.ids import NEVER

KIND_SECONDS = 60.0
"""A market that has brought a kind for the last time so long ago does not bring it."""
MOST_REMEMBERED = 256


class Turn:
    """The one of several sources whose turn it is: the first that is heard, until it falls silent."""

    __slots__ = ("heard_at", "source")

    def __init__(self) -> None:
        self.source = ""
        self.heard_at = NEVER

    def hears(self, source: str, now: float, stale_after: float) -> bool:
        """Is it this one's turn?"""
        if self.source != source and now - self.heard_at > stale_after:
            self.source = source
        if self.source != source:
            return False
        self.heard_at = now
        return True


class Following:
    """The markets of one symbol, as they are heard. Times are seconds since the epoch."""

    __slots__ = ("_first", "_heard", "_stand_ins")

    def __init__(self) -> None:
        self._first = Turn()
        self._stand_ins: dict[str, Turn] = {}
        self._heard: dict[tuple[str, str], float] = {}

    def follows(self, kind: str, market: str, live: str | None, now: float, stale_after: float) -> bool:
        """Is a frame of this kind and market to be acted on?

        `live` is the market whose book is followed, None where no book is live: then it is the market that was heard
        first. A kind it does not bring comes from the next one that does.
        """
        if (market, kind) not in self._heard and len(self._heard) >= MOST_REMEMBERED:
            del self._heard[min(self._heard.items(), key=itemgetter(1))[0]]
        self._heard[market, kind] = now
        if live is not None:
            self._first.source, self._first.heard_at = live, now
        if self._first.hears(market, now, stale_after):
            return True
        if now - self._heard.get((self._first.source, kind), NEVER) <= KIND_SECONDS:
            return False
        return self._stand_ins.setdefault(kind, Turn()).hears(market, now, stale_after)

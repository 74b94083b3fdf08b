"""Which market of a symbol is followed, and for which kinds of frames another one stands in.

A strategy that looks at a single market would see jumps that nobody can trade if two were mixed.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Protocol, TypeVar

from metrics.domain.admission.ids import NEVER

GIVEN_BACK_SECONDS = 30.0
"""A market that comes before the followed one is followed again once it has been live for so long."""
TOGETHER_SECONDS = 1.0
"""Of markets that went live within so long of each other, as at a start, nobody minds which was heard first."""

KIND_SECONDS = 60.0
"""A market that has been heard for so long without a kind, or since it brought it last, does not bring it."""
MOST_REMEMBERED = 64


class Followable(Protocol):
    """What is asked of a market."""

    name: str
    live_since: float

    def can_be_followed(self, now: float, stale_after: float) -> bool: ...


M = TypeVar("M", bound=Followable)


def follow(
    followed: M | None, markets: Collection[M], rank: Callable[[str], int], now: float, stale_after: float
) -> M | None:
    """The market that is followed from `now` on, where `followed` was; None where there never was one.

    It stays while it is live. Then it is the live one that comes first, and where none is, it stays. One that comes
    before it takes its place back once it has been live for GIVEN_BACK_SECONDS; at once where both began together.
    """
    candidates: Iterable[M] = markets
    if followed is not None and followed.can_be_followed(now, stale_after):
        place = rank(followed.name)
        if not place:
            return followed  # nothing comes before it
        lasting = max(now - GIVEN_BACK_SECONDS, followed.live_since + TOGETHER_SECONDS)
        candidates = (each for each in markets if rank(each.name) < place and each.live_since <= lasting)
    live = (market for market in candidates if market.can_be_followed(now, stale_after))
    return min(live, key=lambda market: (rank(market.name), market.name), default=followed)


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


class Heard:
    """When a market was heard first, when last, and when it brought each kind last."""

    __slots__ = ("at", "kinds", "since")

    def __init__(self, now: float) -> None:
        self.since = self.at = now
        self.kinds: dict[str, float] = {}

    def brings(self, kind: str, now: float) -> bool:
        """Has it brought the kind lately, or has it not had the time for it yet?"""
        return now - self.kinds.get(kind, self.since) <= KIND_SECONDS


class Following:
    """The markets of one symbol, as they are heard. Times are seconds since the epoch."""

    __slots__ = ("_first", "_markets")

    def __init__(self) -> None:
        self._first = Turn()
        self._markets: dict[str, Heard] = {}
        """In the order in which they would stand in: a market that was silent is heard again as the last of them."""

    def follows(self, kind: str, market: str, live: str | None, now: float, stale_after: float) -> bool:
        """Is a frame of this kind and market to be acted on?

        `live` is the market whose book is followed, None where no book is live: then it is the market that was heard
        first. A kind it does not bring comes from the next one that does, and from that one alone.
        """
        self._hear(kind, market, now, stale_after)
        if live is not None:
            self._first.source, self._first.heard_at = live, now
        if self._first.hears(market, now, stale_after):
            return True
        first = self._markets.get(self._first.source)
        if first is None or first.brings(kind, now):
            return False
        return market == next(
            name
            for name, heard in self._markets.items()
            if heard is not first and now - heard.at <= stale_after and heard.brings(kind, now)
        )

    def _hear(self, kind: str, market: str, now: float, stale_after: float) -> None:
        heard = self._markets.get(market)
        if heard is None:
            if len(self._markets) >= MOST_REMEMBERED:
                del self._markets[min(self._markets, key=lambda name: self._markets[name].at)]
            heard = self._markets[market] = Heard(now)
        elif now - heard.at > stale_after:
            self._markets[market] = self._markets.pop(market)
        heard.at = heard.kinds[kind] = now

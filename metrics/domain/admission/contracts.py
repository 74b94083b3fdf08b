"""Books of contracts and their diffs look alike: `depthUpdate`, under whatever name the producer gives them.

A partial book has as many levels a side as its name says, best first, none of them empty. One sign is enough to
know a diff by: an empty level, sides out of order, more levels than the name says, one side empty and the other
not, or fewer levels, of which fewer than half were in the message before. (Recorded: 93 to 100 % of a book's prices
stood in the message before, 57 to 95 % in the worst hundredth; of a diff's 14 to 22 %.)

A thin market has fewer levels, too. Such books are held back until a second has passed, or ten in a row have come,
without a sign.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

from metrics.domain.admission.ids import NEVER
from metrics.domain.book import BookUpdate, Level, Refused, Sides

DIFF = "diff_depth"
"""A change of a book, and not a book: nothing is wrong with it, it is counted among what is not read."""
PROOF_SECONDS = 1.0
PROOF_MESSAGES = 10
SILENT_SECONDS = 60.0
LEAST_KNOWN = 0.5


class Held(NamedTuple):
    """A book that waits: when it was received, how deep it is, and its touch."""

    update: BookUpdate
    at: float
    depth: int
    bid: float
    ask: float


class Claim:
    """A stream of contracts that calls itself a book of some levels, and what it has turned out to be.

    `before` is the message before the next one, or its prices; `held` are thin books that wait; `thin_since` is when
    the first of those was received that are shown now.
    """

    __slots__ = ("before", "heard_at", "held", "is_diff", "is_proven", "levels", "thin_since")

    def __init__(self, levels: int) -> None:
        self.levels = levels
        self.heard_at = NEVER
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.is_diff = self.is_proven = False
        self.held: list[Held] = []
        self.thin_since: float | None = None
        self.before: bytes | frozenset[float] = frozenset()

    def hear(self, now: float) -> None:
        """Something came; after a minute of silence everything begins anew. Raises Refused (DIFF) for a known diff."""
        heard_at, self.heard_at = self.heard_at, now
        if now - heard_at > SILENT_SECONDS:
            self._begin_anew()
        if self.is_diff:
            raise Refused(DIFF)

    def shows_diff(self, bids: list[Level], asks: list[Level], read_levels: Callable[[bytes], Sides]) -> bool:
        """Is there a sign? The sides are as they came, their numbers sound."""
        if any(quantity == 0 for _, quantity in bids + asks):
            return True
        if not (_falls(bids) and _falls(asks[::-1])):
            return True
        if bool(bids) != bool(asks) or max(len(bids), len(asks)) > self.levels:
            return True
        return min(len(bids), len(asks)) < self.levels and self._is_strange(bids, asks, read_levels)

    def overtake(self) -> list[Held]:
        """A book with all its levels has come; returns the thin ones that were still held back."""
        self.thin_since = None
        held, self.held = self.held, []
        return held

    def take_thin(self, held: Held) -> list[Held]:
        """Remember a thin book, and hand out what may be shown now: none while the stream is not proven."""
        self.before = _prices(held.update.bids, held.update.asks)
        self.held.append(held)
        self.is_proven = self.is_proven or len(self.held) >= PROOF_MESSAGES
        return self.release(held.at)

    def release(self, now: float) -> list[Held]:
        """What was held back for long enough, or behind which enough have come."""
        if self.held and now - self.held[0].at >= PROOF_SECONDS:
            self.is_proven = True
        if not self.is_proven or not self.held:
            return []
        released, self.held = self.held, []
        self.thin_since = released[0].at if self.thin_since is None else self.thin_since
        return released

    def turns_out_diff(self) -> tuple[int, float | None]:
        """It is a stream of diffs: how many were held back, and since when thin ones were shown as books."""
        held, since = len(self.held), self.thin_since
        self._begin_anew()
        self.is_diff = True
        return held, since

    def _is_strange(
        self, bids: list[Level], asks: list[Level], read_levels: Callable[[bytes], Sides]
    ) -> bool:
        if isinstance(self.before, bytes):
            self.before = _prices(*read_levels(self.before))
        own = _prices(bids, asks)
        return bool(self.before) and len(own & self.before) < LEAST_KNOWN * len(own)


def _prices(bids: list[Level], asks: list[Level]) -> frozenset[float]:
    return frozenset([price for price, _ in bids + asks])


def _falls(side: list[Level]) -> bool:
    """Do prices never rise on the way? Equal ones are another fault, of a book."""
    return all(first[0] >= second[0] for first, second in pairwise(side))

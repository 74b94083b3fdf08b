"""Books of contracts and their diffs look alike: `depthUpdate`, under whatever name the producer gives them.

A partial book has as many levels a side as its name says, best first, none of them empty. One sign is enough to
know a diff by: an empty level, sides out of order, more levels than the name says, one side empty and the other
not, or fewer levels (other than five or ten on both sides), of which fewer than half were in the message before,
where books of five or ten levels, which may be of another depth, come beside that.
(Recorded: 93 to 100 % of a book's prices stood in the message before, 57 to 95 % in the worst hundredth; of a diff's
14 to 22 %.)

A thin market has fewer levels, too. Such books are held back until a second has passed, or ten of them have come,
without a sign; full ones between them are none, either.
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
SHALLOW_DEPTHS = (5, 10)


class Held(NamedTuple):
    """A book that waits: when it was received, how deep it is, and its touch."""

    update: BookUpdate
    at: float
    depth: int
    bid: float
    ask: float


def is_shallow(bids: int, asks: int) -> bool:
    """Is it as deep as the shallower books that exchanges send, under whatever name? Their few prices change fast."""
    return bids == asks and bids in SHALLOW_DEPTHS


class Claim:
    """A stream of contracts that calls itself a book of some levels, and what it has turned out to be.

    `before` is the message before the next one, or its prices, shallow books apart; `held` are thin books that wait;
    `thin_since` is when the first of those was received that are shown now, None where a full one has come since.
    """

    __slots__ = (
        "_first_thin_at",
        "_shallow",
        "_thin",
        "before",
        "heard_at",
        "held",
        "is_diff",
        "levels",
        "thin_since",
    )

    def __init__(self, levels: int) -> None:
        self.levels = levels
        self.heard_at = NEVER
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.is_diff = False
        self.held: list[Held] = []
        self._thin = 0
        self._first_thin_at = NEVER
        self.thin_since: float | None = None
        self.before: bytes | frozenset[float] = frozenset()
        self._shallow: frozenset[float] = frozenset()

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
        is_thin = min(len(bids), len(asks)) < self.levels
        return is_thin and not is_shallow(len(bids), len(asks)) and self._is_strange(bids, asks, read_levels)

    def take_thin(self, held: Held, came: Sides) -> list[Held]:
        """Remember a thin book, and hand out what may be shown now: none while the stream is not proven."""
        if is_shallow(len(came[0]), len(came[1])):
            self._shallow = prices_of(*came)
        else:
            self.before = prices_of(*came)
        if not self._thin:
            self._first_thin_at = held.at
        self._thin += 1
        self.held.append(held)
        return self.release(held.at)

    def release(self, now: float) -> list[Held]:
        """What was held back for long enough, or behind which enough have come."""
        if self._thin < PROOF_MESSAGES and now - self._first_thin_at < PROOF_SECONDS:
            return []
        released, self.held = self.held, []
        return released

    def shows_thin(self, at: float) -> None:
        """The thin book that was received `at` is shown."""
        if self.thin_since is None:
            self.thin_since = at

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
            self.before = prices_of(*read_levels(self.before))
        own = prices_of(bids, asks)
        known = own & (self.before | self._shallow)
        return bool(self.before) and len(known) < LEAST_KNOWN * len(own)


def prices_of(bids: list[Level], asks: list[Level]) -> frozenset[float]:
    """All prices of a book."""
    return frozenset([price for price, _ in bids + asks])


def _falls(side: list[Level]) -> bool:
    """Do prices never rise on the way? Equal ones are another fault, of a book."""
    return all(first[0] >= second[0] for first, second in pairwise(side))

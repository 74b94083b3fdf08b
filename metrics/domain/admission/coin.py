"""Is it the coin it claims to be? A spot book carries no symbol, and producers mix up names.

While something that names its symbol is heard of the same market, a book must agree with it: prices of trades,
touches and tickers lie between best bid - 10 % and best ask + 10 %. Without it two coins under one name give
themselves away: prices jump by more than 10 % back and forth, or ids that were never accepted keep coming from
below, between those that are accepted.
"""

from collections import deque
from math import inf

from metrics.domain.admission.ids import NEVER

TOLERANCE = 0.1
REFERENCE_SECONDS = 60.0
"""How long a reference counts, and how long a jump is remembered."""
WATCHED_MESSAGES = 20
LOWER_IDS_OF_A_MIXTURE = 8
SUSPECT_SECONDS = 10.0
MIXED_PRICES, MIXED_IDS = "mixed_prices", "mixed_ids"

TouchPrices = tuple[float, float]
"""Best bid and best ask; an empty side is 0 or infinite."""


class Reference:
    """The newest prices of a market that came with its symbol: from `low` to `high`, heard `at`."""

    __slots__ = ("at", "high", "low")

    def __init__(self) -> None:
        self.low, self.high, self.at = 0.0, inf, NEVER


NO_REFERENCE = Reference()
"""What a market has while nothing has come with its symbol."""


def agree(low: float, high: float, bid: float, ask: float) -> bool:
    """Could prices from `low` to `high` and a book with this best bid and ask be of one coin?

    An empty side is 0 or infinite.
    """
    return bid * (1 - TOLERANCE) <= low and high <= ask * (1 + TOLERANCE)


def is_jump(touch: TouchPrices, next_touch: TouchPrices) -> bool:
    """Do the mids of two books in a row differ by more than 10 %, without an overlap of their touches?

    Where touches overlap, an order came or went in a thin book. A book of one side has no mid.
    """
    if next_touch[0] <= touch[1] and touch[0] <= next_touch[1]:
        return False
    if not (touch[0] and next_touch[0]):
        return False
    mid, next_mid = sum(touch) / 2, sum(next_touch) / 2
    return mid < inf and next_mid < inf and abs(next_mid - mid) > TOLERANCE * min(mid, next_mid)


class Mixture:
    """Signs that two books go by the name of one market. Messages are counted from 1 by the caller."""

    __slots__ = ("jumped_at", "jumped_up", "lower", "mismatched_at", "newer_after", "reason")

    def __init__(self) -> None:
        self.jumped_at = self.mismatched_at = NEVER
        self.jumped_up = False
        self.lower: deque[tuple[int, float]] = deque()
        self.newer_after = 0
        self.reason = ""

    def sees_jump(self, is_up: bool, now: float) -> float | None:
        """The price has jumped; where that is a sign, the time since when prices were mixed."""
        back_and_forth = is_up != self.jumped_up and now - self.jumped_at <= REFERENCE_SECONDS
        since = self.jumped_at
        self.jumped_at, self.jumped_up = now, is_up
        return self._suspect(MIXED_PRICES, since) if back_and_forth else None

    def sees_mismatch(self, is_above: bool, at: float, accepted_at: float) -> None:
        """A book that came was another coin's, or the market's own and the reference out of date.

        Where books were accepted since the one before, the price has jumped there and back, had it been shown: when
        nothing tells the coin any more, the next jump that way is a sign.
        """
        if accepted_at > self.mismatched_at > NEVER:
            self.jumped_at, self.jumped_up = at, not is_above
        self.mismatched_at = at

    def sees_lower_id(self, message: int, now: float) -> float | None:
        """The `message`-th has a lower id that was never accepted; where that is a sign, the time since when.

        Lower ids alone are a producer that has started over: a mixture has newer ones between them.
        """
        self.lower.append((message, now))
        while self.lower[0][0] <= message - WATCHED_MESSAGES:
            self.lower.popleft()
        first, since = self.lower[0]
        is_sign = len(self.lower) >= LOWER_IDS_OF_A_MIXTURE and self.newer_after > first
        return self._suspect(MIXED_IDS, since) if is_sign else None

    def begin_anew(self) -> None:
        """The ids have started over: what was lower before says nothing any more."""
        self.lower.clear()

    def _suspect(self, reason: str, since: float) -> float:
        self.reason = reason
        return since

"""What is decided later than its message came, and what can be said of a symbol that is not live."""

from typing import NamedTuple

from metrics.domain.book import BookUpdate
from metrics.domain.bounds import Moment, Name, Symbol
from metrics.domain.market import MarketOrNone
from metrics.domain.reasons import explain


class Released(NamedTuple):
    """A book that was held back may be shown; it was received `at`."""

    update: BookUpdate
    at: float


class Withdrawn(NamedTuple):
    """What is shown of a market is false. `since` is from when on, None where what was shown before was true.

    `suspicion` is why nothing is to be shown now, empty where the next sound book may be.
    """

    symbol: str
    market: str
    since: float | None
    suspicion: str = ""


class Counted(NamedTuple):
    """Books that were held back are refused, or (reason DIFF) are no books."""

    symbol: str
    market: str
    reason: str
    messages: int = 1


class NotLive(NamedTuple):
    """A market whose book is not live, and why. `state` is None where nothing of it can be shown at all.

    `heard_at` is when what is shown of it came, in seconds since the epoch; None where nothing is. `market` is empty
    where nobody can tell which market of the symbol it is.
    """

    symbol: Symbol
    state: Name | None
    reason: Name
    heard_at: Moment | None = None
    market: MarketOrNone = ""

    @property
    def explanation(self) -> str:
        """The reason in words."""
        return explain(self.reason, self.heard_at)


News = Released | Withdrawn | Counted

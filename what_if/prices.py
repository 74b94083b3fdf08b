"""What a market's book said last, for whoever asks what became of a price: a side of the intake that only looks on."""

from metrics.domain.admission.gate import Admission
from metrics.domain.book import BookUpdate
from metrics.domain.frames import Frame
from strategies.domain.outcomes import Sight, Touch, touch_of


class Prices:
    """The touch of every market that was admitted, as long as its book is live."""

    reads: frozenset[type[Frame]] = frozenset({BookUpdate})

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._touches: dict[tuple[str, str], tuple[float, Touch | None]] = {}

    def evaluate(self, frame: Frame, now: float, *, is_followed: bool) -> None:
        """Keep what the newest book shows."""
        if isinstance(frame, BookUpdate):
            bid, ask = (side[0][0] if side else 0.0 for side in (frame.bids, frame.asks))
            self._touches[frame.symbol, frame.market] = (now, touch_of(bid, ask))

    def withdraw(self, symbol: str, market: str) -> None:
        """It was no book."""
        self._touches.pop((symbol, market), None)

    def mid(self, symbol: str, market: str, now: float) -> float | None:
        """Of the newest book, None where it is stale or has one side only."""
        at, touch = self._touches.get((symbol, market), (0.0, None))
        is_live = touch is not None and now - at <= self._admission.rules.stale_after
        return touch.mid if touch and is_live else None

    def followed(self, symbol: str, now: float) -> str:
        """The market that the symbol follows, empty where it follows none."""
        known = self._admission.get(symbol)
        market = self._admission.follow(known, now) if known else None
        return market.name if market else ""

    def sight(self, symbol: str, market: str, now: float) -> Sight:
        """What is seen of a market at this moment."""
        return Sight(self.mid(symbol, market, now), self.followed(symbol, now), is_reached=True)

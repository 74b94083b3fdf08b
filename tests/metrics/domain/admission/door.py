"""A gate with a clock that only moves when told, and short ways to write what comes to it."""

from collections import Counter
from typing import Any

import pytest

from metrics.domain.admission.gate import Admission
from metrics.domain.admission.market import Market
from metrics.domain.admission.news import Counted, Released, Withdrawn
from metrics.domain.admission.rules import Rules
from metrics.domain.book import BookUpdate, Level, Refused
from metrics.domain.frames import BookTicker, Heard, Ticker, Trade
from metrics.feed.wire import read_levels
from tests.factories import START

SPOT, KRAKEN, CONTRACT = "binance/spot", "kraken/spot", "binance/usdm"
OKX = "okx/spot"
SHOWN, HELD, HEARD, NOT_NEEDED = "shown", "held", "heard", "not_needed"


class Door:
    """What becomes of every frame: `take` tells at once, `shown`, `refused` and `withdrawn` later."""

    def __init__(self, **rules: Any) -> None:
        self.gate = Admission(Rules(**rules), read_levels)
        self.now = START
        self.shown: list[int] = []
        self.refused: Counter[str] = Counter()
        self.withdrawn: list[Withdrawn] = []

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds
        self.gate.pass_time(self.now)
        self._settle()

    def take(self, frame: BookUpdate | Heard, after: float = 0.0) -> str:
        """A frame comes `after` so many seconds: SHOWN, HELD, HEARD, NOT_NEEDED, or why it is refused."""
        if after:
            self.wait(after)
        try:
            told = self._take(frame)
        except Refused as refusal:
            told = refusal.reason
            self.refused[told] += 1
        self._settle()
        return told

    def take_all(self, frames: list[Any], every: float = 0.1) -> list[str]:
        """The same for frames that come one after the other."""
        return [self.take(frame, every) for frame in frames]

    def market(self, name: str = SPOT, symbol: str = "BTCUSDT") -> Market:
        """What is remembered of a market."""
        known = self.gate.find(symbol, name)
        assert known
        return known

    def followed(self, symbol: str = "BTCUSDT") -> str | None:
        """The market that the bare symbol means now."""
        known = self.gate.get(symbol)
        market = self.gate.follow(known, self.now) if known else None
        return market.name if market else None

    def is_live(self, symbol: str = "BTCUSDT") -> bool:
        """Is the followed market of the symbol live?"""
        name = self.followed(symbol)
        return name is not None and self.market(name, symbol).is_live(self.now, self.gate.rules.stale_after)

    def _take(self, frame: BookUpdate | Heard) -> str:
        if not isinstance(frame, BookUpdate):
            return HEARD if self.gate.hear(frame, self.now) else NOT_NEEDED
        if not self.gate.book(frame, self.now):
            return HELD
        self.shown.append(frame.update_id)
        return SHOWN

    def _settle(self) -> None:
        for news in self.gate.take_news():
            if isinstance(news, Released):
                self.shown.append(news.update.update_id)
            elif isinstance(news, Withdrawn):
                self.withdrawn.append(news)
            elif isinstance(news, Counted):
                self.refused[news.reason] += news.messages


def about(seconds: float) -> Any:
    """So many seconds after the start, as far as clocks can tell."""
    return pytest.approx(START + seconds, rel=0, abs=1e-3)


def side(best: float, levels: int, step: float) -> list[Level]:
    """So many levels from the best price on."""
    return [(best + step * number, 1.0) for number in range(levels)]


def book(
    number: int,
    price: float = 100.0,
    levels: int = 20,
    *,
    named: int = 20,
    market: str = SPOT,
    at: float | None = None,
    symbol: str = "BTCUSDT",
    bids: list[Level] | None = None,
    asks: list[Level] | None = None,
) -> BookUpdate:
    """A spot book, `price` half-way between best bid and best ask."""
    return BookUpdate(
        symbol,
        market,
        number,
        at,
        side(price - 0.01, levels, -0.01) if bids is None else bids,
        side(price + 0.01, levels, 0.01) if asks is None else asks,
        b"",
        named,
    )


def contract(
    number: int, levels: int = 20, *, named: int = 20, price: float = 100.0, **more: Any
) -> BookUpdate:
    """A book of contracts, which names its symbol and looks like a diff."""
    made = book(number, price, levels, named=named, **{"market": CONTRACT} | more)
    made.names_symbol = True
    return made


def diff(number: int, *, named: int = 20, price: float = 100.0) -> BookUpdate:
    """A diff under the name of such a book: it takes a level away."""
    return contract(number, named=named, bids=[(price - 0.01, 1.0)], asks=[(price + 0.01, 0.0)])


def trade(
    number: int,
    price: float = 100.0,
    *,
    at: float = START,
    market: str = SPOT,
    stream: Any = "trade",
    symbol: str = "BTCUSDT",
) -> Trade:
    """A trade, told and traded `at` the same time."""
    return Trade(symbol, market, number, price, 1.0, False, at, at, stream)


def touch(number: int, bid: float, ask: float, *, at: float | None = None, market: str = SPOT) -> BookTicker:
    """Best bid and best ask."""
    return BookTicker("BTCUSDT", market, number, bid, 1.0, ask, 1.0, at)


def ticker(last: float, *, at: float = START, market: str = SPOT, **more: Any) -> Ticker:
    """The last 24 hours; `bid`, `ask` and `last_trade_at` where it says so."""
    return Ticker("BTCUSDT", market, last, 1.0, 1.0, 1, 0.0, at, **more)

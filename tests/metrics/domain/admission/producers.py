"""Producers as they are met with, mixed at random: hypothesis strategies for what arrives, and when.

Alphabets of ids, prices and times are small, so that what is found can be told in a few lines.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import strategies as st

from metrics.domain.book import BookUpdate, Level
from metrics.domain.frames import BookTicker, Ticker, Trade
from tests.factories import START

Frame = BookUpdate | Trade | Ticker | BookTicker
SPOT, OTHER_SPOT, CONTRACT = "binance/spot", "kraken/spot", "binance/usdm"
BOOK, DIFF, TRADE, TICKER, TOUCH = "book", "diff", "trade", "ticker", "touch"


class Arrival(NamedTuple):
    """A frame, and when it is received."""

    at: float
    frame: Frame


@dataclass
class Coin:
    """Something that is traded: its price, and the id that its last change has."""

    price: float
    id: int


class Depth(NamedTuple):
    """How many levels the name of a stream promises, and how many its books have."""

    named: int
    sides: tuple[int, int]


NEXT, AGAIN, BACK, RESTART, AHEAD, UP, DOWN = "next", "again", "back", "restart", "ahead", "up", "down"
ID_STEPS = {BACK: -2, AHEAD: 30}
FACTORS = {UP: 1.15, DOWN: 1 / 1.15}


@dataclass
class Producer:
    """What publishes one kind of frames of a coin.

    Everything is `lag` seconds old when it arrives (None: it does not tell).
    """

    kind: str
    market: str
    coin: Coin
    depth: Depth
    lag: float | None
    sent: list[Callable[[], Frame]] = field(default_factory=list)

    def publish(self, move: str, now: float) -> Frame:
        """The next frame, after a move of the coin's id or price; AGAIN is its last one, and arrives as it was."""
        coin = self.coin
        if move == AGAIN and self.sent:
            return self.sent[-1]()
        coin.id = 1 if move == RESTART else max(0, coin.id + ID_STEPS.get(move, 1))
        coin.price *= FACTORS.get(move, 1.0)
        number, price = coin.id, coin.price
        at = None if self.lag is None else now - self.lag
        self.sent.append(lambda: self._frame(number, price, at, now))
        return self.sent[-1]()

    def _frame(self, number: int, price: float, sent_at: float | None, now: float) -> Frame:
        at = now if sent_at is None else sent_at
        if self.kind == TRADE:
            return Trade("BTCUSDT", self.market, number, price, 1.0, False, at, at)
        if self.kind == TICKER:
            return Ticker(
                "BTCUSDT", self.market, price, 1.0, 1.0, 1, 0.0, at, last_trade_at=at - 10 * (number % 8)
            )
        if self.kind == TOUCH:
            return BookTicker("BTCUSDT", self.market, number, price, 1.0, price * 1.001, 1.0, sent_at)
        bids, asks = (self._side(number, price, direction) for direction in (-1, 1))
        return BookUpdate(
            "BTCUSDT",
            self.market,
            number,
            sent_at,
            bids,
            asks,
            b"",
            self.depth.named,
            self.market == CONTRACT,
        )

    def _side(self, number: int, price: float, direction: int) -> list[Level]:
        """Levels on one side of the price. Those of a diff are others each time, and at times one is empty."""
        is_diff = self.kind == DIFF
        first = 1 + 30 * (number % 3) if is_diff else 1
        side = [
            (price * (1 + direction * 1e-4 * (first + step)), 1.0)
            for step in range(self.depth.sides[direction > 0])
        ]
        if side and is_diff and number % 4 == 3:
            side[-1] = (side[-1][0], 0.0)
        return side


class Step(NamedTuple):
    """These producers publish in turn, so many times, with a pause before each frame."""

    pause: float
    producers: list[int]
    move: str
    times: int


FULL = Depth(20, (20, 20))
DEPTHS = (
    *[FULL] * 4,
    Depth(20, (5, 5)),
    Depth(20, (10, 10)),
    Depth(20, (19, 20)),
    Depth(20, (0, 20)),
    Depth(10, (10, 10)),
    Depth(5, (5, 5)),
    Depth(5, (3, 4)),
    Depth(0, (8, 8)),
    Depth(0, (0, 9)),
)
LAGS = (None, None, None, None, 0.0, 0.0, 31.0, -61.0)
PAUSES = (0.001, 0.003, 0.097, 0.097, 0.097, 0.503, 1.003, 2.003, 5.003, 11.003, 61.003)
MOVES = (NEXT, NEXT, NEXT, AGAIN, BACK, RESTART, AHEAD, UP, DOWN)

steps = st.builds(
    Step,
    st.sampled_from(PAUSES),
    st.lists(st.integers(0, 3), min_size=1, max_size=3),
    st.sampled_from(MOVES),
    st.sampled_from((1, 1, 2, 5, 12)),
)


@st.composite
def scenes(draw: st.DrawFn, kinds: tuple[str, ...], markets: tuple[str, ...]) -> list[Arrival]:
    """Up to four producers of one coin, or of two under one name, and what they do."""
    coins = draw(
        st.lists(
            st.builds(Coin, st.sampled_from((100.0, 104.0, 120.0)), st.sampled_from((0, 100))),
            min_size=1,
            max_size=2,
        )
    )
    made = st.builds(
        Producer,
        st.sampled_from(kinds),
        st.sampled_from(markets),
        st.sampled_from(coins),
        st.sampled_from(DEPTHS),
        st.sampled_from(LAGS),
    )
    return list(
        _play(draw(st.lists(made, min_size=1, max_size=4)), draw(st.lists(steps, min_size=1, max_size=30)))
    )


def _play(producers: list[Producer], script: list[Step]) -> Iterator[Arrival]:
    now = START
    for pause, indices, move, times in script:
        for _ in range(times):
            for index in indices:
                now += pause
                yield Arrival(now, producers[index % len(producers)].publish(move, now))


def spot_scenes() -> st.SearchStrategy[list[Arrival]]:
    """Books without a symbol, and what names one."""
    return scenes((BOOK, BOOK, BOOK, TRADE, TICKER, TOUCH), (SPOT, SPOT, SPOT, OTHER_SPOT))


def contract_scenes() -> st.SearchStrategy[list[Arrival]]:
    """Books of contracts, and diffs under their names."""
    return scenes((BOOK, BOOK, DIFF, TRADE), (CONTRACT, CONTRACT, CONTRACT, SPOT))


@st.composite
def market_scenes(draw: st.DrawFn) -> list[Arrival]:
    """A steady producer at each of three markets, of which some pause, and one or two that make trouble."""
    steady = [Producer(BOOK, market, Coin(100.0, 0), FULL, None) for market in (SPOT, OTHER_SPOT, CONTRACT)]
    trouble = st.builds(
        lambda kind, of, depth: Producer(kind, of.market, of.coin, depth, None),
        st.sampled_from((BOOK, BOOK, TRADE)),
        st.sampled_from(steady),
        st.sampled_from((FULL, Depth(20, (0, 20)), Depth(5, (5, 5)))),
    )
    producers = steady + draw(st.lists(trouble, min_size=1, max_size=2))
    some = st.lists(st.integers(0, len(producers) - 1), min_size=1, max_size=4)
    mostly_calm = st.sampled_from((NEXT, NEXT, NEXT, NEXT, NEXT, AGAIN, UP, DOWN))
    acts = st.builds(
        Step, st.sampled_from((0.097, 0.503, 1.003, 2.003)), some, mostly_calm, st.sampled_from((1, 2, 5, 12))
    )
    return list(_play(producers, draw(st.lists(acts, min_size=3, max_size=25))))

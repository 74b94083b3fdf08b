"""A symbol means the same market to strategies as to whoever looks at the feed: same messages, same clock."""

from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.domain.book import BookUpdate, Refused
from metrics.domain.frames import Trade
from metrics.feed.wire import WireDecoder
from strategies.domain.evaluators import EVALUATORS
from strategies.engine import Engine
from tests.factories import Clock, depth_analyzer, spot_book, trade

BEAT, STALE_AFTER = 0.25, 5.0
VENUES = ("binance", "okx", "kraken")


class Scene(NamedTuple):
    """What a venue sends within one beat, and how long it takes until the next."""

    venue: str
    kind: str
    beats: int


def scenes() -> st.SearchStrategy[list[Scene]]:
    kinds = st.sampled_from(["book", "book", "book", "one side", "trade", "jump"])
    waits = st.sampled_from([0, 0, 0, 1, 4, 10, 18, 21, 40])
    return st.lists(st.builds(Scene, st.sampled_from(VENUES), kinds, waits), max_size=60)


class Both:
    """A feed's analyzer, which decides what is followed when it publishes, and an engine, which does at messages."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.analyzer = depth_analyzer()
        self.engine = Engine(tuple(EVALUATORS), lambda signal: None, clock=self.clock)
        self._decoder = WireDecoder()
        self._number = 0

    def send(self, venue: str, kind: str) -> None:
        self._number += 1
        price = 200.0 if kind == "jump" else 100.0
        sides: dict[str, Any] = {
            "bids": [(price, 1.0)],
            "asks": [] if kind == "one side" else [(price + 1, 1.0)],
        }
        raw = (
            trade(price="100.5", trade_id=self._number, at=self.clock()).replace(
                b'"data"', b'"source":"%s","data"' % venue.encode(), 1
            )
            if kind == "trade"
            else spot_book(**sides, update_id=self._number, source=venue)
        )
        self.engine.process(raw)
        frame = self._decoder.decode(raw, "")
        try:
            if isinstance(frame, BookUpdate):
                self.analyzer.update(frame, self.clock())
            elif isinstance(frame, Trade):
                self.analyzer.hear(frame, self.clock())
        except Refused:
            pass
        self.analyzer.settle(self.clock())

    def beat(self) -> None:
        """The feed publishes."""
        self.analyzer.pass_time(self.clock())
        self.analyzer.settle(self.clock())
        self.analyzer.drain()
        self.engine.pass_time()

    def shown(self) -> list[str]:
        """The markets that the feed shows, first the one that goes by the bare symbol."""
        return [row.market for row, *_ in self.analyzer.current("BTCUSDT", self.clock())]

    def followed(self) -> str | None:
        """What strategies follow, None where it is not live: then there is nothing to act on."""
        symbol = self.engine.admission.get("BTCUSDT")
        followed = self.engine.admission.follow(symbol, self.clock()) if symbol else None
        is_live = followed is not None and followed.can_be_followed(self.clock(), STALE_AFTER)
        return followed.name if followed and is_live else None


@settings(max_examples=150)
@given(scenes())
def test_strategies_follow_the_market_of_the_feed_at_every_moment(played: list[Scene]):
    both = Both()
    for venue, kind, beats in played:
        both.send(venue, kind)
        for _ in range(beats):
            both.beat()
            followed, shown = both.followed(), both.shown()
            # What was withdrawn is shown again a beat later.
            assert followed not in shown or shown[0] == followed
            both.clock.advance(BEAT)


def test_a_market_that_comes_back_within_a_beat_has_lost_its_place_to_both():
    """Strategies look at each message, the feed when it publishes: neither may miss what happened between."""
    both = Both()
    for venue in ("binance", "okx"):
        both.send(venue, "book")
    both.beat()
    assert (both.shown()[0], both.followed()) == ("binance/spot", "binance/spot")
    both.clock.advance(4.9)
    both.send("okx", "book")
    both.beat()
    both.clock.advance(0.2)
    both.send("okx", "book")
    both.clock.advance(0.05)
    both.send("binance", "book")
    both.beat()
    assert (both.shown()[0], both.followed()) == ("okx/spot", "okx/spot")

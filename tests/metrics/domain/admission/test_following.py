"""Which market of a symbol is followed, and for which kinds another one stands in."""

from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.domain.admission.following import MOST_REMEMBERED, Following, Turn
from metrics.domain.market import MOST_MARKETS
from tests.metrics.domain.admission.door import HEARD, SHOWN, Door, book, trade

STALE_AFTER = 5.0
BINANCE, CONTRACTS, KRAKEN, OKX = "binance/spot", "binance/usdm", "kraken/spot", "okx/spot"

# -- The market that a bare symbol means -----------------------------------------------------


class Scene:
    """Markets that send a book a second, all but those that are `silent`."""

    def __init__(self, *markets: str, **rules: object) -> None:
        self.door = Door(**rules)
        self.markets = list(markets)
        self.number = 0

    def play(self, seconds: int, *silent: str) -> list[str | None]:
        """The market that is followed at each second, repetitions left out."""
        followed: list[str | None] = []
        for _ in range(seconds):
            self.door.wait(1.0)
            self.number += 1
            for market in self.markets:
                if market not in silent:
                    assert self.door.take(book(self.number, market=market)) == SHOWN
            if self.door.followed() != (followed or [None])[-1]:
                followed.append(self.door.followed())
        return followed


def test_a_market_is_followed_while_it_is_live_then_the_next_and_it_is_given_back_after_thirty_seconds():
    scene = Scene(KRAKEN, BINANCE, OKX)
    assert scene.play(10) == [BINANCE]
    assert scene.play(5, BINANCE) == [BINANCE]
    assert scene.play(1, BINANCE) == [KRAKEN]
    assert scene.play(30) == [KRAKEN]
    assert scene.play(1) == [BINANCE]


def test_one_that_falls_silent_again_before_the_thirty_seconds_are_over_begins_anew():
    scene = Scene(BINANCE, KRAKEN)
    scene.play(1)
    assert scene.play(10, BINANCE) == [BINANCE, KRAKEN]
    assert scene.play(24) == [KRAKEN]
    assert scene.play(6, BINANCE) == [KRAKEN]
    assert scene.play(30) == [KRAKEN]
    assert scene.play(1) == [BINANCE]


def test_one_that_comes_after_the_followed_never_takes_its_place():
    assert Scene(BINANCE, CONTRACTS, KRAKEN).play(100) == [BINANCE]
    scene = Scene(KRAKEN)
    assert scene.play(40) == [KRAKEN]
    scene.markets = [KRAKEN, OKX, "aaa/spot"]
    assert scene.play(100) == [KRAKEN]


def test_where_markets_begin_within_a_second_of_each_other_nobody_minds_who_was_first():
    for pause, told in ((1.0, BINANCE), (1.125, KRAKEN)):
        door = Door()
        door.take(book(1, market=KRAKEN))
        assert door.followed() == KRAKEN
        door.take(book(1), pause)
        assert door.followed() == told


def test_where_no_market_is_live_the_followed_one_stays_until_another_is():
    scene = Scene(BINANCE, KRAKEN)
    assert scene.play(3) == [BINANCE]
    scene.door.wait(3_600.0)
    assert scene.door.followed() == BINANCE
    scene.markets = [KRAKEN]
    assert scene.play(1) == [KRAKEN]


def test_the_setting_says_which_markets_come_first_and_all_others_come_in_the_order_of_their_names():
    scene = Scene(BINANCE, OKX, KRAKEN, CONTRACTS, primary=(OKX, CONTRACTS))
    assert scene.play(5) == [OKX]
    assert scene.play(6, OKX) == [OKX, CONTRACTS]
    assert scene.play(6, OKX, CONTRACTS) == [CONTRACTS, BINANCE]
    assert scene.play(6, OKX, CONTRACTS, BINANCE) == [BINANCE, KRAKEN]


def test_a_book_with_one_side_is_not_followed_and_having_both_again_it_must_last():
    """Else a thin market would take its place and lose it with every order."""
    scene = Scene(BINANCE, KRAKEN)
    scene.play(100)
    scene.number += 1
    assert scene.door.take(book(scene.number, asks=[])) == SHOWN
    assert scene.door.followed() == KRAKEN
    assert scene.play(30) == [KRAKEN]
    assert scene.play(1) == [BINANCE]


def test_a_suspect_market_is_not_followed_and_when_the_suspicion_is_over_it_must_last():
    scene = Scene(BINANCE, KRAKEN)
    scene.play(100)
    for price in (120.0, 100.0):
        scene.number += 1
        scene.door.take(book(scene.number, price))
    assert scene.door.followed() == KRAKEN
    for number in range(1, 10):
        scene.door.take(book(scene.number + number, market=KRAKEN), 1.0)
        assert scene.door.take(book(scene.number + number)) == "mixed_prices"
    scene.door.wait(1.0)
    scene.number += 10
    assert scene.play(30) == [KRAKEN]
    assert scene.play(1) == [BINANCE]


def test_a_market_whose_book_is_withdrawn_is_not_followed_and_must_last_again():
    scene = Scene(BINANCE, KRAKEN)
    scene.play(100)
    now = scene.door.now
    assert scene.door.take_all([trade(1, 120.0, at=now), trade(2, at=now)], every=0.0) == [HEARD] * 2
    assert scene.door.followed() == KRAKEN
    assert scene.play(30) == [KRAKEN]
    assert scene.play(1) == [BINANCE]


def test_made_up_venues_never_take_the_place_of_what_is_followed():
    door = Door()
    for number in range(10 * MOST_MARKETS):
        assert door.take(book(number), 0.1) == SHOWN
        assert door.take(book(1, market=f"a{number}/spot")) == SHOWN
        assert door.followed() == BINANCE
    assert len(door.gate._symbols["BTCUSDT"].markets) == MOST_MARKETS


BOTH, ONE_SIDED, WITHDRAWN = "both", "one side", "withdrawn"


class Event(NamedTuple):
    """A book of a market, or its withdrawal, `pause` seconds after the last event."""

    pause: float
    market: str
    what: str


@dataclass
class SlowRule:
    """Who is followed, as the rule is told; all events of all markets are kept."""

    primary: tuple[str, ...]
    followed: str | None = None
    past: dict[str, list[tuple[float, str]]] = field(default_factory=dict)

    def place(self, market: str) -> tuple[float, str]:
        return (self.primary.index(market) if market in self.primary else inf), market

    def life(self, market: str, now: float) -> list[float]:
        """The times of the books since which it has been live with both sides; none where it is not."""
        books: list[float] = []
        for at, what in self.past[market]:
            if what != BOTH or (books and at - books[-1] > STALE_AFTER):
                books = []
            if what == BOTH:
                books.append(at)
        return books if books and now - books[-1] <= STALE_AFTER else []

    def take(self, event: Event, now: float) -> str | None:
        """The market that is followed after the event; before a book it is looked at as well, as it was until then."""
        past = self.past.setdefault(event.market, [])
        if event.what != WITHDRAWN:
            self.followed = self.followed or event.market
            self.look(now)
        past.append((now, event.what))
        return self.look(now)

    def look(self, now: float) -> str | None:
        """The market that is followed now."""
        begins = {market: min(life) for market in self.past if (life := self.life(market, now))}
        if self.followed in begins:
            place, began = self.place(self.followed), begins[self.followed]
            begins = {
                market: since
                for market, since in begins.items()
                if market in self.primary
                and self.place(market) <= place
                and (market == self.followed or since <= now - 30 or since <= began + 1)
            } or {self.followed: began}
        self.followed = min(begins, key=self.place, default=self.followed)
        return self.followed


MARKETS = (BINANCE, CONTRACTS, KRAKEN, OKX)
events = st.lists(
    st.builds(
        Event,
        st.sampled_from((0.0, 0.125, 1.0, 1.0, 2.0, 4.0, 5.0, 5.125, 11.0, 30.0, 70.0, -1.0, -8.0)),
        st.sampled_from(MARKETS),
        st.sampled_from((BOTH, BOTH, BOTH, BOTH, ONE_SIDED, WITHDRAWN)),
    ),
    max_size=20,
)
steady = st.builds(
    lambda count, markets, pause: [
        Event(pause / len(markets), each, BOTH) for _ in range(count) for each in markets
    ],
    st.integers(1, 12),
    st.lists(st.sampled_from(MARKETS), min_size=1, max_size=3, unique=True),
    st.sampled_from((0.75, 1.5, 3.0, 3.75)),
)
"""Some markets that send a book every few seconds: else few would ever be live for thirty."""


@settings(max_examples=500)
@given(
    scene=st.lists(events | steady, min_size=1, max_size=8).map(
        lambda parts: [event for part in parts for event in part]
    ),
    order=st.permutations(MARKETS),
    primary=st.integers(0, len(MARKETS)),
)
def test_whatever_comes_the_market_is_followed_that_the_rule_names(
    scene: list[Event], order: list[str], primary: int
):
    slow = SlowRule(tuple(order[:primary]))
    door = Door(primary=slow.primary, max_event_lag=0.0)
    for number, (pause, market, what) in enumerate(scene):
        door.now += pause
        if what == WITHDRAWN:
            door.take(trade(2 * number, 150.0, at=door.now, market=market))
            door.take(trade(2 * number + 1, at=door.now, market=market))
        else:
            update = book(number, market=market, bids=[] if what == ONE_SIDED else None)
            assert door.take(update) == SHOWN
        assert door.followed() == slow.take(scene[number], door.now)


# -- Who stands in for it --------------------------------------------------------------------


def turns(heard: list[tuple[str, float]]) -> list[bool]:
    turn = Turn()
    return [turn.hears(source, at, STALE_AFTER) for source, at in heard]


def test_the_first_has_its_turn_until_it_falls_silent():
    heard = [("a", 0.0), ("b", 1.0), ("a", 2.0), ("b", 7.0), ("b", 7.1), ("a", 8.0), ("b", 12.0), ("a", 17.1)]
    assert turns(heard) == [True, False, True, False, True, False, True, True]


def follows(heard: list[tuple[str, str, float]], live: str | None = None) -> list[bool]:
    following = Following()
    return [following.follows(kind, market, live, at, STALE_AFTER) for kind, market, at in heard]


def test_without_a_live_book_the_market_that_was_heard_first_is_followed():
    assert follows([("Trade", BINANCE, 0.0), ("Trade", KRAKEN, 0.1), ("Ticker", BINANCE, 0.2)]) == [
        True,
        False,
        True,
    ]


def test_the_market_of_the_live_book_is_followed_whoever_was_first():
    assert follows([("Trade", KRAKEN, 0.0), ("Trade", BINANCE, 0.1)], live=BINANCE)[1]


def test_a_market_is_kept_while_any_kind_of_it_comes():
    heard = [
        ("Trade", BINANCE, 0.0),
        ("Ticker", BINANCE, 4.0),
        ("Ticker", BINANCE, 8.0),
        ("Trade", KRAKEN, 9.0),
    ]
    assert follows(heard) == [True, True, True, False]


def test_a_kind_that_the_followed_market_has_not_brought_for_a_minute_comes_from_the_next_that_does():
    """Before that it may only not have brought it yet: tickers come once a second, and some trades once a minute."""
    following, told = Following(), []
    for second in range(63):
        assert following.follows("BookUpdate", BINANCE, BINANCE, second, STALE_AFTER)
        for market in (KRAKEN, OKX):
            told.append(
                (following.follows("Trade", market, BINANCE, second + 0.5, STALE_AFTER), market, second)
            )
    assert [(market, second) for is_followed, market, second in told if is_followed] == [
        (KRAKEN, 60),
        (KRAKEN, 61),
        (KRAKEN, 62),
    ]


def test_tickers_of_another_market_are_not_followed_before_those_of_the_live_one_have_come():
    heard = [
        ("Ticker", KRAKEN, 0.0),
        ("BookUpdate", BINANCE, 0.1),
        ("Ticker", KRAKEN, 1.0),
        ("Ticker", BINANCE, 1.1),
        ("Ticker", KRAKEN, 2.0),
    ]
    assert follows(heard, live=BINANCE) == [False, True, False, True, False]


def test_all_kinds_that_the_followed_market_lacks_come_from_the_same_one_where_that_brings_them():
    """Kraken was heard first, and its books stay away for a minute: until then they may still come."""
    following = Following()
    told = {(kind, market): 0 for kind in ("BookUpdate", "Ticker") for market in (KRAKEN, OKX)}
    for second in range(200):
        assert following.follows("Trade", BINANCE, None, second, STALE_AFTER)
        for kind, market in (
            ("Ticker", KRAKEN),
            ("Ticker", OKX),
            ("BookUpdate", KRAKEN),
            ("BookUpdate", OKX),
        ):
            told[kind, market] += following.follows(kind, market, None, second + 0.5, STALE_AFTER)
    assert told == {
        ("BookUpdate", KRAKEN): 140,
        ("Ticker", KRAKEN): 140,
        ("BookUpdate", OKX): 0,
        ("Ticker", OKX): 0,
    }


def test_who_stands_in_and_falls_silent_is_replaced_and_comes_back_behind_the_others():
    following, told = Following(), []
    for second in range(120):
        following.follows("BookUpdate", BINANCE, BINANCE, second, STALE_AFTER)
        for market in (KRAKEN, OKX):
            is_silent = market == KRAKEN and 80 <= second < 90
            if not is_silent and following.follows("Trade", market, BINANCE, second + 0.5, STALE_AFTER):
                told.append(market)
    assert told == [KRAKEN] * 20 + [OKX] * 35


def test_no_other_stands_in_while_the_followed_market_brought_the_kind_within_a_minute():
    following = Following()
    assert following.follows("Trade", BINANCE, BINANCE, 0.0, STALE_AFTER)
    assert not following.follows("Trade", KRAKEN, BINANCE, 60.0, STALE_AFTER)
    assert following.follows("Trade", KRAKEN, BINANCE, 60.1, STALE_AFTER)
    assert following.follows("Trade", BINANCE, BINANCE, 60.2, STALE_AFTER)
    assert not following.follows("Trade", KRAKEN, BINANCE, 60.3, STALE_AFTER)


def test_a_flood_of_made_up_markets_makes_no_other_stand_in_and_does_not_pile_up():
    following = Following()
    for number in range(10 * MOST_REMEMBERED):
        at = number / 100
        if number % 50 == 0:
            assert following.follows("Trade", BINANCE, BINANCE, at, STALE_AFTER)
        assert not following.follows("Trade", f"venue{number}/spot", BINANCE, at, STALE_AFTER)
    assert len(following._markets) <= MOST_REMEMBERED

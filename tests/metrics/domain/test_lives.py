"""Which minutes are kept of markets that come and go: held against their lives, told off one message at a time."""

from collections.abc import Iterator
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.market import MOST_MARKETS, WARMING, MarketId
from metrics.domain.minutes import Minute, MinuteBook
from tests.factories import START, book_update, depth_analyzer, market_id

TTL, STALE_AFTER, A_MINUTE = 60, 5, 60
END = 600

MARKETS = [
    MarketId(symbol, market)
    for symbol, market in (("AUSDT", "binance/spot"), ("AUSDT", "okx/spot"), ("BUSDT", "binance/usdm"))
]
lives = st.dictionaries(
    st.sampled_from(MARKETS),
    st.lists(st.sampled_from([1, 2, 4, 7, 20, 30, 55, 59, 60, 61, 70, 130]), min_size=1, max_size=12),
    min_size=1,
)
"""Seconds between the messages of each market, the first from the start."""


class Kept(NamedTuple):
    """A minute that is kept: when it begins, seconds after the start, and how many updates are in it."""

    market: MarketId
    begin: int
    updates: int


def times_of(pauses: list[int]) -> list[int]:
    """When messages come, seconds after the start."""
    times = [sum(pauses[: place + 1]) for place in range(len(pauses))]
    return [at for at in times if at < END]


def slowly(market: MarketId, times: list[int]) -> Iterator[Kept]:
    """The minutes that are to be kept of one market.

    It is known from a message until none has come for longer than a minute, or for ever once it has been heard for a
    minute. What it has done while it was known is kept where it has been heard for so long, then or later.
    """
    kept: list[int] = []
    begin = 0
    for place, at in enumerate(times):
        if at - times[begin] >= A_MINUTE:
            kept = times[begin:]
            break
        following = times[place + 1] if place + 1 < len(times) else END
        if any(second - at > TTL for second in range(at, following)):  # it is looked at once a second
            begin = place + 1
    for minute in range(0, END, 60):
        updates = sum(minute <= at < minute + 60 for at in kept)
        seconds = range(minute, minute + 60)
        is_not_live = any(is_shown_stale(second, kept) for second in seconds)
        if updates or is_not_live:
            yield Kept(market, minute, updates)


def is_shown_stale(second: int, times: list[int]) -> bool:
    """Is the newest message of then too old to be live, and not old enough to be gone?"""
    before = [at for at in times if at <= second]
    return bool(before) and STALE_AFTER < second - before[-1] <= TTL


def quickly(lives: dict[MarketId, list[int]]) -> list[Minute]:
    """The same by analyzer and minutes, as a feed moves them: once a second."""
    analyzer = depth_analyzer()
    minutes = MinuteBook(analyzer.is_new)
    done: list[Minute] = []
    for second in range(END):
        now = START + second
        for (symbol, market), times in lives.items():
            if second in times:
                analyzer.update(book_update(symbol, market=market, update_id=second), now)
        analyzer.pass_time(now)
        drained = analyzer.drain()
        for forgotten, since in drained.forgotten.items():
            minutes.withdraw(forgotten, since)
        minutes.add(drained.ticks, drained.flow)
        analyzer.expire(now)
        not_live = [MarketId(each.symbol, each.market) for each in analyzer.not_live(now) if each.state]
        minutes.add_not_live(not_live, now, 1.0)
        closed = minutes.close(now)
        for minute in closed:
            times = [at for at in lives[minute.market] if at <= second]
            assert times[-1] - times[0] >= A_MINUTE
        done += closed
    return [*done, *minutes.close_all()]


@given(pauses=lives)
def test_minutes_are_kept_of_exactly_those_markets_that_live_for_a_minute_their_first_included(
    pauses: dict[MarketId, list[int]],
):
    times = {market: times_of(each) for market, each in pauses.items()}
    found = [Kept(minute.market, minute.start - int(START), minute.updates) for minute in quickly(times)]
    assert sorted(found) == sorted(
        kept for market, each in times.items() if each for kept in slowly(market, each)
    )


def test_a_new_market__has_no_minute_until_it_has_lived_for_one_and_then_its_first_as_well():
    times = {market_id("NEWUSDT"): list(range(30, 95, 5))}
    found = quickly(times)
    assert [(minute.start - START, minute.updates) for minute in found[:2]] == [(0, 6), (60, 7)]


def test_a_made_up_venue_of_a_well_known_symbol__earns_no_minute_before_it_has_lived_for_one_and_leaves_nothing():
    known, made_up = market_id("BTCUSDT"), market_id("BTCUSDT", "nowhere/spot")
    found = quickly({known: list(range(END)), made_up: [100, 130, 159]})
    assert {minute.market for minute in found} == {known}
    found = quickly({known: list(range(END)), made_up: [100, 130, 160]})
    assert [(minute.start - START, minute.updates) for minute in found if minute.market == made_up] == [
        (60, 1), (120, 2), (180, 0),
    ]  # fmt: skip


def test_a_flood_of_made_up_venues__leaves_minutes_of_the_known_market_alone():
    """More than are remembered of a symbol: each pushes out the one before, or waits to be forgotten."""
    known = market_id("BTCUSDT")
    flood = {
        market_id("BTCUSDT", f"nowhere{number}/spot"): [20 + number // 2, 30 + number // 2]
        for number in range(3 * MOST_MARKETS)
    }
    found = quickly({known: list(range(END)), **flood})
    assert {minute.market for minute in found} == {known}
    assert sum(minute.updates for minute in found) == END


def test_venues_of_which_no_book_is_ever_whole__leave_no_minute():
    analyzer = depth_analyzer()
    minutes = MinuteBook(analyzer.is_new)
    for second in range(END):
        now = START + second
        analyzer.update(book_update(update_id=second), now)
        if second < 300:
            for number in range(MOST_MARKETS + 1):
                analyzer.interrupt("BTCUSDT", f"nowhere{number}/spot", WARMING, "awaiting_snapshot", now)
        analyzer.pass_time(now)
        drained = analyzer.drain()
        for forgotten, since in drained.forgotten.items():
            minutes.withdraw(forgotten, since)
        minutes.add(drained.ticks, drained.flow)
        analyzer.expire(now)
        not_live = [MarketId(each.symbol, each.market) for each in analyzer.not_live(now) if each.state]
        minutes.add_not_live(not_live, now, 1.0)
        assert {minute.market for minute in minutes.close(now)} <= {market_id()}
    assert list(analyzer.states) == [market_id()]

"""Which minutes are kept of symbols that come and go: held against their lives, told off one message at a time."""

from collections.abc import Iterator
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.minutes import Minute, MinuteBook
from tests.factories import START, book_update, depth_analyzer

TTL, STALE_AFTER, A_MINUTE = 60, 5, 60
END = 600

lives = st.dictionaries(
    st.sampled_from(["AUSDT", "BUSDT", "CUSDT"]),
    st.lists(st.sampled_from([1, 2, 4, 7, 20, 30, 55, 59, 60, 61, 70, 130]), min_size=1, max_size=12),
    min_size=1,
)
"""Seconds between the messages of each symbol, the first from the start."""


class Kept(NamedTuple):
    """A minute that is kept: when it begins, seconds after the start, and how many updates are in it."""

    symbol: str
    begin: int
    updates: int


def times_of(pauses: list[int]) -> list[int]:
    """When messages come, seconds after the start."""
    times = [sum(pauses[: place + 1]) for place in range(len(pauses))]
    return [at for at in times if at < END]


def slowly(symbol: str, times: list[int]) -> Iterator[Kept]:
    """The minutes that are to be kept of one symbol.

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
            yield Kept(symbol, minute, updates)


def is_shown_stale(second: int, times: list[int]) -> bool:
    """Is the newest message of then too old to be live, and not old enough to be gone?"""
    before = [at for at in times if at <= second]
    return bool(before) and STALE_AFTER < second - before[-1] <= TTL


def quickly(lives: dict[str, list[int]]) -> list[Minute]:
    """The same by analyzer and minutes, as a feed moves them: once a second."""
    analyzer = depth_analyzer()
    minutes = MinuteBook(analyzer.is_new)
    done: list[Minute] = []
    for second in range(END):
        now = START + second
        for symbol, times in lives.items():
            if second in times:
                analyzer.update(book_update(symbol, update_id=second), now)
        drained = analyzer.drain()
        for symbol, since in drained.forgotten.items():
            minutes.withdraw(symbol, since)
        minutes.add(drained.ticks)
        analyzer.expire(now)
        minutes.add_not_live([each.symbol for each in analyzer.not_live(now) if each.state], now, 1.0)
        closed = minutes.close(now)
        for minute in closed:
            times = [at for at in lives[minute.symbol] if at <= second]
            assert times[-1] - times[0] >= A_MINUTE
        done += closed
    return [*done, *minutes.close_all()]


@given(pauses=lives)
def test_minutes_are_kept_of_exactly_those_symbols_that_live_for_a_minute_their_first_included(
    pauses: dict[str, list[int]],
):
    times = {symbol: times_of(each) for symbol, each in pauses.items()}
    found = [Kept(minute.symbol, minute.start - int(START), minute.updates) for minute in quickly(times)]
    assert sorted(found) == sorted(
        kept for symbol, each in times.items() if each for kept in slowly(symbol, each)
    )


def test_a_new_symbol__has_no_minute_until_it_has_lived_for_one_and_then_its_first_as_well():
    times = {"NEWUSDT": list(range(30, 95, 5))}
    found = quickly(times)
    assert [(minute.start - START, minute.updates) for minute in found[:2]] == [(0, 6), (60, 7)]

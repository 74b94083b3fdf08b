"""No true market is accused for long, and whatever happens to a producer, its market is back within ten seconds."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.admission.coin import SUSPECT_SECONDS
from metrics.domain.book import BookUpdate
from tests.factories import START
from tests.metrics.domain.admission.door import (
    CONTRACT,
    HEARD,
    HELD,
    KRAKEN,
    SHOWN,
    Door,
    book,
    contract,
    ticker,
    touch,
    trade,
)

DAY = 86_400.0
BACK_WITHIN = 10.0

# -- Never accused ---------------------------------------------------------------------------


@given(
    direction=st.sampled_from((1, -1)),
    delays=st.lists(st.tuples(*[st.integers(0, 99)] * 4), min_size=10, max_size=10),
    reference_every=st.sampled_from((0.0, 1.0)),
)
def test_a_market_that_moves_by_15_percent_in_a_second_is_not_accused(direction, delays, reference_every):
    """Trades, touches, tickers and books tell of it, each up to a tenth of a second late."""
    door = Door(reference_every=reference_every)
    sent: list[tuple[float, Any]] = []
    for step in range(-10, 30):
        price = 100.0 * 1.15 ** (direction * min(10, max(0, step)) / 10)
        at = START + 10 + step / 10
        frames = (
            trade(step + 20, price, at=at),
            touch(step + 20, price - 0.01, price + 0.01),
            book(step + 20, price),
        )
        told = ticker(price, at=at, bid=price - 0.01, ask=price + 0.01)
        late = delays[step] if 0 <= step < 10 else (0, 0, 0, 0)
        sent += [(at + delay / 1_000, frame) for delay, frame in zip(late, (*frames, told), strict=True)]
    for at, frame in sorted(sent, key=lambda each: each[0]):
        assert door.take(frame, max(0.0, at - door.now)) in (SHOWN, HELD, HEARD, "not_needed")
    assert not door.refused
    assert door.is_live()


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
@pytest.mark.parametrize("jumped", [115.0, 85.0])
def test_neither_is_one_that_jumps_whoever_is_first_to_tell(order, jumped: float):
    door = Door()
    for number in range(1, 30):
        price = jumped if number > 15 else 100.0
        told = (
            trade(number, price, at=door.now),
            ticker(price, at=door.now, bid=price - 0.01, ask=price + 0.01),
            book(number, price),
        )
        for place in order:
            assert door.take(told[place], 0.033) in (SHOWN, HELD, HEARD)
    assert not door.refused
    assert door.shown == list(range(1, 30))
    assert door.is_live()


def test_neither_is_a_thin_coin_that_is_traded_at_either_end_of_its_spread():
    door = Door()
    for number in range(1, 50):
        last = (1.00, 1.25, 1.00, 1.12)[number % 4]
        frames = (
            trade(number, last, at=door.now),
            ticker(last, at=door.now, bid=1.00, ask=1.25),
            touch(number, 1.00, 1.25),
            book(number, bids=[(1.00, 5.0), (0.50, 1.0)], asks=[(1.25, 5.0), (4.00, 1.0)]),
        )
        assert door.take_all(list(frames), every=0.2) == [HEARD, HEARD, HEARD, SHOWN]
    assert not door.withdrawn


def test_nor_one_whose_best_orders_come_and_go_without_anything_that_names_it():
    door = Door()
    asks = ([(1.25, 1.0)], [(1.90, 1.0)])
    told = [door.take(book(number, bids=[(1.00, 1.0)], asks=asks[number % 2]), 0.5) for number in range(100)]
    assert set(told) == {SHOWN}


# -- Comes back ------------------------------------------------------------------------------


def running(**more) -> Door:
    """A market that has been live for a while: ids about a million, ten books a second."""
    door = Door()
    door.take_all([book(number, **more) for number in range(1_000_000, 1_000_100)])
    return door


def seconds_until_shown(
    door: Door, books: list[BookUpdate], every: float, *, beside: BookUpdate | None = None
) -> float:
    """How long it takes until the first of these is shown; `beside` comes before each of them."""
    began = door.now
    before = len(door.shown)
    for frame in books:
        if beside:
            door.take(beside)
        door.take(frame, every)
        if len(door.shown) > before:
            assert door.is_live()
            return door.now - began
    raise AssertionError("never")


@pytest.mark.parametrize("every", [1.0, 0.1])
@pytest.mark.parametrize("referred", [True, False])
def test_a_producer_that_starts_over_with_ids_from_1(every: float, referred: bool):
    door = running()
    if referred:
        door.take(trade(1, at=door.now))
    assert seconds_until_shown(door, [book(number) for number in range(1, 100)], every) <= BACK_WITHIN
    assert door.gate.new_runs == 1
    assert door.take(book(1_000), every) == SHOWN


@pytest.mark.parametrize("every", [1.0, 0.1])
def test_one_that_does_so_while_its_last_message_is_sent_on_and_on(every: float):
    frozen = book(1_000_099)
    told = seconds_until_shown(running(), [book(number) for number in range(1, 100)], every, beside=frozen)
    assert told <= BACK_WITHIN + 0.001


@pytest.mark.parametrize("every", [1.0, 0.1])
def test_one_that_does_so_on_two_connections_and_out_of_order(every: float):
    books = [book(2 * step + number) for step in range(50) for number in (2, 2, 1, 1)]
    assert seconds_until_shown(running(), books, every / 2) <= BACK_WITHIN


@pytest.mark.parametrize("every", [1.0, 0.1])
def test_a_producer_of_contracts_that_starts_over(every: float):
    door = Door()
    door.take_all([contract(number) for number in range(1_000_000, 1_000_100)])
    assert seconds_until_shown(door, [contract(number) for number in range(1, 100)], every) <= BACK_WITHIN


@pytest.mark.parametrize("every", [1.0, 0.1])
def test_yesterday_once_more(every: float):
    """Recorded times are moved to now, ids and prices are as they were."""
    door = running()
    door.take(trade(5_000, 100.0, at=door.now))
    door.take(trade(1, 100.0, at=door.now - 1))
    books = [book(number, 101.0, at=door.now) for number in range(900_000, 900_100)]
    assert seconds_until_shown(door, books, every) <= BACK_WITHIN


def test_a_connection_that_was_away_for_a_day_with_other_ids_and_prices():
    door = running()
    door.take(trade(1, 100.0, at=door.now))
    door.wait(DAY)
    assert seconds_until_shown(door, [book(1, 250.0)], 0.1) <= BACK_WITHIN
    assert not door.withdrawn


@pytest.mark.parametrize("every", [1.0, 0.1])
@pytest.mark.parametrize("other", [{"market": KRAKEN}, {"market": CONTRACT}])
def test_a_change_of_the_venue_or_the_form(every: float, other: dict):
    make = contract if other["market"] == CONTRACT else book
    books = [make(number, **other) for number in range(1, 100)]
    assert seconds_until_shown(running(), books, every) <= BACK_WITHIN


@pytest.mark.parametrize("every", [2.5, 3.0, 4.9, 5.1, 30.0, 300.0])
def test_slower_books_are_back_within_two_messages_once_they_would_be_stale(every: float):
    told = seconds_until_shown(running(), [book(number) for number in range(1, 100)], every)
    assert told <= 5.0 + 2 * every


@pytest.mark.parametrize("every", [1.0, 0.1])
def test_a_depth_that_is_the_only_one_left(every: float):
    books = [book(number, levels=5, named=5) for number in range(1_000_100, 1_000_200)]
    assert seconds_until_shown(running(), books, every) <= BACK_WITHIN


def test_one_of_two_coins_under_one_name_when_the_other_has_gone():
    door = Door()
    for number in range(50):
        door.take(book(number, 100.0), 0.1)
        door.take(book(1_000 + number, 200.0), 0.1)
    assert not door.is_live()
    new_run = 1.0
    told = seconds_until_shown(door, [book(number, 100.0) for number in range(50, 250)], 0.1)
    assert told <= new_run + SUSPECT_SECONDS + 0.2


def test_a_coin_that_is_named_while_another_goes_on_under_its_name():
    door = Door()
    for number in range(1, 100):
        door.take(trade(number, 100.0, at=door.now), 0.05)
        assert door.take(book(1_000 + number, 200.0), 0.05) == HELD
        assert door.take(book(number, 100.0), 0.05) == SHOWN
    assert door.shown == list(range(1, 100))

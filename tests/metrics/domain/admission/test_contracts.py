"""Books of contracts, and diffs that go by the name of one."""

import pytest

from metrics.domain.admission.contracts import DIFF, Claim
from metrics.domain.book import Level, Refused
from tests.metrics.domain.admission.door import HELD, SHOWN, Door, about, book, contract, diff, side


def shows_diff(
    bids: list[Level],
    asks: list[Level],
    levels: int = 3,
    before: tuple[list[Level], list[Level]] | None = None,
) -> bool:
    claim = Claim(levels)
    if before:
        claim.before = b"what came before"
    return claim.shows_diff(bids, asks, lambda message: before or ([], []))


BIDS, ASKS = side(99.0, 3, -1.0), side(101.0, 3, 1.0)

# -- Signs -----------------------------------------------------------------------------------


def test_a_book_with_all_its_levels_shows_no_sign():
    assert not shows_diff(BIDS, ASKS)


@pytest.mark.parametrize(
    ("bids", "asks"),
    [
        ([*BIDS[:2], (97.0, 0.0)], ASKS),
        (BIDS, [(101.0, 0.0), *ASKS[1:]]),
        (BIDS[::-1], ASKS),
        (BIDS, ASKS[::-1]),
        ([*BIDS, (96.0, 1.0)], ASKS),
        (BIDS, [*ASKS, (104.0, 1.0)]),
        ([], ASKS),
        (BIDS, []),
    ],
    ids=["empty bid", "empty ask", "bids rise", "asks fall", "more bids", "more asks", "no bids", "no asks"],
)
def test_one_sign_is_enough(bids, asks):
    assert shows_diff(bids, asks)


def test_fewer_levels_are_a_sign_where_fewer_than_half_of_them_were_there_before():
    known, new = BIDS[:1], side(50.0, 1, -1.0)
    before = (BIDS, ASKS)
    assert not shows_diff(known, ASKS[:1], before=before)
    assert not shows_diff(new, ASKS[:1], before=before)
    assert shows_diff(new, [*ASKS[:1], (200.0, 1.0)], before=before)
    assert not shows_diff(new, [(200.0, 1.0)])


def test_other_prices_are_no_sign_in_a_book_with_all_its_levels():
    assert not shows_diff(side(50.0, 3, -1.0), side(60.0, 3, 1.0), before=(BIDS, ASKS))


def test_equal_prices_are_another_fault():
    assert not shows_diff([BIDS[0], BIDS[0], BIDS[1]], ASKS)


def test_shallow_books_between_them_do_not_make_thin_ones_strange():
    """Several depths of a thin market under one name."""
    door = Door()
    levels = (19, 18, 10, 19, 5, 18, 5, 10, 19)
    assert set(door.take_all([contract(number, count) for number, count in enumerate(levels)])) == {HELD}
    assert Door().take_all([contract(1, 5), contract(2, 19)]) == [HELD, HELD]


def test_a_market_that_had_ten_levels_for_long_is_known_by_those():
    door = Door()
    door.take(contract(0, 11))
    door.take_all([contract(number, 10, price=100.0 + number / 10) for number in range(1, 9)])
    assert door.take(contract(9, 9, price=100.8), 0.1) == HELD


def test_between_them_a_diff_is_as_strange_as_anywhere():
    door = Door()
    told = door.take_all([contract(1, 19), contract(2, 5), contract(3, 7, price=101.0)])
    assert told == [HELD, HELD, "diff_depth"]


# -- Streams ---------------------------------------------------------------------------------


def test_a_book_with_all_its_levels_is_shown_at_once():
    assert Door().take(contract(1)) == SHOWN


def test_thin_books_are_held_back_for_a_second_and_then_shown_by_the_clock():
    door = Door()
    assert door.take_all([contract(number, 7) for number in range(4)], every=0.3) == [HELD] * 4
    door.wait(0.09)
    assert door.shown == []
    door.wait(0.02)
    assert door.shown == [0, 1, 2, 3]
    assert door.is_live()


def test_the_tenth_of_them_shows_all():
    door = Door()
    door.take_all([contract(number, 7) for number in range(9)], every=0.01)
    assert door.shown == []
    door.take(contract(9, 7), 0.01)
    assert door.shown == list(range(10))


def test_a_stream_that_was_found_to_be_thin_is_shown_at_once_from_then_on():
    door = Door()
    door.take(contract(1, 7))
    door.wait(1.0)
    door.take(contract(2, 6), 0.1)
    assert door.shown == [1, 2]


def test_full_books_between_thin_ones_are_shown_and_do_not_hinder_the_proof():
    """A market that has about as many levels as the name of its stream says."""
    door = Door()
    door.take_all([contract(number, 20 - number % 2) for number in range(20)])
    assert door.shown == [0, 2, 4, 6, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
    assert door.refused == {"out_of_date": 5}


def test_a_thin_book_that_waited_and_was_overtaken_is_no_sign_of_a_new_run():
    door = Door()
    door.take_all([contract(number, 19) for number in range(1, 9)], every=0.01)
    door.take(contract(100), 0.01)
    door.take(contract(9, 19), 0.01)
    door.take(contract(10, 19), 0.01)
    assert door.shown == [100]
    assert door.gate.new_runs == 0


def test_a_diff_is_known_from_its_first_sign_on_and_what_was_held_back_for_it_is_counted_too():
    door = Door()
    assert door.take_all([contract(1, 7), contract(2, 7), diff(3), contract(4)]) == [
        HELD,
        HELD,
        "diff_depth",
        "diff_depth",
    ]
    assert door.refused == {"diff_depth": 4}
    assert door.shown == []


@pytest.mark.parametrize("silence", [60.0, 60.001])
def test_a_diff_stays_one_until_its_stream_has_been_silent_for_a_minute(silence):
    door = Door()
    door.take_all([diff(1), contract(2)], every=50.0)
    assert door.take(contract(3), silence) == (SHOWN if silence > 60 else "diff_depth")


def test_what_was_taken_for_a_book_is_withdrawn_from_where_no_full_one_speaks_for_it():
    door = Door()
    door.take_all([contract(1), contract(2, 19)])
    door.wait(1.0)
    door.take_all([contract(3, 19), diff(4)])
    assert door.shown == [1, 2, 3]
    assert [(each.market, each.since) for each in door.withdrawn] == [("binance/usdm", about(0.2))]
    assert not door.is_live()


def test_a_diff_that_had_as_many_levels_as_a_book_leaves_nothing_behind():
    door = Door()
    door.take_all([contract(1), diff(2)])
    assert [each.since for each in door.withdrawn] == [about(0.1)]


def test_ids_of_diffs_do_not_bar_the_book_that_comes_after_them():
    door = Door()
    door.take_all([contract(1_000, named=5, levels=5), diff(1_001, named=5)])
    assert door.take(contract(3), 0.1) == SHOWN


def test_streams_of_other_depths_are_judged_for_themselves():
    door = Door()
    assert door.take_all([contract(1), diff(2, named=5), contract(3)]) == [SHOWN, "diff_depth", SHOWN]
    assert door.withdrawn == []


def test_levels_that_are_not_in_use_are_known_from_the_book_before_too():
    """An installation may use fewer levels than its producers send."""
    door = Door(levels=5)
    told = door.take_all([contract(1), contract(2, 19), contract(3, 18), contract(4, 19)])
    assert told == [SHOWN, HELD, HELD, HELD]
    door.wait(1.0)
    assert door.shown == [1, 2, 3, 4]


def test_a_book_that_is_refused_is_not_the_one_before():
    door = Door()
    far = contract(2, price=1_000.0)
    far.event_time = door.now - 31
    assert door.take_all([contract(1), far, contract(3, 19)]) == [SHOWN, "late", HELD]


@pytest.mark.parametrize(
    ("reason", "sides"),
    [
        ("empty_book", {"bids": [], "asks": []}),
        ("crossed", {"bids": [(102.0, 1.0)], "asks": [(101.0, 1.0)]}),
        ("bad_number", {"bids": [(float("nan"), 0.0)]}),
    ],
)
def test_what_is_no_book_is_refused_as_that_and_not_as_a_diff(reason, sides):
    door = Door()
    assert door.take_all([contract(1, **sides), contract(2)]) == [reason, SHOWN]


def test_a_spot_book_with_few_levels_is_not_held_back():
    assert Door().take(book(1, levels=3)) == SHOWN


def test_a_known_diff_is_one_until_a_minute_of_silence():
    claim = Claim(20)
    claim.hear(0.0)
    claim.turns_out_diff()
    with pytest.raises(Refused, match=DIFF):
        claim.hear(60.0)
    claim.hear(120.001)

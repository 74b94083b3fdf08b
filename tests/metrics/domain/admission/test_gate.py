"""The gate: all rules together, each in its place."""

from collections.abc import Callable

import pytest

from metrics.domain.admission.ids import REMEMBERED
from metrics.domain.admission.news import Withdrawn
from metrics.domain.frames import Dominance, OnchainFlow
from metrics.domain.market import MOST_MARKETS
from tests.factories import START
from tests.metrics.domain.admission.door import (
    CONTRACT,
    HEARD,
    HELD,
    KRAKEN,
    NOT_NEEDED,
    SHOWN,
    SPOT,
    Door,
    about,
    book,
    contract,
    diff,
    ticker,
    touch,
    trade,
)

OUT_OF_DATE, REPEATED, MISMATCH, OTHER_DEPTH = "out_of_date", "repeated", "price_mismatch", "other_depth"

# -- The order of the checks -----------------------------------------------------------------

FAULTS: list[tuple[str, dict]] = [
    ("crossed", {"bids": [(200.0, 1.0)], "asks": [(199.0, 1.0)]}),
    ("late", {"at": START - 40}),
    (HELD, {"price": 200.0}),
    (OTHER_DEPTH, {"named": 5, "levels": 5}),
    (OUT_OF_DATE, {"number": 1}),
]


def known_market() -> Door:
    """One with a reference and a live book."""
    door = Door()
    for market in (KRAKEN, SPOT):
        door.take(trade(1, market=market))
    door.take(book(100))
    return door


@pytest.mark.parametrize("first", range(len(FAULTS)))
def test_the_first_fault_in_the_order_of_the_rules_is_the_one_that_counts(first: int):
    faults = [fault for told, fault in FAULTS[first:] if told != "crossed" or not first]
    everything = {"number": 200} | {key: value for fault in reversed(faults) for key, value in fault.items()}
    assert known_market().take(book(**everything)) == FAULTS[first][0]


@pytest.mark.parametrize(("told", "fault"), FAULTS[:-1])
def test_what_is_refused_leaves_no_trace(told: str, fault: dict):
    door = known_market()
    assert {door.take(book(**{"number": 500 + number} | fault), 0.01) for number in range(15)} == {told}
    assert door.take_all([book(101), book(102)]) == [SHOWN] * 2
    assert door.gate.new_runs == 0


def test_unsound_books_are_refused():
    for reason, bids, asks in (
        ("crossed", [(2.0, 1.0)], [(1.0, 1.0)]),
        ("crossed", [(2.0, 1.0)], [(2.0, 1.0)]),
        ("unordered_levels", [(1.0, 1.0), (2.0, 1.0)], [(3.0, 1.0)]),
        ("duplicate_price", [(2.0, 1.0)], [(3.0, 1.0), (3.0, 2.0)]),
        ("empty_book", [], []),
    ):
        assert Door().take(book(1, bids=bids, asks=asks)) == reason


def test_empty_levels_are_left_out_and_the_volumes_filled_in():
    update = book(1, bids=[(2.0, 0.0), (1.0, 1.5)], asks=[(3.0, 1.0)])
    Door().take(update)
    assert (update.bids, update.bid_volume, update.ask_volume) == ([(1.0, 1.5)], 1.5, 1.0)


# -- The coin --------------------------------------------------------------------------------

REFERENCES: list[tuple[str, Callable[[float], object]]] = [
    ("trade", lambda price: trade(9, price)),
    ("touch", lambda price: touch(9, price, price * 1.001)),
    ("ticker with a touch", lambda price: ticker(1.0, bid=price, ask=price * 1.001)),
    ("ticker traded a minute ago", lambda price: ticker(price, last_trade_at=START - 60)),
    ("ticker with half a touch", lambda price: ticker(price, bid=0.0, ask=1.0, last_trade_at=START)),
]
NO_REFERENCES: list[tuple[str, Callable[[float], object]]] = [
    ("ticker traded long ago", lambda price: ticker(price, last_trade_at=START - 60.1)),
    ("ticker without a touch", lambda price: ticker(price)),
    ("trade of another market", lambda price: trade(9, price, market=KRAKEN)),
    ("late trade", lambda price: trade(9, price, at=START - 31)),
]


@pytest.mark.parametrize("reference", [make for _, make in REFERENCES], ids=[name for name, _ in REFERENCES])
def test_a_book_must_agree_with_what_names_the_symbol_and_a_price(reference):
    door = Door()
    door.take(reference(120.0))
    assert [door.take(book(1, 100.0)), door.take(book(2, 120.0))] == [HELD, SHOWN]


@pytest.mark.parametrize(
    "frame", [make for _, make in NO_REFERENCES], ids=[name for name, _ in NO_REFERENCES]
)
def test_not_everything_with_a_price_is_a_reference(frame):
    door = Door()
    door.take(frame(120.0))
    assert door.take(book(1, 100.0)) == SHOWN


def test_both_prices_of_a_touch_must_agree():
    door = Door()
    door.take(touch(1, 100.0, 115.0))
    assert door.take(book(1, 100.0)) == HELD


def test_a_reference_counts_for_a_minute():
    for age, told in ((60.0, HELD), (60.001, SHOWN)):
        door = Door()
        door.take(trade(1, 120.0))
        assert door.take(book(1, 100.0), age) == told


def test_a_trade_that_is_told_twice_is_no_reference():
    door = Door()
    door.take_all([trade(2, 100.0), trade(1, 120.0)])
    assert door.take(book(1, 100.0)) == SHOWN


def test_a_book_that_does_not_agree_waits_for_the_next_reference_and_is_shown_when_it_agrees():
    door = Door()
    told = door.take_all([trade(1, 100.0), book(1, 120.0), book(2, 100.0), book(3, 121.0), trade(2, 120.0)])
    assert told == [HEARD, HELD, SHOWN, HELD, HEARD]
    assert door.shown == [2, 1, 3]
    assert not door.refused


def test_it_is_counted_when_the_next_reference_does_not_agree_either():
    door = Door()
    door.take_all([trade(1, 100.0), book(1, 120.0), trade(2, 101.0)])
    assert door.refused == {MISMATCH: 1}


def test_it_waits_for_a_second_by_the_clock():
    door = Door()
    door.take_all([trade(1, 100.0), book(1, 120.0)])
    door.wait(0.99)
    assert not door.refused
    door.wait(0.02)
    assert door.refused == {MISMATCH: 1}
    door.take(trade(2, 120.0))
    assert door.shown == []


def test_twenty_wait_at_a_time():
    door = Door()
    door.take(trade(1, 100.0))
    assert set(door.take_all([book(number, 120.0) for number in range(30)], every=0.001)) == {HELD}
    assert door.refused == {MISMATCH: 10}
    door.take(trade(2, 120.0))
    assert door.shown == list(range(10, 30))


def test_books_that_waited_and_were_overtaken_are_no_sign_of_a_new_run():
    door = Door()
    door.take(trade(1, 108.0))
    door.take_all([book(number, 97.0) for number in range(1, 13)], every=0.01)
    door.take_all([book(50, 108.0), trade(2, 104.0)], every=0.01)
    assert door.shown == [50]
    assert door.refused == {OUT_OF_DATE: 12}
    assert door.gate.new_runs == 0


def test_what_is_shown_is_withdrawn_at_once_when_a_reference_contradicts_it():
    door = Door()
    door.take_all([trade(1, 100.0), book(1, 100.0), book(2, 100.0), trade(2, 120.0)])
    assert door.withdrawn == [Withdrawn("BTCUSDT", SPOT, None)]
    assert not door.is_live()
    assert door.take_all([book(1, 120.0), book(2, 120.0)]) == [REPEATED, SHOWN]


def test_with_it_goes_all_that_was_accepted_without_a_reference_and_only_that():
    door = Door()
    door.take_all([trade(1, 100.0), book(1, 100.0)])
    door.wait(61.0)
    door.take_all([book(number, 100.0) for number in range(2, 9)] + [trade(2, 120.0, at=door.now)])
    assert [each.since for each in door.withdrawn] == [about(61.3)]
    assert door.take_all([book(1, 120.0), book(2, 120.0)]) == [REPEATED, SHOWN]


def test_a_reference_that_agrees_speaks_for_all_that_came_before():
    door = Door()
    door.take_all([book(1, 100.0), book(2, 100.0), trade(1, 100.0), trade(2, 120.0)])
    assert [each.since for each in door.withdrawn] == [None]


def test_what_agrees_with_the_reference_that_withdraws_another_is_live_in_the_same_moment():
    door = Door()
    door.take_all([trade(1, 100.0), book(1, 100.0), book(2, 120.0), trade(2, 120.0)])
    assert (door.shown, len(door.withdrawn)) == ([1, 2], 1)
    assert door.is_live()
    assert door.take(book(7, market=KRAKEN), 0.1) == SHOWN
    assert door.followed() == SPOT


def test_contracts_name_their_symbol_and_need_no_reference():
    door = Door()
    door.take(trade(1, 120.0, market="binance/usdm"))
    assert door.take_all([contract(1), trade(2, 150.0, market="binance/usdm"), contract(2)]) == [
        SHOWN,
        HEARD,
        SHOWN,
    ]


# -- Two books under one name ----------------------------------------------------------------


def test_prices_that_jump_back_and_forth_make_a_symbol_suspect_and_take_back_what_was_shown():
    door = Door()
    assert door.take_all([book(1, 100.0), book(2, 120.0), book(3, 100.0)], every=1.0) == [
        SHOWN,
        SHOWN,
        "mixed_prices",
    ]
    assert door.withdrawn == [Withdrawn("BTCUSDT", SPOT, START + 1, "mixed_prices")]
    assert not door.is_live()


def test_what_was_shown_more_than_a_minute_before_is_not_taken_back():
    door = Door()
    door.take_all([book(number, 100.0) for number in range(1, 100)], every=1.0)
    door.take_all([book(200, 120.0), book(201, 100.0)], every=1.0)
    assert [(each.since, each.suspicion) for each in door.withdrawn] == [(about(41.0), "mixed_prices")]


def test_what_a_trade_has_confirmed_is_not_taken_back():
    door = Door()
    door.take_all([book(1, 100.0), trade(1, 100.0), book(2, 100.0)], every=1.0)
    door.take_all([book(3, 100.0)], every=61.0)
    door.take_all([book(4, 120.0), book(5, 100.0)], every=1.0)
    assert [(each.since, each.suspicion) for each in door.withdrawn] == [(about(64.0), "mixed_prices")]


def test_a_mixture_that_trades_gave_away_is_remembered_when_they_end():
    """The next jump to where another coin's books were refused is a sign by itself."""
    door = Door()
    door.take_all([trade(1, 100.0), book(1, 100.0)])
    for number in range(2, 128):
        door.take(book(number, 100.0 if number % 2 else 120.0), 0.5)
    assert door.refused["mixed_prices"] > 0
    assert not [number for number in door.shown if number % 2 == 0]


def test_it_is_suspect_until_ten_seconds_have_passed_without_a_sign():
    door = Door()
    door.take_all([book(1, 100.0), book(2, 120.0), book(3, 100.0)])
    assert door.take(book(4, 120.0), 9.0) == "mixed_prices"
    assert door.take(book(5, 120.0), 9.99) == "mixed_prices"
    assert door.take(book(6, 120.0), 0.02) == SHOWN
    assert len(door.withdrawn) == 1


def test_a_price_that_jumps_once_or_comes_back_after_a_minute_is_a_market():
    door = Door()
    assert door.take_all([book(1, 100.0), book(2, 120.0)], every=0.1) == [SHOWN, SHOWN]
    assert door.take(book(3, 100.0), 60.1) == SHOWN


def test_with_a_reference_prices_may_jump_as_they_like():
    door = Door()
    for number in range(10):
        price = 120.0 if number % 2 else 100.0
        door.take_all([trade(number + 1, price), book(number + 1, price)])
    assert len(door.shown) == 10


def test_lower_ids_that_were_never_accepted_give_two_books_away():
    door = Door()
    told = [door.take(book(number), 0.05) for step in range(10) for number in (1_000 + step, step)]
    assert told == [SHOWN, OUT_OF_DATE] * 8 + ["mixed_ids", OUT_OF_DATE] * 2
    assert [(each.since, each.suspicion) for each in door.withdrawn] == [(about(0.05), "mixed_ids")]


def test_they_do_whatever_else_comes_and_is_refused_before_its_id():
    """Three depths on each of two connections."""
    door = Door()
    told = [
        door.take(book(number, named=depth, levels=depth), 0.01)
        for step in range(10)
        for number in (1_000 + step, step)
        for depth in (20, 10, 5)
    ]
    assert told.count("mixed_ids") > 0


def test_they_do_not_where_something_names_the_symbol():
    door = Door()
    door.take(trade(1))
    assert {door.take(book(number), 0.05) for step in range(20) for number in (1_000 + step, step)} == {
        SHOWN,
        OUT_OF_DATE,
    }
    told = [Door().take(contract(number)) for number in (1_000, 1)]
    assert told == [SHOWN, SHOWN]
    door = Door()
    told = [door.take(contract(number), 0.05) for step in range(20) for number in (1_000 + step, step)]
    assert set(told) == {SHOWN, OUT_OF_DATE}


def test_copies_are_no_sign():
    door = Door()
    told = [door.take(book(number), 0.05) for step in range(100, 200) for number in (step, step - 5)]
    assert set(told[20:]) == {SHOWN, REPEATED}


def test_a_symbol_that_has_nothing_but_mismatches_is_suspect():
    door = Door()
    door.take(trade(1, 100.0))
    for number in range(10):
        door.take(book(number, 120.0), 0.3)
    door.wait(1.0)
    assert [each[:3] for each in door.gate.not_live(door.now)] == [("BTCUSDT", "suspect", MISMATCH)]


def test_a_symbol_says_why_it_is_not_live():
    door = Door()
    door.take(book(1))
    came_at = door.now
    assert list(door.gate.not_live(door.now)) == []
    assert [tuple(each) for each in door.gate.not_live(door.now + 6)] == [
        ("BTCUSDT", "stale", "silent", came_at, SPOT)
    ]
    for _ in range(60):
        door.take(book(1), 0.1)
    assert [each[:3] for each in door.gate.not_live(door.now)] == [("BTCUSDT", "stale", REPEATED)]


# -- Venues ----------------------------------------------------------------------------------


def test_every_market_has_its_own_order_and_none_is_refused_because_of_another():
    door = Door()
    assert door.take_all([book(5), book(1, market=KRAKEN), contract(1), book(1, market=KRAKEN), book(6)]) == [
        SHOWN, SHOWN, SHOWN, REPEATED, SHOWN,
    ]  # fmt: skip
    assert [door.market(name).last_id for name in (SPOT, KRAKEN, CONTRACT)] == [6, 1, 1]
    assert door.followed() == SPOT
    assert door.take(book(2, market=KRAKEN), 4.7) == SHOWN
    assert door.followed() == SPOT
    assert door.take(book(3, market=KRAKEN), 0.5) == SHOWN
    assert door.followed() == KRAKEN
    assert door.take(book(7), 0.1) == SHOWN
    assert door.followed() == KRAKEN


def test_when_what_is_followed_is_withdrawn_another_may_take_its_place():
    door = Door()
    door.take_all([trade(1), book(1), trade(2, 150.0)])
    assert door.take(book(1, market=KRAKEN), 2.0) == SHOWN
    assert door.followed() == KRAKEN
    assert door.take(book(2, 150.0), 1.5) == SHOWN
    assert door.followed() == KRAKEN


def test_a_refusal_is_remembered_of_its_market_and_where_nobody_can_tell_of_which_of_the_symbol():
    door = Door()
    door.take_all([book(5), book(5, market=KRAKEN)])
    door.take(book(6, market=KRAKEN, bids=[(200.0, 1.0)]), 0.1)
    troubles = [door.gate.trouble(door.market(name)) for name in (SPOT, KRAKEN)]
    assert troubles == ["", "crossed"]
    door.gate.blame("BTCUSDT", "not_json", door.now + 1)
    assert [door.gate.trouble(door.market(name)) for name in (SPOT, KRAKEN)] == ["not_json"] * 2
    door.gate.blame("BTCUSDT", "late", door.now + 2, KRAKEN)
    assert [door.gate.trouble(door.market(name)) for name in (SPOT, KRAKEN)] == ["not_json", "late"]
    assert [each[:3] + each[4:] for each in door.gate.not_live(door.now + 6)] == [
        ("BTCUSDT", "stale", "not_json", SPOT), ("BTCUSDT", "stale", "late", KRAKEN),
    ]  # fmt: skip


def test_a_symbol_of_which_nothing_could_be_read_is_not_live_at_no_market():
    door = Door()
    door.gate.blame("BTCUSDT", "not_json", door.now)
    assert [tuple(each) for each in door.gate.not_live(door.now)] == [("BTCUSDT", None, "not_json", None, "")]
    door.take(book(1))
    assert list(door.gate.not_live(door.now)) == []


def test_one_venue_is_followed_until_it_falls_silent():
    door = Door()
    told: list[bool] = []
    for market, after in ((SPOT, 0), (KRAKEN, 1), (SPOT, 1), (KRAKEN, 4.9), (KRAKEN, 60), (SPOT, 1)):
        frame = trade(len(told) + 1, market=market, at=door.now + after)
        door.take(frame, after)
        told.append(door.gate.is_followed(frame, door.now))
    assert told == [True, False, True, False, True, False]


def test_of_trades_and_aggregated_trades_one_stream_is_followed_until_it_falls_silent():
    door = Door()
    told = []
    streams = [
        ("trade", 0),
        ("aggTrade", 1),
        ("trade", 1),
        ("aggTrade", 4.9),
        ("aggTrade", 0.2),
        ("trade", 0.9),
        ("aggTrade", 4),
        ("trade", 5.1),
    ]
    for number, (stream, after) in enumerate(streams):
        frame = trade(number, stream=stream, at=door.now + after)
        door.take(frame, after)
        told.append(door.gate.is_followed(frame, door.now))
    assert told == [True, False, True, False, True, False, True, True]
    other = trade(1, stream="aggTrade", symbol="ETHUSDT", at=door.now)
    door.take(other)
    assert door.gate.is_followed(other, door.now)


# -- Depths ----------------------------------------------------------------------------------


def depth(number: int, named: int, **more):
    return book(number, levels=named, named=named, **more)


def test_while_a_deeper_book_is_live_the_others_are_refused():
    door = Door()
    assert door.take_all([depth(1, 20), depth(2, 10), depth(3, 5), depth(4, 20)]) == [
        SHOWN,
        OTHER_DEPTH,
        OTHER_DEPTH,
        SHOWN,
    ]
    assert door.take(depth(9, 10), 5.0) == OTHER_DEPTH
    assert door.take(depth(10, 10), 0.1) == SHOWN


def test_a_deeper_book_takes_over_with_an_id_that_is_news_among_its_like():
    door = Door()
    assert door.take_all([depth(100, 5), depth(99, 20), depth(101, 5), depth(100, 20)]) == [
        SHOWN,
        SHOWN,
        OTHER_DEPTH,
        SHOWN,
    ]


def test_it_takes_over_with_no_other_and_what_was_accepted_before_stays_known():
    door = Door()
    door.take_all([depth(98, 20), depth(99, 20)])
    door.take(depth(100, 5), 5.1)
    assert door.take_all([depth(99, 20), depth(98, 20), depth(101, 20), depth(98, 20)]) == [
        REPEATED,
        REPEATED,
        SHOWN,
        REPEATED,
    ]


@pytest.mark.parametrize("levels", [5, 10])
def test_under_one_name_five_or_ten_levels_within_a_second_of_a_deeper_book_are_another_depth(levels: int):
    door = Door()
    assert door.take_all([book(1), book(2, levels=levels), book(3)]) == [SHOWN, OTHER_DEPTH, SHOWN]
    assert door.take(book(4, levels=levels), 1.0) == OTHER_DEPTH
    assert door.take(book(5, levels=levels), 0.01) == SHOWN


def test_other_numbers_of_levels_are_a_market_that_gets_thinner():
    door = Door()
    assert set(
        door.take_all([book(number, levels=levels) for number, levels in enumerate((20, 15, 9, 6, 4, 3))])
    ) == {SHOWN}


def test_ids_of_a_deeper_book_that_is_withdrawn_bar_none_of_its_like():
    door = Door()
    door.take_all([trade(1), depth(2, 5), depth(3, 5)])
    door.wait(61.0)
    door.take_all([depth(4, 5), depth(0, 20, price=120.0), trade(2, at=door.now)])
    assert door.shown == [2, 3, 4, 0]
    assert len(door.withdrawn) == 1
    door.wait(6.0)
    assert door.take_all([depth(1, 5), depth(1, 20)]) == [SHOWN, SHOWN]


def test_where_the_name_promises_no_depth_a_thin_market_is_not_taken_for_several():
    """Producers name every spot book after whatever stream they were given first."""
    door = Door()
    levels = (20, 9, 8, 9, 7, 20, 8)
    told = door.take_all([book(number, levels=count, named=0) for number, count in enumerate(levels)])
    assert set(told) == {SHOWN}
    assert door.take(book(90, named=0, bids=[]), 0.1) == SHOWN
    assert door.take_all([book(50, named=0), book(91, named=0)]) == [OUT_OF_DATE, SHOWN]
    assert door.take_all([book(40, named=0, levels=19), book(92, named=0, asks=[])]) == [OUT_OF_DATE, SHOWN]


def test_five_and_ten_levels_are_other_depths_there_too():
    door = Door()
    told = door.take_all(
        [book(number, levels=count, named=0) for number, count in enumerate((20, 5, 10, 20))]
    )
    assert told == [SHOWN, OTHER_DEPTH, OTHER_DEPTH, SHOWN]


def test_a_deeper_book_that_is_withdrawn_bars_no_other():
    door = Door()
    door.take_all([trade(1), depth(1, 20), trade(2, 120.0)])
    assert door.take(depth(2, 5, price=120.0)) == SHOWN


def test_a_book_that_had_to_wait_makes_no_silence():
    door = Door()
    door.take_all([trade(1, 100.0), book(9, 120.0), book(7, 112.0)], every=0.1)
    door.take(book(8, 105.0), 0.8)
    door.take(trade(2, 112.0), 0.05)
    assert door.shown == [8, 9]
    assert door.take(book(3, 112.0), 4.9) == OUT_OF_DATE


# -- Ids -------------------------------------------------------------------------------------


def test_two_connections_of_differing_delay_show_everything_once():
    door = Door()
    sent = [(START + number / 10, number) for number in range(300)]
    for at, number in sorted(sent + [(at + 0.35, number) for at, number in sent]):
        door.take(book(number), max(0.0, at - door.now))
    assert door.shown == list(range(300))
    assert door.refused == {REPEATED: 300}


def test_touches_have_an_order_of_their_own():
    door = Door()
    door.take(book(5))
    told = [door.take(touch(number, 99.0, 101.0)) for number in (10, 10, 9, 11)]
    assert told == [HEARD, REPEATED, OUT_OF_DATE, HEARD]
    told = [door.take(touch(number, 99.0, 101.0)) for number in (*range(1, 11), 0)]
    assert told == [OUT_OF_DATE] * 9 + [REPEATED, HEARD]


def test_trades_of_each_market_and_stream_have_an_order_of_their_own():
    door = Door()
    frames = [
        trade(5),
        trade(1, market=KRAKEN),
        trade(1, stream="aggTrade"),
        trade(5),
        trade(1, stream="aggTrade"),
    ]
    assert door.take_all(frames) == [HEARD, HEARD, HEARD, REPEATED, REPEATED]


def test_tickers_are_told_once_and_in_the_order_of_their_times():
    door = Door()
    told = [door.take(ticker(100.0, at=START + at)) for at in (0, 0, 1, 0.5, 2)]
    assert told == [HEARD, REPEATED, HEARD, REPEATED, HEARD]


# -- Reports ---------------------------------------------------------------------------------


def test_reports_may_be_as_old_as_they_like_and_a_minute_ahead():
    door = Door()
    assert door.take(Dominance(50.0, START - 86_400)) == HEARD
    assert door.take(OnchainFlow("BTC", 1.0, 1.0, [], START + 60)) == HEARD
    assert door.take(Dominance(50.0, START + 60.1)) == "ahead_of_time"


# -- Fewer references ------------------------------------------------------------------------


def test_where_one_reference_a_second_will_do_others_are_not_looked_at():
    door = Door(reference_every=1.0)
    door.take(book(1))
    assert [door.take(trade(number), 0.3) for number in range(1, 6)] == [
        HEARD,
        NOT_NEEDED,
        NOT_NEEDED,
        NOT_NEEDED,
        HEARD,
    ]


def test_they_are_when_a_book_waits_for_one_or_they_contradict_what_is_shown():
    door = Door(reference_every=1.0)
    assert door.take_all([trade(1), book(1), book(2, 120.0), trade(2, 101.0)]) == [HEARD, SHOWN, HELD, HEARD]
    assert door.take_all([trade(3, 101.0), trade(4, 120.0)]) == [NOT_NEEDED, HEARD]
    assert len(door.withdrawn) == 1


# -- Memory ----------------------------------------------------------------------------------


def test_made_up_symbols_do_not_pile_up():
    door = Door(max_symbols=10)
    for number in range(1_000):
        door.take(book(1, symbol=f"S{number}"), 0.001)
        door.take(trade(1, symbol=f"T{number}", at=door.now))
        door.gate.blame(f"U{number}", "not_json", door.now)
    assert len(door.gate._symbols) <= 10
    assert len(door.gate._waiting) == 0


def test_a_flood_of_names_does_not_push_out_what_is_heard():
    door = Door(max_symbols=10)
    for number in range(1_000):
        door.take(book(number, symbol="BTCUSDT"), 0.001)
        door.take(book(1, symbol=f"S{number}"))
    assert door.refused == {}
    assert door.take(book(999)) == REPEATED


def test_made_up_venues_do_not_pile_up_and_push_nobody_out():
    door = Door()
    for number in range(1_000):
        told = [
            door.take(frame) for frame in (trade(number), book(number), book(1, market=f"v{number}/spot"))
        ]
        assert told[:2] == [HEARD, SHOWN]
        door.wait(0.01)
    assert len(door.gate._symbols["BTCUSDT"].markets) <= MOST_MARKETS


def test_markets_that_wait_are_decided_about_in_the_order_in_which_they_began_to():
    door = Door()
    door.take_all([contract(number, 7, market=f"v{number}/usdm") for number in range(30)], every=0.01)
    door.wait(2.0)
    assert door.shown == list(range(30))


def test_what_waits_in_a_market_or_symbol_that_made_room_is_forgotten_with_it():
    door = Door(max_symbols=2)
    door.take_all([trade(1, 120.0), book(1), contract(1, 7)])
    for number in range(100):
        door.take(book(1, market=f"v{number}/spot"), 0.001)
    for number in range(100):
        door.take(book(1, symbol=f"S{number}"))
    door.wait(1.1)
    assert not door.gate._waiting


def test_made_up_depths_and_ids_do_not_pile_up():
    door = Door()
    for number in range(5_000):
        door.take(contract(5_000 - number, named=1 + number % 999), 0.001)
        door.take(book(number * 7 % 5_000, named=1 + number % 999), 0.001)
        door.take(touch(number * 7 % 5_000, 99.0, 101.0))
    door.gate.tidy(door.now)
    for market in door.gate._symbols["BTCUSDT"].markets.values():
        assert len(market.claims or {}) <= 16
        assert len(market.depth_ids or {}) <= 16
        assert len(market.recent) <= REMEMBERED
        assert not market.touches or len(market.touches.recent) <= REMEMBERED
        assert len(market.lower or {}) <= 10
        assert len(market.held or ()) <= 20
        assert sum(len(claim.held) for claim in (market.claims or {}).values()) <= 10 * 16


def test_a_diff_of_an_unknown_market_is_counted_and_nothing_withdrawn():
    door = Door()
    assert door.take(diff(1)) == "diff_depth"
    assert (door.withdrawn, door.is_live()) == ([], False)

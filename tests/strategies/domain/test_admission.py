"""What strategies may see."""

import pytest

from metrics.domain.book import Refused
from metrics.domain.frames import Dominance
from strategies.domain.admission import Admission
from strategies.domain.recent import Recent
from tests.strategies.scenes import START, balanced, book, flow, ticker, touch, trade


def admission(**changed):
    return Admission(**{"stale_after": 5.0, "max_symbols": 100} | changed)


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        (book([(2.0, 1.0)], [(1.0, 1.0)]), "crossed"),
        (book([(1.0, 1.0), (2.0, 1.0)], [(3.0, 1.0)]), "unordered_levels"),
        (book([(2.0, 1.0)], [(3.0, 1.0), (3.0, 2.0)]), "duplicate_price"),
    ],
)
def test_unsound_books_are_refused(update, reason):
    with pytest.raises(Refused, match=reason):
        admission().check_book(update, START)


def test_empty_levels_are_dropped():
    update = book([(2.0, 0.0), (1.0, 1.0)], [(3.0, 1.0)])
    admission().check_book(update, START)
    assert update.bids == [(1.0, 1.0)]


def test_old_books_and_other_forms_are_refused_and_other_venues_are_not():
    gate = admission()
    gate.check_book(balanced(update_id=10), START)
    with pytest.raises(Refused, match="out_of_date"):
        gate.check_book(balanced(update_id=10), START + 1)
    with pytest.raises(Refused, match="market_mismatch"):
        gate.check_book(balanced(update_id=11, market="binance/usdm"), START + 1)
    gate.check_book(balanced(update_id=3, market="kraken/spot"), START + 1)
    gate.check_book(balanced(update_id=4, market="binance/spot"), START + 6)


def test_touches_that_go_back_are_refused_and_new_runs_are_not():
    gate = admission()
    gate.check_ticker(touch(1.0, 2.0, update_id=10), START)
    for late in (touch(1.0, 2.0, update_id=10), touch(1.0, 2.0, update_id=9)):
        with pytest.raises(Refused, match="out_of_date"):
            gate.check_ticker(late, START + 1)
    with pytest.raises(Refused, match="market_mismatch"):
        gate.check_ticker(touch(1.0, 2.0, update_id=11, form="usdm"), START + 1)
    gate.check_ticker(touch(1.0, 2.0, update_id=3, venue="kraken"), START + 1)
    gate.check_book(balanced(update_id=5), START + 1)  # books have ids of their own to follow
    gate.check_ticker(touch(1.0, 2.0, update_id=11), START + 2)
    for _ in range(9):
        with pytest.raises(Refused, match="out_of_date"):
            gate.check_ticker(touch(1.0, 2.0, update_id=4), START + 3)
    gate.check_ticker(touch(1.0, 2.0, update_id=4), START + 3)
    gate.check_ticker(touch(1.0, 2.0, update_id=2, form="usdm"), START + 8.1)


def test_a_report_may_be_dated_a_day_ahead_and_no_more():
    gate = admission()
    gate.check_report(flow(15.0, period=24), START)
    with pytest.raises(Refused, match="ahead_of_time"):
        gate.check_report(flow(15.0, period=24.1), START)


def test_one_venue_is_followed_until_it_falls_silent():
    gate = admission()
    frames = [("binance", 0), ("kraken", 1), ("binance", 2), ("kraken", 6.9), ("kraken", 7.1), ("binance", 8)]
    told = [gate.is_followed(trade(1.0, venue=venue), START + at) for venue, at in frames]
    assert told == [True, False, True, False, True, False]
    assert gate.is_followed(ticker(1.0, venue="binance"), START + 8)
    assert gate.is_followed(Dominance(50.0, 0.0), START)


def test_of_trades_and_aggregated_trades_one_kind_is_followed_until_it_falls_silent():
    gate = admission()
    frames = [
        (False, 0),
        (True, 1),
        (False, 2),
        (True, 6.9),
        (True, 7.1),
        (False, 8),
        (True, 12),
        (False, 17.1),
    ]
    told = [gate.is_followed(trade(1.0, aggregated=kind), START + at) for kind, at in frames]
    assert told == [True, False, True, False, True, False, True, True]
    assert gate.is_followed(trade(1.0, symbol="ETHUSDT", aggregated=True), START + 8)


def test_a_venue_is_kept_while_either_kind_of_its_trades_comes():
    gate = admission()
    assert gate.is_followed(trade(1.0), START)
    for at in (4, 5.5):
        gate.is_followed(trade(1.0, aggregated=True), START + at)
    assert not gate.is_followed(trade(1.0, venue="kraken"), START + 6)
    assert gate.is_followed(trade(1.0, aggregated=True), START + 7)


def test_tells_the_newest_book_of_the_followed_venue():
    gate = admission()
    assert gate.book_seen("BTCUSDT", START) is None
    for update, at in [(balanced(update_id=5), 0.0), (balanced(update_id=9, market="okx/spot"), 0.5)]:
        gate.check_book(update, START + at)
        gate.is_followed(update, START + at)
    seen = gate.book_seen("BTCUSDT", START + 1.25)
    assert (seen.update_id, seen.state, seen.age_ms) == (5, "live", 1250)
    assert gate.book_seen("BTCUSDT", START + 5.5).state == "stale"
    one_sided = book([(1.0, 1.0)], [], update_id=6)
    gate.check_book(one_sided, START + 6)
    assert gate.book_seen("BTCUSDT", START + 6).state == "one_sided"


def test_made_up_names_do_not_pile_up():
    gate = admission(max_symbols=10)
    for number in range(1000):
        update = balanced(symbol=f"S{number}")
        gate.check_book(update, START)
        gate.is_followed(update, START)
    assert len(gate._markets) == len(gate._followed) == 10


def test_recent_forgets_what_was_untouched_for_longest():
    recent: Recent[str, list[int]] = Recent(list, 2)
    recent["a"].append(1)
    recent["b"].append(2)
    recent["a"].append(3)
    recent["c"].append(4)
    assert recent.get("b") is None
    assert recent["a"] == [1, 3]
    assert recent.evicted == 1

"""What the analyzer accepts, what it refuses, and what it hands out. Time moves only when told."""

from decimal import Decimal
from itertools import count
from statistics import median
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.answers import Body
from metrics.answers.book import book_answer
from metrics.answers.market import row_answer
from metrics.domain.analyzer import LONGEST_KEPT, Current, DepthAnalyzer
from metrics.domain.book import BookUpdate, Ladder, Refused, Sides
from metrics.domain.frames import Trade
from metrics.domain.market import Expiry
from tests import oracle
from tests.books import WireLevels, books, floats, precise_books
from tests.factories import ASKS, BIDS, START, book_update, depth_analyzer

CROSSING = [(99.0, 1.0)]


@pytest.fixture
def analyzer() -> DepthAnalyzer:
    return depth_analyzer(expiry=Expiry(stale_after=5.0, ttl=60.0))


def refusal(analyzer: DepthAnalyzer, update: BookUpdate, now: float) -> str | None:
    """The reason `update` is refused for, None where it is accepted."""
    try:
        analyzer.update(update, now)
    except Refused as refused:
        return refused.reason
    return None


def drained(analyzer: DepthAnalyzer, now: float, symbol: str = "BTCUSDT") -> Current:
    assert symbol in analyzer.drain().changed
    return analyzer.current(symbol, now)


def handed_out(analyzer: DepthAnalyzer) -> tuple[list[str], list[str], int]:
    """Symbols that changed, symbols that are gone, and how many updates that were."""
    changed, removed, _, _, ticks = analyzer.drain()
    return changed, removed, len(ticks.times)


NOTHING: tuple[list[str], list[str], int] = ([], [], 0)


# -- Numbers ---------------------------------------------------------------------------------


@given(book=books() | precise_books(), levels=st.integers(1, 25))
def test_row__any_book__equals_exact_decimals(book: tuple[WireLevels, WireLevels], levels: int):
    analyzer = depth_analyzer(levels=levels)
    analyzer.update(book_update(bids=floats(book[0]), asks=floats(book[1])), START)
    row: Body = row_answer(drained(analyzer, START).row, analyzer.expiry, START)
    exact = oracle.depth(oracle.side(book[0]), oracle.side(book[1]), levels)
    prices = [Decimal(side[0][0]) for side in book]
    for name, path, tolerance in (
        ("net_pressure", "pressure.net_pressure", oracle.rounding(2)),
        ("imbalance_percent", "imbalance.percent", oracle.rounding(2)),
        ("spread_bps", "spread.spread_bps", oracle.price_ratio(exact["spread.spread_bps"])),
        ("total_liquidity", "liquidity.total", oracle.digits(exact["liquidity.total"])),
        ("mid_price", "spread.mid_price", oracle.mid(exact["spread.mid_price"], prices)),
    ):
        assert oracle.same(row[name], exact[path], tolerance), name


@given(book=precise_books())
def test_row_and_answer__of_one_book__tell_the_same_numbers(book: tuple[WireLevels, WireLevels]):
    analyzer = depth_analyzer()
    analyzer.update(book_update(bids=floats(book[0]), asks=floats(book[1])), START)
    newest = drained(analyzer, START)
    row = row_answer(newest.row, analyzer.expiry, START)
    depth: Any = book_answer(newest.book, analyzer.expiry, START, 20)
    assert row["mid_price"] == depth["spread"]["mid_price"]
    assert row["spread_bps"] == depth["spread"]["spread_bps"]
    assert row["net_pressure"] == depth["pressure"]["net_pressure"]


@given(series=st.lists(books(max_levels=3), min_size=1, max_size=8))
def test_ticks__one_per_update_in_order(series: list[tuple[WireLevels, WireLevels]]):
    analyzer = depth_analyzer()
    times = [START + 61 * number for number in range(len(series))]  # any price: jumps are forgotten by then
    for number, (at, (bids, asks)) in enumerate(zip(times, series, strict=True)):
        analyzer.update(book_update(bids=floats(bids), asks=floats(asks), update_id=number), at)
    ticks = analyzer.drain().ticks
    assert ticks.times.tolist() == times
    exact = [oracle.depth(oracle.side(bids), oracle.side(asks)) for bids, asks in series]
    for column, path, tolerance in (
        (ticks.ratios, "imbalance.ratio", 1e-9),
        (ticks.mids, "spread.mid_price", 1e-9),
        (ticks.totals, "liquidity.total", 1e-9),
        (ticks.spreads_bps, "spread.spread_bps", 1e-6),
    ):
        assert column.tolist() == pytest.approx(
            [float(numbers[path]) for numbers in exact], rel=tolerance, abs=1e-9
        )


def test_contract_example__row(analyzer: DepthAnalyzer):
    analyzer.update(book_update(), START)
    row = drained(analyzer, START).row
    assert row_answer(row, analyzer.expiry, START + 0.041) == {
        "timestamp": "2023-11-14T22:14:00.000Z",
        "state": "live",
        "reason": None,
        "age_ms": 41,
        "halted": False,
        "net_pressure": 32.35,
        "imbalance_percent": 32.35,
        "spread_bps": 49.8753,
        "spread_bps_10s": 49.8753,
        "total_liquidity": 6.8,
        "mid_price": 100.25,
        "quote_asset": "USDT",
        "trend": "neutral",
    }


@given(st.lists(st.tuples(st.floats(0.2, 4.0), st.integers(1, 500)), min_size=1, max_size=60))
def test_spread_10s__is_the_median_of_what_was_published_in_ten_seconds(steps: list[tuple[float, int]]):
    analyzer, now, published = depth_analyzer(), START, list[tuple[float, float]]()
    for number, (pause, width) in enumerate(steps):
        now += pause
        for update_id, asks in ((2 * number, [(300.0, 1.0)]), (2 * number + 1, [(100 + width / 100, 1.0)])):
            analyzer.update(book_update(update_id=update_id, bids=[(100.0, 1.0)], asks=asks), now)
        row = drained(analyzer, now).row
        assert row.spread_bps is not None
        published.append((now, row.spread_bps))
        assert row.spread_bps_10s == median(spread for at, spread in published if at > now - 10)


def test_trend__of_the_last_minute__by_time_and_not_by_count(analyzer: DepthAnalyzer):
    ids = count(1)
    for second in range(50):
        analyzer.update(book_update(asks=[(100.5, 0.001)], update_id=next(ids)), START + second)
    for second in range(50, 60):
        analyzer.update(book_update(bids=[(100.0, 0.001)], update_id=next(ids)), START + second)
    row = drained(analyzer, START + 59.5).row
    assert (row.trend, row.trend_strength) == ("bearish", 1.0)


# -- Order of arrival ------------------------------------------------------------------------


@pytest.mark.parametrize(("update_id", "reason"), [(7, "repeated"), (6, "out_of_date"), (0, "out_of_date")])
def test_id_not_newer__refused_and_without_effect(analyzer: DepthAnalyzer, update_id: int, reason: str):
    analyzer.update(book_update(update_id=7), START)
    analyzer.drain()
    assert refusal(analyzer, book_update(asks=[(150.0, 1.0)], update_id=update_id), START + 1) == reason
    assert handed_out(analyzer) == NOTHING
    assert (analyzer.accepted, analyzer.new_runs) == (1, 0)


def test_ten_lower_ids_in_a_row__the_tenth_begins_a_new_run(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1000), START)
    reasons = [refusal(analyzer, book_update(update_id=number), START + 1) for number in range(1, 12)]
    assert reasons == ["out_of_date"] * 9 + [None, None]
    assert (analyzer.new_runs, analyzer.accepted) == (1, 3)
    assert drained(analyzer, START + 1).book.update_id == 11


def test_lower_ids__broken_by_a_newer_one__begin_no_run(analyzer: DepthAnalyzer):
    """Several workers of one producer publish out of order; a trade shows that all of it is one coin."""
    analyzer.hear(Trade("BTCUSDT", "binance/spot", 1, 100.25, 1.0, False, START, START), START)
    analyzer.update(book_update(update_id=1000), START)
    for newest in (1001, 1002, 1003):
        for number in range(9):
            assert refusal(analyzer, book_update(update_id=number), START) == "out_of_date"
        analyzer.update(book_update(update_id=newest), START)
    assert analyzer.new_runs == 0


def test_the_same_id_again_and_again__is_no_new_run(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1000), START)
    assert {refusal(analyzer, book_update(update_id=1000), START + 1) for _ in range(30)} == {"repeated"}


@pytest.mark.parametrize(("silence", "expected"), [(5.0, "out_of_date"), (5.001, None)])
def test_lower_id_after_silence__begins_a_new_run(
    analyzer: DepthAnalyzer, silence: float, expected: str | None
):
    analyzer.update(book_update(update_id=1000), START)
    assert refusal(analyzer, book_update(update_id=1), START + silence) == expected
    assert analyzer.new_runs == (expected is None)


def test_new_run__that_is_crossed__begins_nothing(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1000), START)
    assert refusal(analyzer, book_update(update_id=1, asks=CROSSING), START + 6) == "crossed"
    assert analyzer.new_runs == 0
    analyzer.update(book_update(update_id=2), START + 6)
    assert analyzer.new_runs == 1


def test_ids_of_one_symbol__do_not_matter_to_another(analyzer: DepthAnalyzer):
    analyzer.update(book_update("BTCUSDT", update_id=1000), START)
    analyzer.update(book_update("ETHUSDT", update_id=1), START)
    assert analyzer.accepted == 2


# -- Two markets of one name -----------------------------------------------------------------


@pytest.mark.parametrize("other", ["binance/usdm", "coinbase/spot"])
def test_other_market_while_one_is_live__mismatch(analyzer: DepthAnalyzer, other: str):
    analyzer.update(book_update(update_id=5), START)
    analyzer.drain()
    for number in range(20):
        assert refusal(analyzer, book_update(market=other, update_id=number), START + 4) == "market_mismatch"
    assert handed_out(analyzer) == NOTHING
    assert refusal(analyzer, book_update(update_id=6), START + 4) is None


def test_other_market_after_silence__takes_over(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=5), START)
    analyzer.update(book_update(market="binance/usdm", update_id=1), START + 5.001)
    assert analyzer.new_runs == 0
    assert refusal(analyzer, book_update(update_id=6), START + 6) == "market_mismatch"


def test_mismatches__do_not_keep_a_silent_market_alive(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=5), START)
    for second in (1, 2, 3, 4, 5):
        assert refusal(analyzer, book_update(market="binance/usdm"), START + second) == "market_mismatch"
    assert refusal(analyzer, book_update(market="binance/usdm"), START + 5.5) is None


# -- States ----------------------------------------------------------------------------------


def test_crossed__last_good_numbers_stay_under_that_state(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1), START)
    good = drained(analyzer, START)
    assert refusal(analyzer, book_update(update_id=2, asks=CROSSING), START + 1) == "crossed"
    ticks = analyzer.drain().ticks
    change = analyzer.current("BTCUSDT", START + 1)
    assert change.row.book == change.book.book == "crossed"
    assert (change.row.imbalance_ratio, change.row.mid_price) == (good.row.imbalance_ratio, 100.25)
    assert change.book.ladder == good.book.ladder
    assert change.row.received_at == START
    assert not ticks.runs


def test_crossed__told_once_and_over_with_the_next_sound_book(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1), START)
    for number in (2, 3):
        refusal(analyzer, book_update(update_id=number, asks=CROSSING), START + 1)
    analyzer.drain()
    refusal(analyzer, book_update(update_id=4, asks=CROSSING), START + 2)
    assert handed_out(analyzer) == NOTHING
    assert [each.symbol for each in analyzer.not_live(START + 2)] == ["BTCUSDT"]
    analyzer.update(book_update(update_id=5), START + 3)
    assert drained(analyzer, START + 3).row.book == "live"


def test_crossed_from_the_start__nothing_is_tracked(analyzer: DepthAnalyzer):
    assert refusal(analyzer, book_update(asks=CROSSING), START) == "crossed"
    assert handed_out(analyzer) == NOTHING
    assert not analyzer.states


@pytest.mark.parametrize(("bids", "asks"), [(BIDS, []), ([], ASKS), (BIDS, [(101.0, 0.0)])])
def test_one_side_only__what_needs_both_is_none(analyzer: DepthAnalyzer, bids: list, asks: list):
    analyzer.update(book_update(update_id=1), START)
    analyzer.drain()
    analyzer.update(book_update(update_id=2, bids=bids, asks=asks), START + 1)
    ticks = analyzer.drain().ticks
    row = analyzer.current("BTCUSDT", START + 1).row
    assert row.book == "one_sided"
    assert (row.imbalance_ratio, row.mid_price, row.spread_bps, row.net_pressure) == (None,) * 4
    assert row.spread_bps_10s is None
    assert row.total_liquidity == (2.3 if asks is ASKS else 4.5)
    assert not ticks.runs
    assert [each.symbol for each in analyzer.not_live(START + 1)] == ["BTCUSDT"]


def test_malformed_books__leave_everything_as_it_was(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1), START)
    analyzer.drain()
    for bids, asks, reason in (
        ([], [], "empty_book"),
        (BIDS[::-1], ASKS, "unordered_levels"),
        (BIDS, [ASKS[0], ASKS[0]], "duplicate_price"),
    ):
        assert refusal(analyzer, book_update(update_id=9, bids=bids, asks=asks), START + 1) == reason
    assert handed_out(analyzer) == NOTHING
    assert refusal(analyzer, book_update(update_id=2), START + 1) is None


def test_not_live__silent_symbols_only(analyzer: DepthAnalyzer):
    analyzer.update(book_update("AAAUSDT"), START)
    analyzer.update(book_update("BBBUSDT"), START + 4)
    assert [each.symbol for each in analyzer.not_live(START + 5)] == []
    assert [each.symbol for each in analyzer.not_live(START + 5.001)] == ["AAAUSDT"]


# -- Handing out -----------------------------------------------------------------------------


def test_drain__newest_per_symbol_and_then_nothing(analyzer: DepthAnalyzer):
    for number in range(5):
        analyzer.update(book_update(update_id=number, bids=[(90.0 + number, 1.0)]), START + number)
    analyzer.update(book_update("ETHUSDT"), START)
    changed, removed, _, _, ticks = analyzer.drain()
    assert changed == ["BTCUSDT", "ETHUSDT"]
    assert {run.symbol: run.end - run.begin for run in ticks.runs} == {"BTCUSDT": 5, "ETHUSDT": 1}
    assert analyzer.current("BTCUSDT", START + 5).book.ladder.bids == [(94.0, 1.0)]
    assert removed == []
    assert handed_out(analyzer) == NOTHING


def test_marked_again__handed_out_again_without_their_ticks(analyzer: DepthAnalyzer):
    analyzer.update(book_update(), START)
    first = drained(analyzer, START)
    analyzer.mark_changed(["BTCUSDT", "NEVERSEEN"])
    changed, _, _, _, ticks = analyzer.drain()
    assert changed == ["BTCUSDT"]
    assert analyzer.current("BTCUSDT", START) == first
    assert not ticks.runs


def test_removed_marked_again__only_while_it_is_gone(analyzer: DepthAnalyzer):
    analyzer.update(book_update(), START)
    analyzer.drain()
    analyzer.expire(START + 61)
    assert handed_out(analyzer) == ([], ["BTCUSDT"], 0)
    analyzer.mark_removed(["BTCUSDT"])
    assert handed_out(analyzer) == ([], ["BTCUSDT"], 0)
    analyzer.update(book_update(update_id=2), START + 62)
    analyzer.mark_removed(["BTCUSDT"])
    assert handed_out(analyzer) == (["BTCUSDT"], [], 1)


def test_expire__after_the_time_to_live(analyzer: DepthAnalyzer):
    analyzer.update(book_update("OLDUSDT"), START)
    analyzer.update(book_update("NEWUSDT"), START + 30)
    analyzer.drain()
    analyzer.expire(START + 60)
    assert handed_out(analyzer) == NOTHING
    analyzer.expire(START + 60.001)
    assert handed_out(analyzer) == ([], ["OLDUSDT"], 0)
    assert list(analyzer.states) == ["NEWUSDT"]


def test_expired__any_id_is_welcome_again(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1000), START)
    analyzer.expire(START + 61)
    analyzer.update(book_update(update_id=1, market="binance/usdm"), START + 61)
    assert handed_out(analyzer) == (["BTCUSDT"], [], 1)
    assert analyzer.new_runs == 0


def test_long_message__is_not_kept__only_its_levels_are():
    def never(message: bytes) -> Sides:
        raise AssertionError(message)

    analyzer = DepthAnalyzer(never, levels=2)
    long = msgspec.structs.replace(book_update(), message=b" " * (LONGEST_KEPT + 1))
    analyzer.update(long, START)
    assert drained(analyzer, START).book.ladder == Ladder(BIDS[:2], ASKS[:2])


# -- The cap on symbols ----------------------------------------------------------------------


def test_cap__the_longest_silent_makes_room():
    analyzer = depth_analyzer(max_symbols=3)
    for second, symbol in enumerate(("AAA", "BBB", "CCC")):
        analyzer.update(book_update(symbol), START + second)
    analyzer.update(book_update("AAA", update_id=2), START + 3)
    analyzer.update(book_update("DDD"), START + 4)
    assert sorted(analyzer.states) == ["AAA", "CCC", "DDD"]
    assert analyzer.evicted == 1
    assert handed_out(analyzer) == (["AAA", "CCC", "DDD"], [], 4)  # nobody has been told of BBB


def test_cap__a_flood_of_new_names__stays_under_it_and_counts():
    analyzer = depth_analyzer(max_symbols=200)
    for number in range(5_000):
        analyzer.update(book_update(f"S{number}"), START + number / 1000)
        assert len(analyzer.states) <= 200
    assert analyzer.evicted == 5_000 - len(analyzer.states)
    assert "S4999" in analyzer.states
    changed, removed, updates = handed_out(analyzer)
    assert changed == list(analyzer.states)
    assert removed == []
    assert updates == len(changed)


def test_cap__a_flood_that_is_handed_out__is_taken_back_and_forgotten():
    analyzer = depth_analyzer(max_symbols=200)
    there: dict[str, None] = {}
    known_since: dict[str, float] = {}
    for number in range(5_000):
        analyzer.update(book_update(f"S{number}"), START + number / 1000)
        known_since[f"S{number}"] = START + number / 1000
        if number % 50 == 49:
            drained = analyzer.drain()
            for symbol in drained.removed:
                del there[symbol]
            there |= dict.fromkeys(drained.changed)
            for symbol, since in drained.forgotten.items():
                assert known_since.pop(symbol) == since
            assert list(there) == list(analyzer.states)
            assert len(known_since) <= 200


def test_cap__a_flood_does_not_push_out_who_has_been_heard_for_a_minute():
    analyzer = depth_analyzer(max_symbols=50)
    for second in range(0, 300, 4):
        analyzer.update(book_update("SLOWUSDT", update_id=second), START + second)
        if second >= 60:
            for number in range(200):
                analyzer.update(book_update(f"S{second}X{number}"), START + second + number / 1000)
            assert "SLOWUSDT" in analyzer.states


def test_removed__while_nobody_takes_it__stays_within_the_cap():
    analyzer = depth_analyzer(max_symbols=100)
    for number in range(2_000):
        analyzer.mark_removed([f"S{number}"])
    assert handed_out(analyzer)[1] == sorted(f"S{number}" for number in range(1_900, 2_000))


def test_forgotten_by_the_rules__shown_no_more():
    """Who is remembered to be held against is more than who is shown: both have the same cap."""
    analyzer = depth_analyzer(max_symbols=10)
    analyzer.update(book_update("AAA"), START)
    analyzer.drain()
    for number in range(20):
        told = Trade(f"T{number}", "binance/spot", 1, 1.0, 1.0, True, START, START)
        analyzer.admission.hear(told, START + 1)
    drained = analyzer.drain()
    assert (drained.removed, drained.forgotten["AAA"]) == (["AAA"], START)
    assert not analyzer.states


def test_cap__refused_newcomer_evicts_nobody():
    analyzer = depth_analyzer(max_symbols=1)
    analyzer.update(book_update("AAA"), START)
    assert refusal(analyzer, book_update("BBB", asks=CROSSING), START) == "crossed"
    assert list(analyzer.states) == ["AAA"]

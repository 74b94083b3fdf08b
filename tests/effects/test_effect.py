"""What a change did: which signals are compared, in which spans, and what is shown of the market and of all else."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from configuration import services
from configuration.models import StrategyConfig
from effects import signals
from halts.domain import HaltRecord
from halts.services import adopt
from metrics.models import MinuteRollup
from tests.alerts.factories import fired, saved
from tests.effects.past import (
    AT,
    MINUTE,
    RITA,
    SKEW,
    changed,
    dated,
    decided,
    effect,
    long_kept,
    minute,
    moment,
)
from tests.strategies.ledger.signals import HALTED, TOO_OLD

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("store", "nothing_set", "nobody_remembered"),
]


@pytest.fixture(autouse=True)
def _the_ledger_reaches_back(db: None) -> None:
    long_kept()


def numbers(found, length: str = "1h") -> tuple[int, int]:
    """Signals before and after."""
    [pair] = [each for each in found.comparisons if each.length == length]
    return pair.before.signals.signals, pair.after.signals.signals


def test_signals_are_counted_in_equal_spans_before_and_after():
    change = changed({"top_levels": 7}, "BTCUSDT")
    decided(-3600.5, -3599.0, -1000.0, -0.5, 0.0, 10.0, 899.0, 900.0, 3600.0)
    found = effect(change)
    assert [numbers(found, length) for length in ("15m", "1h", "24h")] == [(1, 3), (3, 4), (4, 5)]
    first = found.comparisons[0]
    assert (first.before.signals.per_hour, first.after.signals.per_hour) == (4.0, 12.0)
    assert (first.before.end, first.after.start) == (AT, AT)


def test_of_one_symbol_its_signals_alone_and_of_this_strategy():
    change = changed({"top_levels": 7}, "BTCUSDT")
    decided(1.0)
    decided(2.0, symbol="ETHUSDT")
    decided(3.0, strategy_id="trade_momentum")
    assert numbers(effect(change)) == (0, 1)


def test_of_all_symbols_those_are_left_out_that_had_a_value_of_their_own_of_what_was_changed():
    changed({"top_levels": 3}, "ETHUSDT", at=-9e5)
    changed({"buy_threshold": 1.5}, "SOLUSDT", at=-9e5)  # of something else
    changed({"top_levels": 3}, "ADAUSDT", at=-9e5)
    changed({"top_levels": None, "base_confidence": 0.7}, "ADAUSDT", at=-8e5)  # no more
    change = changed({"top_levels": 7})
    changed({"top_levels": 4}, "XRPUSDT", at=60.0)  # not yet
    for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT", "ADAUSDT", "XRPUSDT"):
        decided(100.0, symbol=symbol)
    found = effect(change)
    assert found.left_out == ["ETHUSDT"]
    assert numbers(found) == (0, 4)


def test_a_value_set_at_one_stroke_with_it_is_a_value_of_its_own():
    levels: dict[str | None, dict[str, int]] = {None: {"top_levels": 7}, "ETHUSDT": {"top_levels": 3}}
    services.write_levels({SKEW: levels}, author=RITA)
    dated(list(StrategyConfig.history.all()), 0.0)
    assert effect(StrategyConfig.history.get(symbol="")).left_out == ["ETHUSDT"]


def test_a_removed_level_has_no_values_of_its_own():
    changed({"top_levels": 3}, "ETHUSDT", at=-9e5)
    services.delete(SKEW, "ETHUSDT", author=RITA)
    assert effect(changed({"top_levels": 7})).left_out == []


def test_the_next_change_of_the_level_cuts_both_sides_and_so_does_the_one_before():
    changed({"top_levels": 5}, "BTCUSDT", at=-40 * MINUTE)
    change = changed({"top_levels": 7}, "BTCUSDT")
    changed({"top_levels": 9}, "BTCUSDT", at=20 * MINUTE)
    changed({"top_levels": 8}, at=5 * MINUTE)  # another level
    decided(-21 * MINUTE, -19 * MINUTE, 19 * MINUTE, 21 * MINUTE)
    found = effect(change)
    assert [(each.seconds, each.cut_by) for each in found.comparisons] == [
        (900.0, None),
        (1200.0, "next_change"),
        (1200.0, "next_change"),
    ]
    assert numbers(found) == (1, 1)
    assert found.previous is not None
    assert found.next is not None
    assert (found.previous.version, found.version, found.next.version) == (1, 2, 3)
    assert found.next.at == moment(20 * MINUTE)


def test_it_fills_in_as_time_passes():
    change = changed({"top_levels": 7}, "BTCUSDT")
    decided(-11 * MINUTE, -9 * MINUTE, 5 * MINUTE, 10 * MINUTE)
    early, later = effect(change, wait=10 * MINUTE), effect(change, wait=20 * MINUTE)
    assert (numbers(early, "15m"), numbers(later, "15m")) == ((1, 1), (2, 2))
    assert [each.fills_until for each in early.comparisons] == [
        moment(15 * MINUTE), moment(60 * MINUTE), moment(24 * 60 * MINUTE),
    ]  # fmt: skip
    assert [each.fills_until is None for each in later.comparisons] == [True, False, False]
    assert (early.nearby.fills_until, later.nearby.fills_until) == (moment(15 * MINUTE), None)


def test_a_change_of_this_moment_has_nothing_to_be_compared_yet():
    decided(-5.0)
    found = effect(changed({"top_levels": 7}), wait=0.0)
    assert {each.seconds for each in found.comparisons} == {0.0}
    assert found.comparisons[0].before.signals.per_hour is None
    assert numbers(found) == (0, 0)


def test_states_and_sides_and_outcomes_with_of_how_many_they_are_known():
    change = changed({"top_levels": 7}, "BTCUSDT")
    decided(1.0, 2.0, bps=4.0)
    decided(3.0, bps=-2.0, action="sell")
    decided(4.0, action="sell", fate=HALTED)
    decided(5.0, fate=TOO_OLD)
    after = effect(change).comparisons[0].after.signals
    assert after.states == {"sent": 3, "halted": 1, "held_back": 1}
    assert after.sides == {"buy": 3, "sell": 2, "hold": 0}
    assert after.known == {"1m": 0, "5m": 3, "15m": 0}
    assert after.mean_bps == {"1m": None, "5m": 2.0, "15m": None}


def test_means_of_several_symbols_are_means_of_signals():
    change = changed({"top_levels": 7})
    decided(1.0, 2.0, 3.0, bps=1.0)
    decided(4.0, bps=5.0, symbol="ETHUSDT")
    assert effect(change).comparisons[0].after.signals.mean_bps["5m"] == 2.0


def test_where_the_ledger_begins_both_sides_end(monkeypatch: pytest.MonkeyPatch):
    change = changed({"top_levels": 7}, "BTCUSDT")
    decided(-10 * MINUTE, 9 * MINUTE, 11 * MINUTE)
    monkeypatch.setattr(signals, "kept_since", lambda: moment(-10 * MINUTE))
    found = effect(change)
    assert {(each.seconds, each.cut_by) for each in found.comparisons} == {(600.0, "ledger")}
    assert (numbers(found), found.ledger_since) == ((1, 1), moment(-10 * MINUTE))


def test_every_span_has_its_own_signals_and_those_of_the_shorter_ones():
    """Against counting one by one, of random moments."""
    rng = random.Random(11)
    moments = [rng.choice((1, -1)) * rng.uniform(0, 90_000) ** rng.choice((0.7, 1.0)) for _ in range(200)]
    change = changed({"top_levels": 7})
    for symbol in ("BTCUSDT", "ETHUSDT"):
        decided(*moments[symbol == "BTCUSDT" :: 2], symbol=symbol)
    for pair in effect(change).comparisons:
        before = sum(-pair.seconds <= second < 0 for second in moments)
        after = sum(0 <= second < pair.seconds for second in moments)
        assert (pair.before.signals.signals, pair.after.signals.signals) == (before, after)
        assert sum(pair.after.signals.sides.values()) == after


@pytest.mark.parametrize("symbol", [None, "BTCUSDT"])
def test_of_very_many_signals_the_nearest_are_counted_and_both_sides_stay_equal(
    symbol: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(signals, "MOST_COUNTED", 3)
    change = changed({"top_levels": 7}, symbol)
    decided(-500.0, -400.0, -300.0, -200.0, -100.0)
    decided(10.0, 20.0, 250.0, 1000.0)
    found = effect(change)
    assert {(each.seconds, each.cut_by) for each in found.comparisons} == {(300.0, "many_signals")}
    assert numbers(found) == (3, 3)


def test_the_market_then_and_now_is_of_the_symbol():
    change = changed({"top_levels": 7}, "BTCUSDT")
    MinuteRollup.objects.bulk_create(
        [minute(-2), minute(-1, mid_close=101.0), minute(0, pressure_mean=-8.0), minute(0, "ETHUSDT")]
    )
    found = effect(change)
    first = found.comparisons[0]
    assert found.market_of == ["BTCUSDT"]
    assert (first.before.market.minutes, first.after.market.minutes) == (2, 1)
    assert (first.before.market.pressure, first.after.market.pressure) == (5.0, -8.0)
    assert (first.after.market.spread_bps, first.after.market.cost_bps) == (2.0, 3.0)
    assert first.before.market.volatility_bps == pytest.approx(99.5033)
    assert first.after.market.volatility_bps is None


def test_of_all_symbols_it_is_that_of_those_with_the_most_signals():
    names = [f"{letter}USDT" for letter in "ABCDEF"]
    change = changed({"top_levels": 7})
    decided(1.0, 2.0, symbol="FUSDT")
    for name in names[:5]:
        decided(-5.0, 3.0, 4.0, symbol=name)
    MinuteRollup.objects.bulk_create([minute(0, name, spread_bps_mean=i) for i, name in enumerate(names)])
    found = effect(change)
    assert found.market_of == names[:5]
    assert (found.comparisons[0].after.market.spread_bps, found.comparisons[0].after.market.minutes) == (
        2.0,
        5,
    )


def test_alerts_of_the_quarter_hours_beside_it_are_those_of_the_symbol_and_of_what_is_no_market():
    rule = saved(name="Thin")
    change = changed({"top_levels": 7}, "BTCUSDT")
    for symbol, at in (("BTCUSDT", -60), ("BTCUSDT", 60), ("ETHUSDT", 30), ("BTCUSDT", 901)):
        fired(rule, symbol, fired_at=moment(at), resolved_at=moment(at + 9), resolved_because="back")
    fired(rule, "", market="", entity=SKEW, fired_at=moment(90))
    found = effect(change).nearby
    assert found.alerts is not None
    assert [(each.about, each.fired_at) for each in found.alerts] == [
        (SKEW, moment(90)), ("BTCUSDT", moment(60)), ("BTCUSDT", moment(-60)),
    ]  # fmt: skip
    assert found.alerts_counted is not None
    assert (found.alerts_counted.before, found.alerts_counted.after) == (1, 2)


def test_who_may_not_see_alerts_is_told_of_none():
    found = effect(changed({"top_levels": 7}), may_see_alerts=False).nearby
    assert (found.alerts, found.alerts_counted) == (None, None)


def halted(at: float, strategy_id: str = "", symbol: str = "") -> None:
    stamp = moment(at).timestamp()
    adopt(
        [HaltRecord(strategy_id=strategy_id, symbol=symbol, halted=True, reason="r", actor="rita", at=stamp)]
    )


def test_halts_and_other_changes_beside_it_are_those_that_bear_on_the_level():
    changed({"top_levels": 5}, at=-300.0)
    changed({"top_levels": 4}, "ETHUSDT", at=-200.0)
    change = changed({"top_levels": 7}, "BTCUSDT")
    halted(100.0)
    halted(200.0, SKEW, "BTCUSDT")
    halted(300.0, SKEW, "ETHUSDT")
    halted(400.0, "trade_momentum")
    halted(901.0, SKEW)
    found = effect(change).nearby
    assert [(each.kind, each.symbol, each.at) for each in found.decisions] == [
        ("halt", "BTCUSDT", moment(200)), ("halt", None, moment(100)), ("change", None, moment(-300)),
    ]  # fmt: skip
    assert found.decisions_counted == 3


def test_it_asks_few_questions_however_much_there_is():
    change = changed({"top_levels": 7}, "BTCUSDT", at=0.0)
    with CaptureQueriesContext(
        connection,
    ) as few:
        effect(change)
    for number in range(30):
        changed({"top_levels": number % 9 + 1, "base_confidence": 0.6}, "ETHUSDT", at=number - 60)
    decided(*range(-300, 300, 7))
    MinuteRollup.objects.bulk_create(minute(number) for number in range(-60, 60))
    with CaptureQueriesContext(connection) as many:
        effect(change)
    assert len(many) <= len(few) + 3  # the market's names, and the rows of both logs
    assert len(many) < 30

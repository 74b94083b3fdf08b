"""A replay decides what strategies decide live, signal for signal, and knows what became of prices."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, cast

import msgspec
import pytest

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.strategy import StrategySpec
from configuration.domain.validation import StrategyOverrides, judge
from halts.domain import HaltRecord, Halts
from strategies.domain.decision import Side
from strategies.domain.outcomes import move_bps
from strategies.domain.pause import Earlier
from tests.what_if.scenes import BEGIN, SECONDS, Key, in_force, keys, live, replayed, staged
from what_if.domain.timeline import Since, Timeline
from what_if.replay import only

SKEW = "orderbook_skew"
END = BEGIN + SECONDS


def other_values(strategy_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Each parameter with values that may be set, its own another than the default: its own alone where that may be."""
    spec = CATALOGUE[strategy_id]
    return [
        (name, values)
        for name in spec.parameters
        for values in [each for each in candidates(spec, name) if may_be_set(spec, each)][:1]
    ]


def candidates(spec: StrategySpec, name: str) -> Iterator[dict[str, Any]]:
    """One value alone, or two weights whose sum stays."""
    defaults: dict[str, Any] = spec.defaults
    parameter, default = spec.parameters[name], defaults[name]
    if isinstance(default, tuple | list):
        yield {name: ["binance", "coinbase", "kraken"]}
    elif isinstance(default, bool):
        yield {name: not default}
    else:
        values = parameter.allowed_values or (parameter.minimum, parameter.maximum)
        yield from ({name: value} for value in values if value != default)
    for rule in (rule for rule in spec.rules if name in rule.parameters):
        for other in (other for other in rule.parameters if other != name):
            yield {name: default + WEIGHT, other: defaults[other] - WEIGHT}


def may_be_set(spec: StrategySpec, values: dict[str, Any]) -> bool:
    return not judge(spec, StrategyOverrides(), None, values).problems


WEIGHT = 0.25
CHANGES = [(name, *change) for name in CATALOGUE for change in other_values(name)]


def test_every_parameter_is_changed():
    assert [change[:2] for change in CHANGES] == [
        (name, each) for name, spec in CATALOGUE.items() for each in spec.parameters
    ]
    assert ("trade_momentum", "price_weight") in {change[:2] for change in CHANGES if len(change[2]) == 2}


@pytest.mark.parametrize("strategy_id", CATALOGUE)
def test_with_the_values_in_force_it_equals_a_live_run(strategy_id: str):
    configuration = in_force(strategy_id)
    lived = live(strategy_id, staged(), configuration, BEGIN, END)
    replay = replayed(strategy_id, staged(), [Timeline(configuration)])
    assert keys(replay.runs[0]) == lived
    assert lived


@pytest.mark.parametrize(
    ("strategy_id", "changed"),
    [pytest.param(name, changed, id=f"{name}-{parameter}") for name, parameter, changed in CHANGES],
)
def test_a_changed_value_gives_what_two_independent_runs_give(strategy_id: str, changed: dict[str, Any]):
    before, after = in_force(strategy_id), in_force(strategy_id, **changed)
    replay = replayed(strategy_id, staged(), [Timeline(before), Timeline(after)])
    assert [keys(run) for run in replay.runs] == [
        live(strategy_id, staged(), each, BEGIN, END) for each in (before, after)
    ]


def test_what_was_in_force_at_each_moment_counts():
    change = BEGIN + 15
    strict, loose = in_force(SKEW, version=3, buy_threshold=2.9), in_force(SKEW, version=2)
    replay = replayed(SKEW, staged(), [Timeline(loose, [Since(change, strict)])])
    assert {(one.version, one.at >= change) for one in replay.runs[0]} == {(2, False), (3, True)}


def test_signals_before_and_behind_the_span_do_not_count_and_warm_up():
    since, until = BEGIN + 10, BEGIN + 30
    replay = replayed(SKEW, staged(), [Timeline(in_force(SKEW))], since=since, until=until)
    assert keys(replay.runs[0]) == live(SKEW, staged(), in_force(SKEW), since, until)


def test_of_one_symbol_it_is_what_it_is_of_all():
    configuration = Timeline(in_force(SKEW))
    of_all = replayed(SKEW, staged(), [configuration]).runs[0]
    of_one = replayed(SKEW, staged(), [configuration], share=only(["BTCUSDT"])).runs[0]
    assert of_one == [one for one in of_all if one.symbol == "BTCUSDT"]
    assert 0 < len(of_one) < len(of_all)


def test_an_override_holds_for_its_symbol_alone():
    proposed = in_force(SKEW, "BTCUSDT", buy_threshold=2.9)
    before, after = replayed(SKEW, staged(), [Timeline(in_force(SKEW)), Timeline(proposed)]).runs
    others = [[one for one in run if one.symbol != "BTCUSDT"] for run in (before, after)]
    assert keys(others[0]) == keys(others[1])
    assert keys(before) != keys(after)


def test_what_a_halt_covers_is_marked_and_decided_all_the_same():
    halted = Halts([HaltRecord(symbol="BTCUSDT", halted=True, reason="r", actor="a", at=BEGIN + 15)])
    halts = Timeline(Halts(), [Since(BEGIN + 15, halted), Since(BEGIN + 25, Halts())])
    free = replayed(SKEW, staged(), [Timeline(in_force(SKEW))]).runs[0]
    run = replayed(SKEW, staged(), [Timeline(in_force(SKEW))], halts=halts).runs[0]
    assert keys(run) == keys(free)
    assert [one.halted for one in run] == [
        one.symbol == "BTCUSDT" and BEGIN + 15 <= one.at < BEGIN + 25 for one in run
    ]
    assert {one.halted for one in run} == {True, False}


def test_the_same_messages_give_the_same_answer():
    one, other = (replayed(SKEW, staged(), [Timeline(in_force(SKEW))]).runs for _ in range(2))
    assert one == other


def test_outcomes_are_those_of_the_book_at_that_moment():
    messages = staged(3, 100.0)
    mids: dict[str, list[tuple[float, float]]] = {}
    run = replayed(SKEW, messages, [Timeline(in_force(SKEW))], until=BEGIN + 100).runs[0]
    for at, data in messages:
        frame = msgspec.json.decode(data)
        if "depth20" in frame["stream"]:
            if "bids" not in frame["data"]:
                continue  # of contracts
            bids, asks = frame["data"]["bids"], frame["data"]["asks"]
            mid = (float(bids[0][0]) + float(asks[0][0])) / 2
            mids.setdefault(frame["stream"].partition("@")[0].upper(), []).append((at, mid))
    known = [one for one in run if one.market == "binance/spot" and one.outcome["1m"].bps is not None]
    assert len(known) > 5
    for one in known:
        then = next(
            before[1]
            for before, behind in pairwise([*mids[one.symbol], (float("inf"), 0.0)])
            if before[0] <= one.at + 60 < behind[0]
        )
        mid, side = cast(float, one.mid), cast(Side, one.action)
        assert one.outcome["1m"].mid == pytest.approx(then, rel=1e-12)
        assert one.outcome["1m"].bps == move_bps(side, mid, cast(float, one.outcome["1m"].mid))


def test_what_becomes_of_prices_behind_a_span_is_what_becomes_of_them_within_a_longer_one():
    messages, since = staged(3, 100.0), BEGIN + 10
    runs = [
        replayed(SKEW, messages, [Timeline(in_force(SKEW))], since=since, until=until).runs[0]
        for until in (BEGIN + 30, BEGIN + 100)
    ]
    assert runs[0] == [one for one in runs[1] if one.at < BEGIN + 30]
    assert any(one.outcome["1m"].bps is not None for one in runs[0])


def test_where_the_market_ends_an_outcome_has_not_come_yet():
    run = replayed(SKEW, staged(), [Timeline(in_force(SKEW))]).runs[0]
    assert {one.outcome["5m"].unknown for one in run} <= {"not_yet", "no_entry"}


def test_of_a_short_part_it_decides_what_was_decided_live_once_it_is_told_what_was_decided_before():
    """Every minute there is a gap for 20 s; with 65 s between two signals each comes later within it."""
    name, configuration = "cross_exchange_spread", in_force("cross_exchange_spread", min_signal_interval=65)
    messages, since, until = staged(3, 200.0), BEGIN + 175, BEGIN + 200
    lived = live(name, messages, configuration, BEGIN, until)
    before: dict[str, list[Earlier]] = {}
    for one in lived:
        if one.at < since:
            before.setdefault(one.symbol, []).append(Earlier(one.at, frozenset({"binance", "coinbase"})))

    def replay_of_the_end(before: dict[str, list[Earlier]] | None) -> list[Key]:
        end = [message for message in messages if message.at >= since - 10]
        runs = [Timeline(configuration)] * 2
        replay = replayed(name, end, runs, since=since, until=until, before=before)
        assert keys(replay.runs[0]) == keys(replay.runs[1])
        return keys(replay.runs[0])

    assert replay_of_the_end(before) == [one for one in lived if one.at >= since] != []
    assert replay_of_the_end(None) != replay_of_the_end(before)


def test_what_it_decided_while_it_warmed_up_does_not_count_where_the_ledger_has_it_not():
    name, configuration = "cross_exchange_spread", in_force("cross_exchange_spread")
    messages, since = staged(), BEGIN + 8
    early, *_ = live(name, messages, configuration, BEGIN, END)
    assert early.at < since
    assert not replayed(name, messages, [Timeline(configuration)], since=since).runs[0]
    late = replayed(name, messages, [Timeline(configuration)], since=since, before={}).runs[0]
    assert {one.symbol for one in late} == {"BTCUSDT", "ETHUSDT"}
    assert all(one.at - since < 1 for one in late)

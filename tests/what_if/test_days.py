"""Strategies that look back for hours, over weeks: a replay decides what live runs do, with every parameter."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import pytest

from configuration.domain.catalogue import CATALOGUE
from strategies.domain.evaluators import EVALUATORS
from strategies.domain.in_force import InForce
from strategies.domain.pause import Earlier
from tests.what_if.days import DAY, MINUTE, a_day_of_gaps, a_week_of_dominance, two_weeks_of_reports
from tests.what_if.scenes import BEGIN, Key, Message, in_force, keys, live, replayed
from what_if.domain.timeline import Timeline


class Past(NamedTuple):
    """Messages of some days, and values that differ from the defaults."""

    messages: Callable[[], Sequence[Message]]
    days: int
    changes: dict[str, Any]

    @property
    def until(self) -> float:
        return BEGIN + self.days * DAY


PASTS = {
    "btc_dominance": Past(
        a_week_of_dominance,
        7,
        {
            "high_threshold": 64.5,
            "low_threshold": 48.0,
            "change_threshold": 2.0,
            "window_hours": 12,
            "min_signal_interval": 3600,
            "base_confidence_high": 0.6,
            "base_confidence_low": 0.6,
            "momentum_confidence": 0.6,
        },
    ),
    "onchain_metrics": Past(
        two_weeks_of_reports,
        14,
        {
            "whale_threshold_btc": 300.0,
            "whale_threshold_eth": 3000.0,
            "exchange_flow_threshold_percent": 5.0,
            "min_signal_interval": 86_400,
            "accumulation_periods": 6,
            "distribution_periods": 48,
            "base_confidence": 0.6,
            "strong_signal_confidence": 0.9,
        },
    ),
    "cross_exchange_spread": Past(
        a_day_of_gaps,
        1,
        {
            "spread_threshold_percent": 0.9,
            "min_signal_interval": 3600,
            "exchanges": ["binance", "coinbase", "kraken"],
            "persistent_spread_periods": 6,
            "base_confidence": 0.6,
            "high_spread_confidence": 0.9,
            "high_spread_threshold": 0.7,
            "max_position_size": 10_000,
        },
    ),
}
NOT_SEEN = {"max_position_size"}
"""What changes the size of a signal alone, of which nothing is compared."""
CHANGES = [(name, each) for name, past in PASTS.items() for each in past.changes]


@cache
def lived(name: str, changed: str | None = None) -> list[Key]:
    """What a live process decides on the defaults, or with one value changed."""
    past = PASTS[name]
    return live(name, past.messages(), _values(name, changed), BEGIN, past.until, step_seconds=MINUTE)


@cache
def runs(name: str) -> dict[str | None, list[Key]]:
    """What one replay decides on the defaults, and with each value changed."""
    past = PASTS[name]
    asked = [None, *past.changes]
    replay = replayed(
        name, past.messages(), [Timeline(_values(name, each)) for each in asked], until=past.until
    )
    return dict(zip(asked, map(keys, replay.runs), strict=True))


def _values(name: str, changed: str | None) -> InForce:
    return in_force(name, **({changed: PASTS[name].changes[changed]} if changed else {}))


def test_every_parameter_of_every_strategy_that_looks_back_for_hours_is_changed():
    def looks_back(name: str) -> float:
        evaluator, spec = EVALUATORS[name], CATALOGUE[name]
        limits = spec.build({n: p.maximum or spec.defaults[n] for n, p in spec.parameters.items()})
        return max(evaluator.window(limits), evaluator.pause.seconds(limits) if evaluator.pause else 0)

    assert {name: set(past.changes) for name, past in PASTS.items()} == {
        name: set(spec.parameters) for name, spec in CATALOGUE.items() if looks_back(name) >= 3600
    }


@pytest.mark.parametrize("name", PASTS)
def test_with_the_values_in_force_it_equals_a_live_run(name: str):
    assert runs(name)[None] == lived(name)
    assert len(lived(name)) > 10


@pytest.mark.parametrize(("name", "changed"), CHANGES)
def test_a_changed_value_gives_what_an_independent_run_gives(name: str, changed: str):
    assert runs(name)[changed] == lived(name, changed)
    assert (runs(name)[changed] != runs(name)[None]) is (changed not in NOT_SEEN)


@pytest.mark.parametrize("name", PASTS)
@pytest.mark.parametrize("part", [0.4, 0.8, 1.0])
def test_from_a_moment_on_it_decides_the_same_once_it_has_heard_its_window_and_is_told_what_was_decided(
    name: str, part: float
):
    """The moment is the one before a signal."""
    past, configuration = PASTS[name], _values(name, None)
    since = lived(name)[int(part * (len(lived(name)) - 1))].at - 1
    until = min(since + DAY / 4, past.until)
    before: dict[str, list[Earlier]] = {}
    for one in lived(name):
        if one.at < since:
            venues = frozenset({"binance", "coinbase"} if name == "cross_exchange_spread" else ())
            before.setdefault(one.symbol, []).append(Earlier(one.at, venues))
    window = max(MINUTE, EVALUATORS[name].window(configuration.of(name, "BTCUSDT").parameters))
    heard = [message for message in past.messages() if since - window <= message.at < until]
    replay = replayed(name, heard, [Timeline(configuration)], since=since, until=until, before=before)
    assert keys(replay.runs[0]) == [one for one in lived(name) if since <= one.at < until] != []

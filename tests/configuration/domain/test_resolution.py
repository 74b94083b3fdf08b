"""Resolution and validation against naive references."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from configuration.audit import explain
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.effective import ConfigLevel, StrategyLevels
from configuration.domain.problems import ProblemCode
from configuration.domain.resolution import Layer, fingerprint, resolve
from configuration.domain.validation import StrategyOverrides, judge, judge_together, problems_in_force
from tests.configuration.edits import SYMBOLS, addresses, edits, overrides, specs

MOMENT = datetime(2026, 11, 23, tzinfo=UTC)
SKEW = CATALOGUE["orderbook_skew"]


@st.composite
def strategy_overrides(draw: st.DrawFn, spec: Any) -> StrategyOverrides:
    symbols = draw(st.dictionaries(st.sampled_from(SYMBOLS), overrides(spec), max_size=3))
    return StrategyOverrides(draw(overrides(spec)), draw(overrides(spec)), symbols)


def naive(spec: Any, *layers: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: parameter.default for name, parameter in spec.parameters.items()}
    for layer in layers:
        values.update(layer)
    return values


@given(st.data(), specs)
def test_resolution_equals_a_naive_reference(data: st.DataObject, spec: Any):
    environment, everywhere, symbol = (data.draw(overrides(spec)) for _ in range(3))
    resolved = resolve(spec, {Layer.ENVIRONMENT: environment, Layer.GLOBAL: everywhere, Layer.SYMBOL: symbol})
    assert resolved.values == naive(spec, environment, everywhere, symbol)
    for name, layer in resolved.provenance.items():
        expected = (
            "symbol" if name in symbol
            else "global" if name in everywhere
            else "environment" if name in environment
            else "default"
        )  # fmt: skip
        assert layer == expected
    order = ["default", "environment", "global", "symbol"]
    assert resolved.source == max(resolved.provenance.values(), key=order.index)
    assert list(resolved.values) == list(spec.parameters)


def test_an_override_that_outlived_its_parameter_is_passed_over():
    assert resolve(SKEW, {Layer.GLOBAL: {"gone": 1}}).values == SKEW.defaults


@given(st.data(), specs)
def test_explain_recomputes_to_the_same_values(data: st.DataObject, spec: Any):
    current = data.draw(strategy_overrides(spec))
    symbol = data.draw(addresses)

    def level(contents: Mapping[str, Any]) -> ConfigLevel:
        return ConfigLevel(contents, 1, MOMENT, MOMENT, {})

    strategy = StrategyLevels(
        spec,
        current.environment,
        level(current.global_level),
        {name: level(overrides) for name, overrides in current.symbols.items()},
    )
    config = strategy.config(symbol)
    explained = explain(strategy, symbol)
    assert {name: entry.value for name, entry in explained.items()} == config.parameters
    assert {name: entry.layer for name, entry in explained.items()} == config.provenance
    for name, entry in explained.items():
        shadowed = [(shadow.layer, shadow.value) for shadow in entry.shadows]
        sources: list[tuple[str, dict[str, Any]]] = [
            ("default", spec.defaults),
            ("environment", dict(current.environment)),
            ("global", dict(current.global_level)),
            ("symbol", dict(current.symbols.get(symbol, {})) if symbol else {}),
        ]
        found = [(layer, values[name]) for layer, values in sources if name in values]
        assert [*shadowed, (entry.layer, entry.value)] == found


@given(st.data(), specs)
def test_judgement_equals_a_naive_reference(data: st.DataObject, spec: Any):
    current = data.draw(strategy_overrides(spec))
    symbol = data.draw(addresses)
    edit, replace = data.draw(edits(spec)), data.draw(st.booleans())
    verdict = judge(spec, current, symbol, edit, replace=replace)

    level = {} if replace else dict(current.level(symbol))
    for name, value in edit.items():
        level.pop(name, None)
        if value is not None:
            level[name] = value
    unsound = [name for name, value in level.items() if not is_sound(spec, name, value)]
    unknown = [name for name in edit if name not in spec.parameters]
    reported = [
        problem.field for problem in verdict.problems if problem.code is not ProblemCode.RULE_VIOLATED
    ]
    # Each unsound value and unknown name is reported once, in request order.
    assert reported == [name for name in edit if name in unsound or name in unknown]
    if reported:
        return
    own = naive(spec, current.environment, current.global_level if symbol else {}, level)
    broken: set[tuple[str | None, str]] = {
        (None, rule.sentence) for rule in spec.rules if not rule.is_kept_by(own)
    }
    if symbol is None:
        for name, overrides in current.symbols.items():
            before = naive(spec, current.environment, current.global_level, overrides)
            after = naive(spec, current.environment, level, overrides)
            broken |= {
                (name, rule.sentence)
                for rule in spec.rules
                if rule.is_kept_by(before) and not rule.is_kept_by(after)
            }
    assert len(verdict.problems) == len(broken)
    for place, sentence in broken:
        start = f"{place}: {sentence}" if place else sentence
        assert any(problem.message.startswith(start) for problem in verdict.problems)
    assert verdict.overrides == level


def is_sound(spec: Any, name: str, value: Any) -> bool:
    """Independently of the code: may this value stand?"""
    parameter = spec.parameters.get(name)
    if parameter is None:
        return False
    if parameter.type == "bool":
        return isinstance(value, bool)
    if parameter.type == "list":
        return (
            isinstance(value, list)
            and all(isinstance(entry, str) and entry in parameter.allowed_values for entry in value)
            and len(value) == len(set(value)) >= parameter.minimum
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if parameter.type == "int" and value != math.floor(value):
        return False
    return bool(parameter.minimum <= value <= parameter.maximum)


@given(st.data(), specs)
def test_levels_judged_together_pass_exactly_when_the_outcome_is_sound(data: st.DataObject, spec: Any):
    environment: dict[str, Any] = {}
    present = data.draw(st.dictionaries(st.sampled_from(SYMBOLS), overrides(spec), max_size=2))
    wanted: dict[str | None, Any] = data.draw(st.dictionaries(addresses, overrides(spec), min_size=1))
    current = StrategyOverrides(environment, data.draw(overrides(spec)), present)
    verdicts = judge_together(spec, current, wanted)

    everywhere = wanted.get(None, current.global_level)
    symbols = {*present, *(symbol for symbol in wanted if symbol)}
    outcome = {name: wanted.get(name, present.get(name, {})) for name in symbols}
    sound_before = {
        name: not problems_in_force(spec, naive(spec, current.global_level, overrides))
        for name, overrides in present.items()
    }
    after = {name: naive(spec, everywhere, overrides) for name, overrides in outcome.items()}
    expected = (None not in wanted or not problems_in_force(spec, naive(spec, everywhere))) and all(
        not problems_in_force(spec, values)
        for name, values in after.items()
        if name in wanted or (None in wanted and sound_before[name])
    )
    assert all(not verdict.problems for verdict in verdicts.values()) == expected


def test_messages_are_the_agreed_ones():
    edit = {"x": 1, "top_levels": -5, "buy_threshold": True, "base_confidence": float("nan")}
    spread = {"exchanges": "binance", "max_position_size": 5.5, "min_signal_interval": 300.0}
    velocity = {"volume_confirmation": 1}
    assert [p.message for p in judge(SKEW, StrategyOverrides(), None, edit).problems] == [
        "Unknown parameter: x",
        "top_levels must be >= 1, got -5",
        "buy_threshold must be a number",
        "base_confidence must be a number",
    ]
    verdict = judge(CATALOGUE["cross_exchange_spread"], StrategyOverrides(), None, spread)
    assert [p.message for p in verdict.problems] == [
        "exchanges must be a list",
        "max_position_size must be an integer",
    ]
    assert verdict.overrides == {"min_signal_interval": 300}
    [problem] = judge(CATALOGUE["ticker_velocity"], StrategyOverrides(), None, velocity).problems
    assert problem.message == "volume_confirmation must be a boolean"


def test_an_incomplete_or_unsound_set_is_not_applied():
    values = SKEW.defaults | {"buy_threshold": 9.0}
    del values["top_levels"]
    assert [p.message for p in problems_in_force(SKEW, values)] == [
        "buy_threshold must be <= 3.0, got 9.0",
        "top_levels is missing",
    ]
    assert not problems_in_force(SKEW, SKEW.defaults)


@given(st.data(), specs)
def test_equal_sets_have_equal_hashes_and_others_do_not(data: st.DataObject, spec: Any):
    one, two = (naive(spec, data.draw(overrides(spec))) for _ in range(2))
    shuffled = dict(data.draw(st.permutations(list(one.items()))))
    assert fingerprint(spec, one) == fingerprint(spec, shuffled)
    assert (fingerprint(spec, one) == fingerprint(spec, two)) == (one == two)
    assert len(fingerprint(spec, one)) == 16

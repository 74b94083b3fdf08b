"""Whatever is asked for, preview and write agree, and what was read can be written back."""

from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from configuration import reading, services
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.changes import CommittedChange
from configuration.exceptions import ValidationFailed
from configuration.models import StrategyConfig
from configuration.services import Author, Source
from configuration.signals import configuration_changed
from tests.configuration.edits import SYMBOLS, addresses, edits, overrides, specs

pytestmark = [pytest.mark.database, pytest.mark.django_db]
AUTHOR = Author(source=Source.COMMAND, name="tests")
# Every example adds to what the ones before it left in the test's transaction: the more state the better.
many = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str | None, dict[str, Any], bool]:
    spec = draw(specs)
    return spec.strategy_id, draw(addresses), draw(edits(spec)), draw(st.booleans())


@many
@given(requests())
def test_preview_and_write_agree(request_: tuple[str, str | None, dict[str, Any], bool]):
    strategy_id, symbol, parameters, replace = request_
    changes, token = StrategyConfig.history.count(), reading.current_token()
    seen = services.preview(strategy_id, symbol, parameters, replace=replace)
    assert (StrategyConfig.history.count(), reading.current_token()) == (changes, token)

    if seen.problems:
        with pytest.raises(ValidationFailed) as refusal:
            services.write(strategy_id, symbol, parameters, author=AUTHOR, replace=replace)
        assert refusal.value.problems == seen.problems
        assert seen.after is None
        assert (StrategyConfig.history.count(), reading.current_token()) == (changes, token)
        return

    written = services.write(strategy_id, symbol, parameters, author=AUTHOR, replace=replace)
    assert seen.after is not None
    assert written.config.parameters == seen.after.parameters
    assert written.config.overrides == seen.after.overrides
    assert written.config.provenance == seen.after.provenance
    assert written.config.hash == seen.after.hash
    assert written.config == reading.effective(strategy_id, symbol)
    assert StrategyConfig.history.count() == changes + (written.change is not None)
    for name, (_, after) in seen.affected.items():
        assert reading.effective(strategy_id, name).hash == after.hash
    every_level_keeps_the_rules(strategy_id)
    explanations_recompute(strategy_id)


def every_level_keeps_the_rules(strategy_id: str) -> None:
    levels = reading.strategy(strategy_id)
    for symbol in (None, *SYMBOLS):
        values = levels.config(symbol).parameters
        assert all(rule.is_kept_by(values) for rule in levels.spec.rules)


def explanations_recompute(strategy_id: str) -> None:
    levels = reading.strategy(strategy_id)
    for symbol in (None, *SYMBOLS):
        config = levels.config(symbol)
        for name, contributions in levels.contributions(symbol).items():
            assert contributions[-1].value == config.parameters[name]
            assert contributions[-1].layer == config.provenance[name]
            for entry in contributions:
                assert (entry.origin is None) == (entry.layer in ("default", "environment"))


@many
@given(specs.flatmap(lambda spec: st.tuples(st.just(spec), addresses, overrides(spec))))
def test_what_is_read_can_be_written_back(drawn):
    spec, symbol, contents = drawn
    if not services.preview(spec.strategy_id, symbol, contents, replace=True).problems:
        services.write(spec.strategy_id, symbol, contents, author=AUTHOR, replace=True)
    before = reading.effective(spec.strategy_id, symbol)
    for replace in (False, True):
        again = services.write(
            spec.strategy_id, symbol, before.parameters, author=AUTHOR, replace=replace
        ).config
        assert again.parameters == again.overrides == before.parameters
        assert again.hash == before.hash
    services.write(spec.strategy_id, symbol, before.overrides, author=AUTHOR, replace=True)
    assert reading.effective(spec.strategy_id, symbol).overrides == before.overrides


@pytest.mark.parametrize("symbol", [None, "BTCUSDT"])
def test_whatever_is_written_is_answered_as_it_is_read_then(
    symbol: str | None, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ORDERBOOK_SKEW_TOP_LEVELS", "6")
    level = ("orderbook_skew", symbol)
    services.write("orderbook_skew", None, {"buy_threshold": 1.5}, author=AUTHOR)
    services.write("orderbook_skew", "BTCUSDT", {"top_levels": 8}, author=AUTHOR)
    for change in (
        lambda: services.write(*level, {"top_levels": 9}, author=AUTHOR),
        lambda: services.write(*level, {"base_confidence": 0.8}, author=AUTHOR, replace=True),
        lambda: services.roll_back(*level, author=AUTHOR),
        lambda: services.delete(*level, author=AUTHOR),
        lambda: services.roll_back(*level, author=AUTHOR),
        lambda: services.take_back_first(*level, author=AUTHOR),
    ):
        assert change().config == reading.effective(*level)


def test_whatever_is_imported_is_announced_as_it_is_read_then(django_capture_on_commit_callbacks: Any):
    announced: list[CommittedChange] = []

    def listen(change: CommittedChange, **_: object) -> None:
        announced.append(change)

    services.write("orderbook_skew", "ETHUSDT", {"buy_threshold": 1.5}, author=AUTHOR)
    contents: dict[str | None, dict[str, Any]] = {
        "BTCUSDT": {"top_levels": 8},
        None: {"buy_threshold": 1.6},
        "ETHUSDT": {"top_levels": 9},
    }
    configuration_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            services.write_levels({"orderbook_skew": contents}, author=AUTHOR)
    finally:
        configuration_changed.disconnect(listen)
    assert {change.symbol: change.config for change in announced} == {
        symbol: reading.effective("orderbook_skew", symbol) for symbol in contents
    }


@pytest.mark.parametrize("symbol", [None, "BTCUSDT"])
@pytest.mark.parametrize("strategy_id", list(CATALOGUE))
def test_defaults_can_be_written(strategy_id: str, symbol: str | None):
    defaults = CATALOGUE[strategy_id].defaults
    written = services.write(strategy_id, symbol, defaults, author=AUTHOR)
    assert written.config.parameters == written.config.overrides == defaults


def test_a_stored_parameter_that_is_no_longer_declared_does_no_harm():
    services.write("orderbook_skew", None, {"top_levels": 9}, author=AUTHOR)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE configuration_strategyconfig SET parameters = '{\"retired\": 1}'")
    reading.reader.forget()
    config = reading.effective("orderbook_skew")
    assert "retired" not in config.parameters
    assert config.overrides == {}
    written = services.write("orderbook_skew", None, {"top_levels": 8}, author=AUTHOR)
    assert written.config.overrides == {"top_levels": 8}

"""Many writers at once, and crashes half-way: on real servers, in real transactions."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection

from configuration import ledger, reading, services
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.changes import CommittedChange
from configuration.exceptions import ValidationFailed, VersionConflict
from configuration.models import Source, StrategyConfig
from configuration.services import Author
from configuration.signals import configuration_changed

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
SKEW = "orderbook_skew"
WRITERS = 20
AUTHOR = Author(source=Source.COMMAND, name="tests")


def at_once(write: Callable[[int], object]) -> list[object]:
    """Run `write` in as many threads as there are writers, started together; errors are results."""
    ready = threading.Barrier(WRITERS)

    def run(number: int) -> object:
        ready.wait(30)
        try:
            return write(number)
        except VersionConflict as conflict:
            return conflict
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


@pytest.mark.parametrize("symbol", [None, "BTCUSDT"])
def test_twenty_writers_at_once_get_consecutive_versions_and_an_audit_row_each(symbol: str | None):
    written = at_once(
        lambda number: services.write(SKEW, symbol, {"top_levels": number + 1}, author=AUTHOR).config.version
    )
    assert set(written) == set(range(1, WRITERS + 1))
    changes = list(StrategyConfig.history.of_level(SKEW, symbol or ""))
    assert [change.version for change in changes] == list(range(WRITERS, 0, -1))
    # Each saw the one before it: no change was lost or overtaken.
    for newer, older in pairwise(changes):
        assert newer.old_parameters == older.new_parameters
    assert reading.effective(SKEW, symbol).parameters["top_levels"] == changes[0].parameters["top_levels"]


def test_of_twenty_who_expect_the_same_version_one_wins():
    services.write(SKEW, None, {"min_total_volume": 5}, author=AUTHOR)  # what none of them writes
    results = at_once(
        lambda number: services.write(
            SKEW, None, {"top_levels": number + 1}, author=AUTHOR, expected=["own:1"]
        )
    )
    conflicts = [result for result in results if isinstance(result, VersionConflict)]
    assert len(conflicts) == WRITERS - 1
    assert {(*conflict.expected, conflict.state.tag) for conflict in conflicts} == {("own:1", "own:2")}
    assert StrategyConfig.history.count() == 2


def test_writers_of_different_strategies_do_not_disturb_each_other():
    strategies = ["orderbook_skew", "ticker_velocity", "btc_dominance", "trade_momentum"]

    def write(number: int) -> object:
        strategy_id = strategies[number % 4]
        name, value = next(iter(CATALOGUE[strategy_id].defaults.items()))
        return services.write(strategy_id, f"SYM{number}", {name: value}, author=AUTHOR)

    at_once(write)
    assert StrategyConfig.objects.count() == StrategyConfig.history.count() == WRITERS


def test_rules_hold_after_writers_who_could_only_break_them_together():
    """Global lowers the buy threshold while a symbol raises the sell threshold: one of them must lose."""

    def write(number: int) -> object:
        if number % 2:
            return _try(None, {"buy_threshold": 1.0})
        return _try("ETHUSDT", {"sell_threshold": 1.0})

    at_once(write)
    config = reading.effective(SKEW, "ETHUSDT")
    assert config.parameters["sell_threshold"] < config.parameters["buy_threshold"]


def _try(symbol: str | None, parameters: dict[str, float]) -> object:
    try:
        return services.write(SKEW, symbol, parameters, author=AUTHOR)
    except ValidationFailed as refusal:
        return refusal


class Crash(Exception):
    """The process dies here."""


def crash(*args: object, **kwargs: object) -> None:
    raise Crash


@pytest.mark.parametrize("moment", ["before the history row", "after it"])
@pytest.mark.parametrize("action", ["create", "update", "delete", "roll_back"])
def test_a_crash_leaves_neither_row_nor_history(action: str, moment: str, monkeypatch: pytest.MonkeyPatch):
    if action != "create":
        services.write(SKEW, None, {"top_levels": 6}, author=AUTHOR)
        services.write(SKEW, None, {"top_levels": 7}, author=AUTHOR)
    before = state()
    announced: list[CommittedChange] = []

    def listen(change: CommittedChange, **_: object) -> None:
        announced.append(change)

    configuration_changed.connect(listen)
    if moment == "before the history row":
        monkeypatch.setattr(StrategyConfig.history.model, "save", crash)
    else:
        monkeypatch.setattr(ledger.Hold, "note", crash)
    try:
        with pytest.raises(Crash):
            perform(action)
    finally:
        configuration_changed.disconnect(listen)
        monkeypatch.undo()
    assert state() == before
    assert announced == []

    perform(action)
    assert state() != before


def perform(action: str) -> None:
    match action:
        case "create" | "update":
            services.write(SKEW, None, {"top_levels": 9}, author=AUTHOR)
        case "delete":
            services.delete(SKEW, None, author=AUTHOR)
        case "roll_back":
            services.roll_back(SKEW, None, author=AUTHOR)


def state() -> tuple[object, ...]:
    return (
        list(StrategyConfig.objects.values()),
        list(StrategyConfig.history.values()),
        reading.current_token(),
    )


def test_a_committed_change_is_announced_once_and_a_deaf_listener_changes_nothing():
    announced: list[CommittedChange] = []

    def listen(change: CommittedChange, **_: object) -> None:
        assert StrategyConfig.history.count() == change.version  # already committed
        announced.append(change)
        raise RuntimeError("deaf")

    configuration_changed.connect(listen)
    try:
        services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=AUTHOR)
    finally:
        configuration_changed.disconnect(listen)
    [change] = announced
    assert (change.strategy_id, change.symbol, change.version, change.actor) == (SKEW, "BTCUSDT", 1, "tests")
    assert change.config == reading.effective(SKEW, "BTCUSDT")

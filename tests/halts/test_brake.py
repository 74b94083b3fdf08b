"""The brake of orchestrators: `enabled`, sent to the configuration of a strategy or symbol, halts and resumes it."""

from typing import Any

import pytest

from configuration.models import StrategyConfig
from halts import services
from halts.domain import HaltRecord, Scope
from halts.models import HaltChange
from tests.configuration.outage import database_away

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
SKEW = "/strategies/orderbook_skew/config"
PAUSE: dict[str, Any] = {
    "parameters": {"enabled": False},
    "changed_by": "orchestrator",
    "reason": "fail safe",
    "validate_only": False,
}


def halts() -> dict[Scope, HaltRecord]:
    return services.in_force().records


@pytest.mark.parametrize(
    ("address", "scope"),
    [(SKEW, Scope("orderbook_skew")), (f"{SKEW}/btcusdt", Scope("orderbook_skew", "BTCUSDT"))],
)
def test_it_halts_what_the_address_names_and_lifts_that_again(desk, address: str, scope: Scope):
    orchestrator = desk("halt_strategies", "resume_strategies")
    paused = orchestrator.post(address, PAUSE)
    assert orchestrator.status == 200
    assert paused["metadata"] == {"action": "halted"}
    assert (paused["data"]["strategy_id"], paused["data"]["symbol"]) == (
        scope.strategy_id,
        scope.symbol or None,
    )
    record = halts()[scope]
    assert (record.actor, record.changed_by, record.reason, record.source) == (
        "desk", "orchestrator", "fail safe", "api",
    )  # fmt: skip
    going = orchestrator.post(address, {**PAUSE, "parameters": {"enabled": True}})
    assert going["metadata"] == {"action": "resumed", "state": "ACTIVE", "still_halted": []}
    assert halts() == {}
    assert not StrategyConfig.history.exists()


def test_a_symbol_nobody_has_heard_of_is_halted_too_and_a_reason_is_found(desk):
    desk("halt_strategies").post(f"{SKEW}/NEWUSDT", {"parameters": {"enabled": False}})
    assert halts()[Scope("orderbook_skew", "NEWUSDT")].reason == "enabled: false, sent to its configuration"


def test_a_wider_halt_that_goes_on_holding_is_reported(desk):
    orchestrator = desk("halt_strategies", "resume_strategies")
    orchestrator.post("/strategies/halt", {"reason": "everything"})
    going = orchestrator.post(SKEW, {"parameters": {"enabled": True}})
    assert (going["metadata"]["action"], going["metadata"]["state"]) == ("resumed", "HALTED")
    (still,) = going["metadata"]["still_halted"]
    assert (still["strategy_id"], still["symbol"], still["reason"]) == (None, None, "everything")


def test_to_validate_does_nothing(desk):
    answer = desk("halt_strategies").post(SKEW, {**PAUSE, "validate_only": True})
    assert answer["metadata"] == {"validation": "passed"}
    assert not HaltChange.objects.exists()


@pytest.mark.parametrize(
    "parameters",
    [{"enabled": False, "top_levels": 7}, {"enabled": "false"}, {"enabled": 0}, {"enabled": None}],
)
def test_beside_other_parameters_or_as_another_type_it_is_refused_and_nothing_is_done(desk, parameters):
    manager = desk("halt_strategies", "resume_strategies", "change_strategyconfig", "add_strategyconfig")
    refused = manager.post(SKEW, {**PAUSE, "parameters": parameters})
    assert manager.status == 400
    assert "enabled" in refused["error"]["details"]["fields"]["parameters"][0]
    assert not HaltChange.objects.exists()
    assert not StrategyConfig.history.exists()


@pytest.mark.parametrize(
    ("permission", "enabled"),
    [("resume_strategies", False), ("halt_strategies", True), ("change_strategyconfig", False)],
)
def test_each_direction_needs_its_own_permission(desk, permission: str, enabled: bool):
    somebody = desk(permission)
    somebody.post(SKEW, {"parameters": {"enabled": enabled}})
    assert somebody.status == 403
    assert not HaltChange.objects.exists()


@pytest.mark.parametrize("text", ['"enabled" is what I would like', 'say {"parameters": {"enabled": false}}'])
def test_a_reason_that_speaks_of_it_is_a_reason(desk, text: str):
    manager = desk("change_strategyconfig", "add_strategyconfig", "halt_strategies")
    written = manager.post(SKEW, {"parameters": {"top_levels": 7}, "reason": text})
    assert written["metadata"] == {"action": "created"}
    assert not HaltChange.objects.exists()


def test_it_lands_without_the_database_for_whoever_was_known(desk, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    orchestrator = desk("halt_strategies", "view_strategyconfig")
    orchestrator.get(SKEW)
    with database_away():
        paused = orchestrator.post(SKEW, PAUSE)
    assert orchestrator.status == 202
    assert paused["metadata"] == {"action": "halted", "ways": ["file", "NATS"], "confirmed_by": []}
    assert paused["data"]["strategy_id"] == "orderbook_skew"


def test_who_is_only_remembered_resumes_nothing(desk, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    orchestrator = desk("halt_strategies", "resume_strategies", "view_strategyconfig")
    orchestrator.get(SKEW)
    with database_away():
        orchestrator.post(SKEW, {**PAUSE, "parameters": {"enabled": True}})
        assert orchestrator.status == 503

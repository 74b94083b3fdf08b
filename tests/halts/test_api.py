"""Halting and resuming over REST: who may, what it takes, and what the answer says."""

import pytest

from halts.models import HaltChange

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nobody_remembered")]
SKEW = "/strategies/orderbook_skew"


BOTH = ("view_strategyconfig", "halt_strategies", "resume_strategies")
WHY = {"reason": "maintenance", "changed_by": "night desk"}


def test_halting_a_strategy_and_resuming_it(desk):
    who = desk(*BOTH)
    answer = who.post(f"{SKEW}/halt", WHY)
    data, metadata = answer["data"], answer["metadata"]
    assert (data["strategy_id"], data["symbol"], data["state"]) == ("orderbook_skew", None, "HALTED")
    assert [(h["reason"], h["actor"]) for h in data["halted_by"]] == [("maintenance", "desk")]
    assert metadata == {"action": "halted"}
    listed = {item["strategy_id"]: item["state"] for item in who.get("/strategies")["data"]}
    assert listed["orderbook_skew"] == "HALTED"
    assert listed["trade_momentum"] == "ACTIVE"
    answer = who.post(f"{SKEW}/resume", WHY)
    assert (answer["data"]["state"], answer["metadata"]) == (
        "ACTIVE",
        {"action": "resumed", "still_halted": []},
    )
    assert who.post(f"{SKEW}/resume", WHY)["metadata"] == {"action": "unchanged", "still_halted": []}
    assert HaltChange.objects.count() == 2
    assert {change.changed_by for change in HaltChange.objects.all()} == {"night desk"}


@pytest.mark.parametrize(("by", "source"), [("session", "admin"), ("token", "api")])
def test_whoever_sits_at_a_browser_is_distinguished_from_a_program(caller, by: str, source: str):
    who = caller("manager", by)
    who.post(f"{SKEW}/halt", WHY)
    who.post(f"{SKEW}/resume", WHY)
    assert [change.source for change in HaltChange.objects.all()] == [source, source]


def test_a_symbol_and_everything(desk):
    who = desk(*BOTH)
    data = who.post(f"{SKEW}/halt/btcusdt", WHY)["data"]
    assert (data["symbol"], data["state"]) == ("BTCUSDT", "HALTED")
    data = who.post("/strategies/halt", WHY)["data"]
    assert (data["strategy_id"], data["symbol"], data["state"]) == (None, None, "HALTED")
    answer = who.post(f"{SKEW}/resume/BTCUSDT/", WHY)
    assert (answer["data"]["state"], answer["metadata"]["action"]) == ("HALTED", "resumed")
    assert [halt["strategy_id"] for halt in answer["data"]["halted_by"]] == [None]
    assert who.post("/strategies/resume", WHY)["data"]["state"] == "ACTIVE"


PATHS = ["/strategies/{}", f"{SKEW}/{{}}", f"{SKEW}/{{}}/BTCUSDT"]


@pytest.mark.parametrize("path", PATHS)
def test_resuming_needs_a_permission_of_its_own(desk, path):
    who = desk("view_strategyconfig", "change_strategyconfig", "halt_strategies")
    assert who.post(path.format("halt"), WHY)["success"]
    assert who.post(path.format("resume"), WHY)["error"]["code"] == "PERMISSION_DENIED"
    assert who.status == 403
    assert HaltChange.objects.count() == 1


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("verb", ["halt", "resume"])
def test_strangers_and_those_without_permission_change_nothing(desk, caller, path, verb):
    who = desk("view_strategyconfig", "change_strategyconfig")
    who.post(path.format(verb), WHY)
    assert who.status == 403
    nobody = caller(None)
    nobody.post(path.format(verb), WHY)
    assert nobody.status == 401
    assert not HaltChange.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": None}, {"reason": 5, "x": 1}, []]
)
def test_a_reason_is_required(desk, body):
    who = desk(*BOTH)
    answer = who.post(f"{SKEW}/halt", body)
    assert (who.status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert not HaltChange.objects.exists()


def test_unknown_strategies_and_impossible_symbols(desk):
    who = desk(*BOTH)
    assert who.post("/strategies/nope/halt", WHY)["error"]["code"] == "NOT_FOUND"
    assert who.post(f"{SKEW}/halt/b$c", WHY)["error"]["code"] == "VALIDATION_ERROR"

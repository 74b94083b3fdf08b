"""Halting one symbol over all strategies by REST: the body names it where the address has no place for it."""

import pytest

from halts import services
from halts.domain import Scope
from halts.models import HaltChange
from tests.halts.test_api import BOTH

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nobody_remembered")]
WHY = {"reason": "odd books"}
BTC = {"symbol": "btcusdt", **WHY}


def test_no_strategy_signals_about_it_until_it_is_resumed(desk):
    who = desk(*BOTH)
    answer = who.post("/strategies/halt", BTC)
    data = answer["data"]
    assert (data["strategy_id"], data["symbol"], data["state"]) == (None, "BTCUSDT", "HALTED")
    assert [(halt["strategy_id"], halt["symbol"]) for halt in data["halted_by"]] == [(None, "BTCUSDT")]
    assert answer["metadata"] == {"action": "halted"}
    assert list(services.in_force().records) == [Scope("", "BTCUSDT")]
    for strategy_id in ("orderbook_skew", "trade_momentum"):
        assert services.in_force().is_halted(strategy_id, "BTCUSDT")
        assert not services.in_force().is_halted(strategy_id, "ETHUSDT")

    assert who.post("/strategies/resume", WHY)["metadata"]["action"] == "unchanged"
    answer = who.post("/strategies/resume/", BTC)
    assert (answer["data"]["state"], answer["metadata"]["action"]) == ("ACTIVE", "resumed")


def test_null_is_everything(desk):
    assert desk(*BOTH).post("/strategies/halt", {"symbol": None, **WHY})["data"]["symbol"] is None
    assert list(services.in_force().records) == [Scope()]


@pytest.mark.parametrize("verb", ["halt", "resume"])
@pytest.mark.parametrize("symbol", ["", " ", "b$c", "GLOBAL", 5, ["BTCUSDT"]])
def test_what_is_no_symbol_is_not_everything(desk, verb: str, symbol: object):
    who = desk(*BOTH)
    answer = who.post(f"/strategies/{verb}", {"symbol": symbol, **WHY})
    assert (who.status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")
    assert not HaltChange.objects.exists()


@pytest.mark.parametrize("path", ["/strategies/orderbook_skew", "/strategies/orderbook_skew/{}/ETHUSDT"])
@pytest.mark.parametrize("verb", ["halt", "resume"])
def test_an_address_with_a_strategy_takes_no_symbol_in_its_body(desk, path: str, verb: str):
    path = path.format(verb) if "{}" in path else f"{path}/{verb}"
    answer = desk(*BOTH).post(path, BTC)
    takes = "reason, changed_by"
    if verb == "halt" and path.endswith("ETHUSDT"):
        takes += ", confirm_unknown"
    fields = {"symbol": [f"is not a field of this request; it takes {takes}"]}
    assert answer["error"]["details"]["fields"] == fields
    assert not HaltChange.objects.exists()


@pytest.mark.parametrize("verb", ["halt", "resume"])
def test_it_needs_the_same_permission(desk, verb: str):
    who = desk("view_strategyconfig", "change_strategyconfig")
    who.post(f"/strategies/{verb}", BTC)
    assert who.status == 403
    assert not HaltChange.objects.exists()

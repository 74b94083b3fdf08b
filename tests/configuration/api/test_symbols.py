"""Symbols of all scripts over REST, percent-encoded in paths and plain in queries and bodies; look-alikes nowhere."""

from typing import Any
from urllib.parse import quote

import pytest
from rest_framework.test import APIClient

from configuration.models import StrategyConfig
from halts.models import HaltChange
from symbols import fault_of
from tests.configuration.conftest import token_client
from tests.symbols import LISTED, LOOK_ALIKES

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW = "/api/v1/strategies/orderbook_skew"
WHY = {"reason": "tests"}


@pytest.fixture
def api(make_user: Any) -> APIClient:
    return token_client(make_user("administrator"))


@pytest.mark.parametrize("symbol", LISTED)
def test_a_level_is_written_read_explained_listed_and_rolled_back(api: APIClient, symbol: str):
    level = f"{SKEW}/config/{quote(symbol.lower())}"
    sent = {"parameters": {"top_levels": 9}, "symbol": symbol.lower(), **WHY}
    assert api.post(level, sent, format="json").json()["data"]["symbol"] == symbol
    assert api.get(level).json()["data"]["overrides"] == {"top_levels": 9}
    assert api.get(f"{SKEW}/explain/{quote(symbol)}").json()["data"]["top_levels"]["layer"] == "symbol"
    assert [item["symbol"] for item in api.get(f"{SKEW}/audit", {"symbol": symbol}).json()["data"]] == [
        symbol
    ]
    assert api.get("/api/v1/config/events", {"symbol": symbol}).json()["data"][0]["symbol"] == symbol
    (skew,) = [item for item in api.get("/api/v1/strategies").json()["data"] if item["symbol_overrides"]]
    assert skew["symbol_overrides"] == [symbol]
    assert api.delete(level).json()["metadata"]["symbol"] == symbol
    assert api.post(f"{SKEW}/rollback", {"symbol": symbol}, format="json").json()["data"]["version"] == 3


@pytest.mark.parametrize("symbol", LISTED)
def test_a_symbol_is_halted_and_resumed(api: APIClient, symbol: str):
    for scope in (f"{SKEW}/{{}}/{quote(symbol)}", "/api/v1/strategies/{}"):
        sent = WHY if symbol in scope or "%" in scope else {"symbol": symbol, **WHY}
        state = api.post(scope.format("halt"), sent, format="json").json()["data"]
        assert (state["symbol"], state["state"]) == (symbol, "HALTED")
        state = api.post(scope.format("resume"), sent, format="json").json()["data"]
        assert (state["symbol"], state["state"]) == (symbol, "ACTIVE")


@pytest.mark.parametrize("text", LOOK_ALIKES, ids=ascii)
def test_what_only_looks_like_a_symbol_is_refused_wherever_it_stands(api: APIClient, text: str):
    change = {"parameters": {"top_levels": 9}}
    path = quote(text)
    for answer in (
        api.get(f"{SKEW}/config/{path}"),
        api.post(f"{SKEW}/config/{path}", change, format="json"),
        api.delete(f"{SKEW}/config/{path}"),
        api.get(f"{SKEW}/explain/{path}"),
        api.get(f"{SKEW}/audit", {"symbol": text}),
        api.get(f"{SKEW}/applied", {"symbol": text}),
        api.get("/api/v1/config/events", {"symbol": text}),
        api.post(f"{SKEW}/rollback", {"symbol": text}, format="json"),
        api.post(f"{SKEW}/halt/{path}", WHY, format="json"),
        api.post("/api/v1/strategies/halt", {"symbol": text, **WHY}, format="json"),
        api.post("/api/v1/strategies/resume", {"symbol": text, **WHY}, format="json"),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["details"]["errors"] == [f"symbol must be {fault_of(text)}"]
    assert not StrategyConfig.history.exists()
    assert not HaltChange.objects.exists()


@pytest.mark.parametrize(("text", "stranger"), LOOK_ALIKES.items(), ids=map(ascii, LOOK_ALIKES))
@pytest.mark.parametrize("level", ["", "/BTCUSDT"])
def test_a_body_that_only_looks_as_if_it_agreed_with_the_path_is_refused(
    api: APIClient, text: str, stranger: str, level: str
):
    sent = {"parameters": {"top_levels": 9}, "symbol": text}
    answer = api.post(f"{SKEW}/config{level}", sent, format="json")
    addressed = '"BTCUSDT"' if level else "null"
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]["errors"] == [
        f'symbol must be {addressed} as the path has it, got "{text}", where character 1 is {stranger}'
    ]
    assert not StrategyConfig.history.exists()


def test_the_longest_symbol_of_rare_letters_is_kept_whole(api: APIClient):
    symbol = "𠮷" * 32
    api.post(f"{SKEW}/config/{quote(symbol)}", {"parameters": {"top_levels": 9}}, format="json")
    api.post(f"{SKEW}/halt/{quote(symbol)}", WHY, format="json")
    assert StrategyConfig.objects.get().symbol == StrategyConfig.history.get().symbol == symbol
    assert HaltChange.objects.get().symbol == symbol

"""REST: the newest signals, and whether a configuration is in force everywhere."""

import json

import msgspec
import pytest
import redis
from django.conf import settings
from django.test import Client

from configuration import services
from configuration.services import Author, Source
from strategies.keys import KEPT_SIGNALS, StrategyKeys
from strategies.reader import get_reader
from strategies.receipts import Receipt
from tests.factories import START, Clock
from tests.strategies.domain.test_signal import MADE_AT, made
from tests.strategies.reports import report

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("nothing_set", "nobody_remembered"),
]
KEYS = StrategyKeys(settings.STORE_PREFIX)
APPLIED = "/strategies/orderbook_skew/applied"


@pytest.fixture(autouse=True)
def _reading(store: redis.Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_reader(), "clock", clock)


@pytest.fixture
def kept(store: redis.Redis, clock: Clock) -> redis.Redis:
    """Three kept signals, the newest first."""
    clock.now = MADE_AT + 1
    for symbol, action in (("BTCUSDT", "buy"), ("ETHUSDT", "sell"), ("BTCUSDT", "sell")):
        signal = made(symbol=symbol, action=action)
        store.lpush(KEYS.signals(signal.strategy_id), msgspec.json.encode(signal))
    return store


def signals(client: Client, query: str = "", **headers: str):
    return client.get(f"/api/v1/signals{query}", headers=headers)


def test_the_newest_signals_filtered_and_limited(kept):
    everybody = Client()
    answer = signals(everybody).json()
    assert answer["count"] == 3
    assert next((s["symbol"], s["action"]) for s in answer["signals"]) == ("BTCUSDT", "sell")
    assert signals(everybody, "?symbol=ethusdt").json()["count"] == 1
    assert signals(everybody, "?limit=2").json()["count"] == 2
    assert signals(everybody, "?strategy=trade_momentum").json() == {"count": 0, "signals": []}


def test_parameters_are_for_those_who_may_see_configuration(kept, caller):
    def used(response):
        return response.json()["signals"][0]["metadata"]["strategy_config"]

    assert used(signals(Client())) == {"version": 7, "source": "symbol", "is_override": True, "hash": "9f2c"}
    assert "parameters" not in used(signals(Client(), **caller("stranger").headers))
    assert used(signals(Client(), **caller("viewer").headers))["parameters"]["top_levels"] == 5


@pytest.mark.parametrize("query", ["?strategy=nope", "?limit=0", f"?limit={KEPT_SIGNALS + 1}", "?limit=x"])
def test_a_wrong_query_is_named(kept, query):
    response = signals(Client(), query)
    assert response.status_code == 400
    assert query[1:].partition("=")[0] in response.json()["detail"]


def test_signals_may_need_a_log_in(kept, caller, settings):
    settings.METRICS_REQUIRE_LOGIN = True
    assert signals(Client()).status_code == 401
    assert signals(Client(), **caller("stranger").headers).status_code == 200


def put(store: redis.Redis, *reports):
    for stated in reports:
        store.hset(KEYS.processes, stated.instance, msgspec.msgpack.encode(stated))


def receipt(config, **changed):
    values = {"strategy_id": "orderbook_skew", "symbol": config.symbol, "version": config.version,
              "hash": config.hash, "applied_at": START, "lag": 0.4124}  # fmt: skip
    return Receipt(**values | changed)


def test_applied_answers_process_by_process(store, clock, caller):
    author = Author(source=Source.COMMAND, name="tests", reason="test")
    config = services.write("orderbook_skew", None, {"top_levels": 7}, author=author).config
    put(
        store,
        report(receipt(config), instance="a:1/0/1"),
        report(receipt(config, version=1, hash="old"), instance="b:1/0/1"),
        report(receipt(config, hash="old", rejected="top_levels is missing"), instance="c:1/0/1"),
        report(receipt(config), instance="d:1/0/1", reported_at=START - 4),
        report(instance="e:1/0/1", strategies=["trade_momentum"]),
    )
    answer = caller("viewer").get(APPLIED)
    assert answer["metadata"] == {"converged": False}
    assert [(row["instance"][0], row["status"], row["reason"]) for row in answer["data"]] == [
        ("a", "applied", None),
        ("b", "pending", None),
        ("c", "rejected", "top_levels is missing"),
        ("d", "stale", "not heard for 4 s"),
    ]
    assert answer["data"][0] == {
        "instance": "a:1/0/1",
        "version": 1,
        "hash": config.hash,
        "applied_at": "2023-11-14T22:14:00.000Z",
        "lag_ms": 412,
        "status": "applied",
        "reason": None,
    }


def test_it_has_converged_when_all_have_applied_it(store, caller):
    who = caller("viewer")
    assert who.get(APPLIED)["metadata"] == {"converged": False}  # nobody runs
    author = Author(source=Source.COMMAND, name="tests", reason="test")
    config = services.write("orderbook_skew", "BTCUSDT", {"top_levels": 7}, author=author).config
    put(store, *(report(receipt(config), instance=f"{name}:1/0/1") for name in "ab"))
    assert who.get(f"{APPLIED}?symbol=btcusdt")["metadata"] == {"converged": True}
    assert who.get(APPLIED)["metadata"] == {"converged": False}  # the level of all symbols is another one


def test_who_may_ask(caller):
    for role, status in ((None, 401), ("stranger", 403), ("viewer", 200)):
        who = caller(role)
        who.get(APPLIED)
        assert who.status == status
    assert caller("viewer").get("/strategies/nope/applied")["error"]["code"] == "NOT_FOUND"
    assert caller("viewer").get(f"{APPLIED}?symbol=b$c")["error"]["code"] == "VALIDATION_ERROR"


def test_kept_signals_are_the_published_ones(kept):
    raw = json.loads(kept.lindex(KEYS.signals("orderbook_skew"), 0))
    listed = signals(Client()).json()["signals"][0]
    del raw["metadata"]["strategy_config"]["parameters"]
    assert listed == raw | {"state": "sent", "halted_by": None}

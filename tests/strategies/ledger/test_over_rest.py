"""The ledger over REST: filters, pages, outcomes, and what became of signals on average."""

import msgspec
import pytest
import redis
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from strategies.domain.signal import Signal
from strategies.ledger import reading
from strategies.models import SignalRecord
from tests.strategies.ledger.signals import HALTED, signal, written
from tests.strategies.runners import KEYS
from tests.strategies.test_views import keep

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("store", "nothing_set", "nobody_remembered"),
]
FROM = "2023-11-14T22:14:00Z"


def asked(**query: str | int):
    return Client().get("/api/v1/signals", query)


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["id"] for each in answer.json()["signals"]]


@pytest.fixture
def kept() -> dict[str, Signal]:
    """The newest last."""
    found = {
        "skew": signal(0, confidence=0.6),
        "halted": signal(1, symbol="1000PEPEUSDT", action="sell"),
        "other": signal(2, "trade_momentum", symbol="ETHUSDT", version=8, confidence=0.9),
        "neither": signal(3, "cross_exchange_spread", symbol="PEPEUSDT", action="hold"),
    }
    written(*(found[name] for name in ("skew", "other", "neither")))
    written(found["halted"], fate=HALTED)
    return found


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "neither other halted skew"),
        ({"strategy": "orderbook_skew"}, "halted skew"),
        ({"symbol": "pepeusdt"}, "neither"),
        ({"part": "pepe"}, "neither halted"),
        ({"part": "_"}, ""),
        ({"action": "SELL"}, "halted"),
        ({"state": "halted"}, "halted"),
        ({"min_confidence": "0.83"}, "neither other halted"),
        ({"version": 8}, "other"),
        ({"from": "2023-11-14T22:14:01Z", "to": "2023-11-14T22:14:03Z"}, "other halted"),
        ({"part": "USDT", "state": "sent", "version": 7, "limit": 1}, "neither"),
    ],
)
def test_signals_of_a_choice_the_newest_first(
    kept: dict[str, Signal], query: dict[str, str | int], names: str
):
    assert ids(asked(**{"from": FROM} | query)) == [kept[name].id for name in names.split()]


def test_a_signal_has_what_became_of_it_and_of_the_price(kept: dict[str, Signal]):
    SignalRecord.objects.filter(pk=kept["skew"].id).update(
        mid=100.25, spread_bps=49.8753, cost_at_least_bps=50.0, mid_1m=101.2525, bps_1m=100.0, unknown_1m=""
    )
    (halted, skew) = asked(strategy="orderbook_skew", **{"from": FROM}).json()["signals"]
    assert skew["market"] == {"mid_price": 100.25, "spread_bps": 49.8753, "cost_at_least_bps": 50.0}
    not_yet = {"mid": None, "bps": None, "unknown": "not_yet"}
    assert skew["outcome"] == {
        "1m": {"mid": 101.2525, "bps": 100.0, "unknown": None}, "5m": not_yet, "15m": not_yet,
    }  # fmt: skip
    assert (halted["state"], halted["halted_by"]["strategy_id"]) == ("halted", "orderbook_skew")
    assert "parameters" not in skew["metadata"]["strategy_config"]


def test_parameters_are_for_those_who_may_see_configuration(kept: dict[str, Signal], caller):
    who = caller("viewer")
    (listed,) = who.client.get("/api/v1/signals?version=8", headers=who.headers).json()["signals"]
    assert listed["metadata"]["strategy_config"]["parameters"] == {"top_levels": 5}


def test_page_after_page_until_there_is_no_more_and_none_twice():
    signals = [signal(second, symbol=symbol) for second in (0, 1, 1, 2) for symbol in ("BTCUSDT", "ETHUSDT")]
    signals.append(signal(1, "trade_momentum"))
    written(*signals)
    found, query = [], {"part": "usdt", "limit": "2"}
    while True:
        answer = asked(**query)
        found += ids(answer)
        if "next" not in answer.json():
            break
        query["cursor"] = answer.json()["next"]
        written(signal(60, symbol=f"NEW{len(found)}USDT"))  # what comes meanwhile shifts nothing
    assert len(found) == len(set(found))
    assert set(found) == {each.id for each in signals}


def test_the_newest_are_as_they_were_and_ask_no_database(store: redis.Redis):
    signals = [signal(second) for second in range(5)]
    keep(store, *signals)
    with CaptureQueriesContext(connection) as queries:
        newest = asked(limit=2, strategy="orderbook_skew", symbol="BTCUSDT", state="sent")
    assert not queries
    assert ids(newest) == [signals[4].id, signals[3].id]
    assert newest.json().keys() == {"count", "signals"}
    assert not {"market", "outcome"} & newest.json()["signals"][0].keys()


def test_outcomes_that_somebody_puts_into_the_store_are_not_believed(store: redis.Redis):
    known = signal(0)
    keep(store, known)
    forged = msgspec.json.encode(known)[:-1] + b',"outcome":{"1m":{"mid":1.0,"bps":9000.0,"unknown":null}}}'
    store.lset(KEYS.signals("orderbook_skew"), 0, forged.decode())
    assert asked().json()["signals"] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cursor", "x"),
        ("cursor", f"{FROM}~{'0' * 32}"),
        ("cursor", "2023-11-14T22:14:00.000Z~"),
        ("cursor", "2023-13-14T22:14:00.000Z~" + "0" * 32),
        ("min_confidence", "1.1"),
        ("min_confidence", "nan"),
        ("version", "-1"),
        ("version", "2147483648"),
        ("action", "short"),
        ("part", "BTC USDT"),
        ("part", "A" * 33),
        ("from", "yesterday"),
        ("to", "1969-01-01T00:00:00Z"),
        ("by", "day"),
    ],
)
def test_a_wrong_query_is_named(name: str, value: str):
    address = "/api/v1/signals/summary" if name == "by" else "/api/v1/signals"
    answer = Client().get(address, {name: value})
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [name]


def outcome(of: Signal, bps_1m: float) -> None:
    SignalRecord.objects.filter(pk=of.id).update(mid_1m=100.0, bps_1m=bps_1m, unknown_1m="")


def test_counts_and_mean_outcomes_by_what_is_asked_for():
    signals = [signal(0), signal(1), signal(2, version=8), signal(3, symbol="ETHUSDT")]
    rare = signal(4, "trade_momentum")
    written(*signals, rare)
    for each, bps in zip(signals, (1.0, 2.0, -4.0), strict=False):
        outcome(each, bps)
    everything = Client().get("/api/v1/signals/summary").json()
    assert (everything["signals"], everything["since"]) == (5, None)
    first, second = everything["rows"]
    assert first == {
        "strategy_id": "orderbook_skew", "symbol": None, "version": None, "hour": None, "action": None, "signals": 4,
        "first": "2023-11-14T22:14:00.000Z", "last": "2023-11-14T22:14:03.000Z",
        "known": {"1m": 3, "5m": 0, "15m": 0}, "mean_bps": {"1m": -0.333333, "5m": None, "15m": None},
    }  # fmt: skip
    assert (second["strategy_id"], second["signals"]) == ("trade_momentum", 1)

    def means(by: str, **query: str | int) -> list[tuple[object, int, float | None]]:
        rows = Client().get("/api/v1/signals/summary", {"by": by, **query}).json()["rows"]
        return [(each[by], each["signals"], each["mean_bps"]["1m"]) for each in rows]

    assert means("version", strategy="orderbook_skew") == [(7, 3, 1.5), (8, 1, -4.0)]
    assert means("symbol", strategy="orderbook_skew", version=7) == [
        ("BTCUSDT", 2, 1.5),
        ("ETHUSDT", 1, None),
    ]
    assert means("symbol", part="eth", to=FROM) == []


def test_of_very_many_the_newest_are_counted_and_it_says_since_when(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "COUNTED_THROUGH", 3)
    written(*(signal(second, version=second % 2) for second in (0, 1, 2, 3, 4)))
    written(signal(2, symbol="ETHUSDT"), signal(2, symbol="SOLUSDT"), signal(7, "trade_momentum", version=1))

    def counted(**query: str | int) -> tuple[str | None, int]:
        body = Client().get("/api/v1/signals/summary", query).json()
        return body["since"], body["signals"]

    at_2 = "2023-11-14T22:14:02.000Z"
    assert counted() == ("2023-11-14T22:14:03.000Z", 3)
    assert counted(strategy="orderbook_skew") == (at_2, 5)  # all of the moment at which it ends
    assert counted(strategy="orderbook_skew", by="hour", version=1) == (at_2, 1)
    assert counted(strategy="orderbook_skew", to=at_2) == (None, 2)  # from there it goes on
    assert counted(strategy="trade_momentum") == (None, 1)
    assert counted(part="NONE") == ("2023-11-14T22:14:03.000Z", 0)


def test_hours_are_told_apart_by_side_the_newest_first():
    written(
        signal(0), signal(59.9, action="sell"), signal(3_000), signal(-900, action="sell"), signal(2_759.9)
    )
    outcome(signal(0), 3.0)
    rows = Client().get("/api/v1/signals/summary?by=hour").json()["rows"]
    assert [(each["hour"], each["action"], each["signals"], each["mean_bps"]["1m"]) for each in rows] == [
        ("2023-11-14T23:00:00.000Z", "buy", 1, None),
        ("2023-11-14T22:00:00.000Z", "buy", 2, 3.0),
        ("2023-11-14T22:00:00.000Z", "sell", 1, None),
        ("2023-11-14T21:00:00.000Z", "sell", 1, None),
    ]


def test_without_the_database_the_newest_are_there_and_the_ledger_says_so(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
):
    def away(*_: object) -> None:
        raise DatabaseError("away")

    keep(store, signal(0))
    monkeypatch.setattr(reading.Choice, "records", property(away))
    assert asked().json()["count"] == 1
    for address in ("/api/v1/signals?version=7", "/api/v1/signals/summary"):
        refused = Client().get(address)
        assert (refused.status_code, refused.json()["error"]) == (503, "Database unavailable")
        assert refused["Retry-After"]

"""REST: what people decided lately that bears on a symbol, or on a strategy."""

from datetime import timedelta

import pytest
from django.utils import timezone

from configuration import services
from configuration.models import Source, StrategyConfig
from configuration.services import Author
from desk.events import decisions, events
from halts import services as halts
from halts.domain import HaltRecord, Scope

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RITA = Author(source=Source.ADMIN, name="rita", reason="odd books")
SKEW = "orderbook_skew"


@pytest.fixture
def viewer(caller):
    return caller("viewer")


def shown(who, query: str = "symbol=btcusdt"):
    answer = who.get(f"/config/events?{query}")
    return [(event["kind"], event["strategy"], event["symbol"]) for event in answer["data"]]


def test_what_bears_on_the_symbol_newest_first_and_nothing_else(viewer):
    services.write(SKEW, None, {"top_levels": 7}, author=RITA)
    services.write(SKEW, "BTCUSDT", {"top_levels": 3}, author=RITA)
    services.write(SKEW, "ETHUSDT", {"top_levels": 4}, author=RITA)
    halts.halt(Scope(), author=RITA)
    halts.halt(Scope(SKEW, "ETHUSDT"), author=RITA)
    halts.halt(Scope("", "BTCUSDT"), author=RITA)
    halts.resume(Scope(), author=RITA)
    services.delete(SKEW, "BTCUSDT", author=RITA)
    assert shown(viewer) == [
        ("change", "Order Book Skew", "BTCUSDT"),
        ("resume", None, None),
        ("halt", None, "BTCUSDT"),
        ("halt", None, None),
        ("change", "Order Book Skew", "BTCUSDT"),
        ("change", "Order Book Skew", None),
    ]
    assert shown(viewer, "symbol=BTCUSDT&limit=2") == shown(viewer)[:2]


def test_what_bears_on_a_strategy_on_whatever_symbol(viewer):
    services.write(SKEW, None, {"top_levels": 7}, author=RITA)
    services.write(SKEW, "BTCUSDT", {"top_levels": 3}, author=RITA)
    services.write("trade_momentum", None, {"buy_threshold": 0.7}, author=RITA)
    halts.halt(Scope("trade_momentum"), author=RITA)
    halts.halt(Scope("", "ETHUSDT"), author=RITA)
    assert shown(viewer, f"strategy={SKEW}") == [
        ("halt", None, "ETHUSDT"),
        ("change", "Order Book Skew", "BTCUSDT"),
        ("change", "Order Book Skew", None),
    ]
    assert shown(viewer, f"strategy={SKEW}&symbol=ETHUSDT") == [
        ("halt", None, "ETHUSDT"),
        ("change", "Order Book Skew", None),
    ]


def test_a_change_states_what_became_what_and_a_decision_who_and_why(viewer):
    services.write(SKEW, "BTCUSDT", {"top_levels": 3}, author=RITA)
    halts.halt(Scope(SKEW), author=RITA)
    halt, change = viewer.get("/config/events?symbol=BTCUSDT")["data"]
    assert (change["version"], change["changes"]) == (1, {"top_levels": [None, 3]})
    assert change["change_id"] == str(StrategyConfig.history.get().history_id)
    assert change["labels"] == {"top_levels": "Top levels"}
    assert [halt[name] for name in ("version", "change_id", "changes", "labels")] == [None] * 4
    for event in (halt, change):
        assert (event["actor"], event["reason"], event["strategy_id"]) == ("rita", "odd books", SKEW)
        assert event["at"].endswith("Z")


def test_only_of_the_last_minutes_by_the_time_it_was_issued(viewer):
    services.write(SKEW, None, {"top_levels": 7}, author=RITA)
    issued = (timezone.now() - timedelta(minutes=20)).timestamp()
    halts.adopt([HaltRecord(halted=True, reason="no database", actor="rita", at=issued)])
    assert shown(viewer) == [("change", "Order Book Skew", None)]
    assert shown(viewer, "symbol=BTCUSDT&minutes=30")[1] == ("halt", None, None)
    assert events(decisions(None, "BTCUSDT", timezone.now() + timedelta(seconds=1)), 10) == []


def test_it_is_two_queries(viewer, django_assert_num_queries):
    for level in range(3, 9):
        services.write(SKEW, None, {"top_levels": level}, author=RITA)
    assert StrategyConfig.history.count() == 6
    with django_assert_num_queries(2):
        assert len(events(decisions(None, "BTCUSDT", timezone.now() - timedelta(minutes=1)), 3)) == 3


@pytest.mark.parametrize(
    "query",
    [
        "",
        "symbol=",
        "symbol=b t c",
        "symbol=BTCUSDT&minutes=0",
        "symbol=BTCUSDT&minutes=1441",
        "symbol=BTCUSDT&limit=x",
        "strategy=nonsense",
    ],
)
def test_a_wrong_query_is_named(viewer, query: str):
    answer = viewer.get(f"/config/events?{query}")
    assert (viewer.status, answer["error"]["code"]) == (400, "VALIDATION_ERROR")
    field = query.rpartition("&")[2].partition("=")[0] or "symbol"
    assert list(answer["error"]["details"]["fields"]) == [field]

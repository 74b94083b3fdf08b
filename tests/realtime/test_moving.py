"""The clients of petrosa-realtime-strategies at work: what they send, and what they find here.

`docs/moving.md` explains the same to people; each of its rows about REST is held by a test here or named there.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from knox.models import AuthToken

from halts import services as halts
from halts.domain import Scope
from strategies.domain.signal import Signal
from tests.factories import spot_book

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "X-Petrosa-Internal-Token"
METRICS = "/api/v1/metrics"
SKEW = "/api/v1/strategies/orderbook_skew"
CHANGE: dict[str, Any] = {
    "parameters": {"buy_threshold": 1.3, "sell_threshold": 0.75},
    "changed_by": "trader_john",
    "reason": "low volatility",
}
Answer = tuple[int, dict[str, Any]]
Ask = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _clean_process(nothing_set: None) -> None:
    """Whatever a test here sets or reads, it begins with nothing."""


@pytest.fixture
def orchestrator(make_user: Callable[[str], User], settings: Any) -> Ask:
    """A service of old: it brings its token in the header of its house, and JSON."""
    settings.AUTH_HEADERS = [HEADER]
    token = AuthToken.objects.create(make_user("manager"))[1]
    client = Client()

    def ask(method: str, address: str, body: Any = None) -> Answer:
        data = "" if body is None else json.dumps(body)
        answer = client.generic(method, address, data, "application/json", headers={HEADER: token})
        return answer.status_code, answer.json()

    return ask


@pytest.fixture
def market(publish: Callable[..., None], reader: Any) -> None:
    """A bull, a bear and one between, for as many updates as a trend takes."""
    for update_id in range(1, 11):
        publish(
            spot_book("BTCUSDT", [(100.0, 3.0)], [(101.0, 1.0)], update_id),
            spot_book("ETHUSDT", [(10.0, 1.0)], [(10.1, 3.0)], update_id),
            spot_book("BNBUSDT", [(20.0, 1.0)], [(20.2, 1.0)], update_id),
        )


# -- Metrics, which need no token ------------------------------------------------------------


def test_the_depth_of_a_symbol_in_any_case_has_every_field_it_had(client, market):
    book = client.get(f"{METRICS}/depth/btcusdt").json()
    assert book["symbol"] == "BTCUSDT"
    assert book["imbalance"].keys() >= {"ratio", "percent", "bid_volume", "ask_volume"}
    assert book["pressure"] == {
        "buy_pressure": 75.0,
        "sell_pressure": 25.0,
        "net_pressure": 50.0,
        "interpretation": "bullish",
    }
    assert book["liquidity"].keys() >= {"total", "bid_depth_5", "ask_depth_5", "bid_depth_10", "ask_depth_10"}
    assert book["spread"].keys() >= {"best_bid", "best_ask", "spread_abs", "spread_bps", "mid_price"}
    assert book["vwap"].keys() >= {"bid", "ask", "spread"}
    assert book["order_book_quality"].keys() == {"bid_levels", "ask_levels", "total_levels"}
    assert book["strongest_levels"]["bid"] == {"price": 100.0, "volume": 3.0}


def test_pressure_counts_its_points_under_both_names(client, market):
    moved = client.get(f"{METRICS}/pressure/BTCUSDT", {"timeframe": "5m"}).json()
    assert moved["total_data_points"] == moved["data_points"] == moved["returned_data_points"] == 10
    assert moved["summary"].keys() == {
        "avg_pressure",
        "max_pressure",
        "min_pressure",
        "trend",
        "trend_strength",
    }
    assert moved["pressure_history"][0].keys() == {"timestamp", "pressure"}
    assert moved["imbalance_history"][0].keys() == {"timestamp", "imbalance"}


def test_what_there_is_nothing_of_is_answered_in_the_words_it_was_answered_in_but_as_404(client, market):
    depth = client.get(f"{METRICS}/depth/XYZUSDT")
    assert (depth.status_code, depth.json()["error"]) == (404, "No metrics available for XYZUSDT")
    for symbol in ("XYZUSDT", "B TC"):
        pressure = client.get(f"{METRICS}/pressure/{symbol}")
        assert pressure.status_code == 404
        assert pressure.json()["error"] == f"No pressure history available for {symbol}"


def test_a_timeframe_that_there_is_not_is_refused_in_the_same_words(client, market):
    for timeframe in ("1h", "5M", "1M"):  # M is a month elsewhere
        answer = client.get(f"{METRICS}/pressure/BTCUSDT", {"timeframe": timeframe})
        assert answer.status_code == 400
        assert answer.json()["detail"] == "Invalid timeframe. Must be '1m', '5m', or '15m'"
    answer = client.get(f"{METRICS}/history/BTCUSDT", {"resolution": "1M"})
    assert answer.status_code == 400


def test_the_summary_has_every_field_it_had(client, market):
    summary = client.get(f"{METRICS}/summary").json()
    assert summary["symbols_tracked"] == 3
    assert summary["market_sentiment"].keys() == {
        "bullish_symbols",
        "bearish_symbols",
        "neutral_symbols",
        "avg_net_pressure",
        "avg_imbalance_ratio",
    }
    assert summary["liquidity"].keys() >= {"avg_spread_bps", "total_liquidity"}
    assert summary["top_pressure_symbols"].keys() == {"highest_buy_pressure", "highest_sell_pressure"}


@pytest.mark.parametrize(
    ("query", "symbols"),
    [
        ({"trend": "BULLISH"}, ["BTCUSDT"]),
        ({"trend": "Bearish"}, ["ETHUSDT"]),
        ({"state": "LIVE", "sort_by": "PRESSURE", "sort_order": "DESC"}, ["BTCUSDT", "BNBUSDT", "ETHUSDT"]),
        ({"symbols": "btcusdt, ethusdt"}, ["BTCUSDT", "ETHUSDT"]),
        ({"min_pressure": "0", "sort_by": "Liquidity"}, ["BNBUSDT", "BTCUSDT"]),
    ],
)
def test_words_of_a_query_are_taken_in_any_case(client, market, query: dict[str, str], symbols: list[str]):
    answer = client.get(f"{METRICS}/all", query)
    assert list(answer.json()["metrics"]) == symbols


def test_a_word_that_is_none_is_repeated_as_it_was_written(client, market):
    answer = client.get(f"{METRICS}/all", {"trend": "UPWARDS"})
    assert answer.status_code == 400
    [fault] = answer.json()["fields"]["trend"]
    assert fault.endswith(", got 'UPWARDS'")
    assert client.get(f"{METRICS}/all", {"trend": "bullish\N{COMBINING DOT ABOVE}"}).status_code == 400


@pytest.mark.parametrize("query", [{"strategy": "ORDERBOOK_SKEW"}, {"state": "Sent"}])
def test_so_are_those_of_signals(client, store, query: dict[str, str]):
    assert client.get("/api/v1/signals", query).json() == {"count": 0, "signals": []}


def test_the_page_of_signals_takes_them_in_any_case_too(client, store):
    page = client.get("/signals/", {"state": "HALTED"}).content.decode()
    assert '<option value="halted" selected>' in page


def test_without_a_limit_all_rows_come_and_pages_are_stated_as_offsets(client, market):
    everything = client.get(f"{METRICS}/all").json()
    assert everything["symbols_count"] == 3
    assert everything["pagination"] == {
        "total": 3,
        "limit": None,
        "offset": 0,
        "has_next": False,
        "has_previous": False,
    }
    row = everything["metrics"]["BTCUSDT"]
    assert row.keys() >= {
        "timestamp",
        "net_pressure",
        "imbalance_percent",
        "spread_bps",
        "total_liquidity",
        "mid_price",
        "trend",
    }
    page = client.get(f"{METRICS}/all", {"limit": "2", "offset": "2"}).json()
    assert page["symbols_count"] == 1
    assert (page["pagination"]["has_next"], page["pagination"]["has_previous"]) == (False, True)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "5001"}, {"offset": "-1"}, {"page": "2"}])
def test_a_page_that_cannot_be_is_400_where_it_was_422(client, market, query: dict[str, str]):
    assert client.get(f"{METRICS}/all", query).status_code == 400


# -- Configuration ---------------------------------------------------------------------------


@pytest.mark.database
def test_a_tuning_session_from_the_list_to_the_refresh(orchestrator: Ask):
    status, listed = orchestrator("GET", "/api/v1/strategies")
    assert (status, listed["metadata"]["total_count"]) == (200, len(listed["data"]))
    assert listed["data"][0].keys() >= {
        "strategy_id",
        "name",
        "description",
        "has_global_config",
        "symbol_overrides",
        "parameter_count",
    }
    _, schema = orchestrator("GET", f"{SKEW}/schema")
    assert schema["data"][0].keys() >= {
        "name",
        "type",
        "description",
        "default",
        "min",
        "max",
        "allowed_values",
        "example",
    }
    _, defaults = orchestrator("GET", f"{SKEW}/defaults")
    assert defaults["data"]["buy_threshold"] == 1.2
    assert defaults["metadata"]["strategy_name"] == "Order Book Skew"

    _, judged = orchestrator(
        "POST",
        "/api/v1/config/validate",
        {"strategy_id": "orderbook_skew", "symbol": "BTCUSDT", "parameters": {"top_levels": 0}},
    )
    assert judged["data"]["validation_passed"] is False
    assert judged["data"]["errors"][0].keys() == {"field", "message", "code"}

    status, set_ = orchestrator("POST", f"{SKEW}/config", {**CHANGE, "validate_only": True})
    assert (status, set_["metadata"]["validation"]) == (200, "passed")
    status, set_ = orchestrator("POST", f"{SKEW}/config", CHANGE)
    assert (status, set_["metadata"]["action"], set_["data"]["version"]) == (200, "created", 1)
    assert (set_["data"]["source"], set_["data"]["is_override"]) == ("global", False)
    merged = {**CHANGE, "parameters": {"top_levels": 10}}
    _, set_ = orchestrator("POST", f"{SKEW}/config", merged)
    assert set_["data"]["overrides"] == {**CHANGE["parameters"], "top_levels": 10}
    _, set_ = orchestrator("POST", f"{SKEW}/config", {**merged, "replace": True})
    assert set_["data"]["overrides"] == {"top_levels": 10}
    status, own = orchestrator("POST", f"{SKEW}/config/btcusdt", CHANGE)
    assert (status, own["data"]["symbol"], own["data"]["is_override"]) == (200, "BTCUSDT", True)

    _, read = orchestrator("GET", f"{SKEW}/config/BTCUSDT")
    assert read["data"].keys() >= {
        "strategy_id",
        "symbol",
        "parameters",
        "version",
        "source",
        "is_override",
        "created_at",
        "updated_at",
    }
    _, trail = orchestrator("GET", f"{SKEW}/audit?limit=20")
    assert trail["data"][0].keys() >= {
        "id",
        "strategy_id",
        "symbol",
        "action",
        "old_parameters",
        "new_parameters",
        "changed_by",
        "changed_at",
        "reason",
    }
    assert (trail["data"][0]["changed_by"], trail["data"][0]["actor"]) == ("trader_john", "manager")
    status, refreshed = orchestrator("POST", "/api/v1/strategies/cache/refresh")
    assert (status, refreshed["success"]) == (200, True)


@pytest.mark.database
def test_what_was_200_with_an_error_inside_has_its_own_status_and_the_same_body(orchestrator: Ask):
    status, unknown = orchestrator("GET", "/api/v1/strategies/nope/config")
    assert (status, unknown["success"], unknown["error"]["code"]) == (404, False, "NOT_FOUND")
    assert unknown["error"]["message"] == "Strategy not found: nope"
    status, refused = orchestrator(
        "POST", f"{SKEW}/config", {**CHANGE, "parameters": {"top_levels": 0, "x": 1}}
    )
    assert (status, refused["success"], refused["error"]["code"]) == (400, False, "VALIDATION_ERROR")
    assert refused["error"]["details"]["errors"] == ["top_levels must be >= 1, got 0", "Unknown parameter: x"]
    for address, body in ((f"{SKEW}/config?force=1", CHANGE), (f"{SKEW}/config", {**CHANGE, "ttl": 1})):
        status, refused = orchestrator("POST", address, body)
        assert (status, refused["error"]["code"]) == (400, "VALIDATION_ERROR")
    status, back = orchestrator("POST", f"{SKEW}/rollback", {"changed_by": "admin"})
    assert (status, back["success"], back["error"]["code"]) == (409, False, "ROLLBACK_FAILED")


DELETION = "?changed_by=admin&reason=Reset%20to%20defaults"


@pytest.mark.database
def test_a_deletion_that_fails_has_its_old_code_among_the_details(orchestrator: Ask):
    status, gone = orchestrator("DELETE", f"{SKEW}/config{DELETION}")
    assert (status, gone["error"]["code"]) == (404, "NOT_FOUND")
    assert gone["error"]["details"] == {"alias": "DELETE_FAILED", "errors": [gone["error"]["message"]]}


@pytest.mark.database
def test_so_does_one_that_the_rules_refuse_beside_the_reasons(orchestrator: Ask):
    momentum = "/api/v1/strategies/trade_momentum/config"
    weights = {"price_weight": 0.5, "quantity_weight": 0.3, "maker_weight": 0.2}
    own = {"price_weight": 0.4, "quantity_weight": 0.4}  # with the maker weight of all symbols they make 1
    orchestrator("POST", momentum, {**CHANGE, "parameters": weights})
    orchestrator("POST", f"{momentum}/BTCUSDT", {**CHANGE, "parameters": own})
    status, refused = orchestrator("DELETE", f"{momentum}{DELETION}")
    assert (status, refused["error"]["code"]) == (400, "VALIDATION_ERROR")
    details = refused["error"]["details"]
    assert details["alias"] == "DELETE_FAILED"
    assert details["errors"][0].startswith("BTCUSDT: ")
    status, unread = orchestrator("DELETE", f"{SKEW}/config?nonsense=1")
    assert (status, unread["error"]["details"]["alias"]) == (400, "DELETE_FAILED")


@pytest.mark.database
def test_a_deletion_that_succeeds_does_not(orchestrator: Ask):
    orchestrator("POST", f"{SKEW}/config/BTCUSDT", CHANGE)
    status, gone = orchestrator("DELETE", f"{SKEW}/config/BTCUSDT{DELETION}")
    assert (status, gone["metadata"]) == (200, {"action": "deleted", "symbol": "BTCUSDT"})
    assert gone["data"]["message"].endswith("deleted successfully")


@pytest.fixture
def three_versions(orchestrator: Ask) -> list[str]:
    """The ids of versions 1, 2 and 3 of orderbook_skew."""
    for levels in (3, 4, 5):
        orchestrator("POST", f"{SKEW}/config", {**CHANGE, "parameters": {"top_levels": levels}})
    return [item["id"] for item in reversed(orchestrator("GET", f"{SKEW}/audit")[1]["data"])]


@pytest.mark.database
@pytest.mark.parametrize("verb", ["rollback", "restore"])
def test_a_version_and_an_id_that_agree_are_one_place_to_go_back_to(
    orchestrator: Ask, three_versions: list[str], verb: str
):
    wish = {
        "changed_by": "admin",
        "target_version": 2,
        "rollback_id": three_versions[1],
        "reason": "API test",
    }
    status, back = orchestrator("POST", f"{SKEW}/{verb}", wish)
    assert (status, back["metadata"]) == (200, {"action": "rolled_back", "restored_version": 2})
    assert back["data"]["parameters"]["top_levels"] == 4


@pytest.mark.database
def test_where_they_differ_nothing_is_done(orchestrator: Ask, three_versions: list[str]):
    status, refused = orchestrator(
        "POST", f"{SKEW}/rollback", {"target_version": 1, "rollback_id": three_versions[1]}
    )
    assert (status, refused["error"]["code"]) == (400, "VALIDATION_ERROR")
    reason = f"must name the same change: {three_versions[1]} made version 2, got version 1"
    assert refused["error"]["details"]["fields"] == {"target_version": [reason], "rollback_id": [reason]}
    status, refused = orchestrator("POST", f"{SKEW}/rollback", {"target_version": 1, "rollback_id": "nope"})
    assert (status, refused["error"]["code"]) == (409, "ROLLBACK_FAILED")
    assert len(orchestrator("GET", f"{SKEW}/audit")[1]["data"]) == 3


PASSED_OVER = "side is passed over: a configuration holds for both sides"


@pytest.mark.database
@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("GET", f"{SKEW}/config?side=LONG", None),
        ("GET", f"{SKEW}/config/BTCUSDT?side=SHORT", None),
        ("GET", f"{SKEW}/explain?side=LONG", None),
        ("GET", f"{SKEW}/audit?side=LONG", None),
        ("GET", f"{SKEW}/applied?side=LONG", None),
        ("POST", f"{SKEW}/config?side=LONG", CHANGE),
        ("POST", f"{SKEW}/config/BTCUSDT", {**CHANGE, "side": "LONG"}),
        ("POST", f"{SKEW}/config", {**CHANGE, "side": None, "validate_only": True}),
        ("POST", f"{SKEW}/rollback", {"target_version": 1, "side": "LONG"}),
        ("POST", f"{SKEW}/restore?side=LONG", {"target_version": 1}),
        ("DELETE", f"{SKEW}/config?side=LONG", None),
        (
            "POST",
            "/api/v1/config/validate",
            {"strategy_id": "orderbook_skew", "parameters": {"top_levels": 3}, "side": "LONG"},
        ),
        ("POST", f"{SKEW}/config", {"parameters": {"enabled": False}, "side": "LONG"}),
    ],
)
def test_a_side_is_passed_over_with_a_warning(
    orchestrator: Ask, three_versions: list[str], method: str, address: str, body: Any
):
    status, answer = orchestrator(method, address, body)
    assert status == 200, answer
    assert answer["metadata"]["warnings"] == [PASSED_OVER]


@pytest.mark.database
def test_who_names_no_side_is_not_warned(orchestrator: Ask):
    assert orchestrator("GET", f"{SKEW}/config")[1]["metadata"] is None
    assert orchestrator("POST", f"{SKEW}/config", CHANGE)[1]["metadata"] == {"action": "created"}


@pytest.mark.database
def test_a_side_is_none_of_a_halt_which_would_hold_for_more_than_it_states(orchestrator: Ask):
    status, refused = orchestrator("POST", f"{SKEW}/halt", {"reason": "news", "side": "LONG"})
    assert (status, list(refused["error"]["details"]["fields"])) == (400, ["side"])


@pytest.mark.database
def test_a_pause_halts_and_its_end_resumes(orchestrator: Ask):
    pause = {
        "parameters": {"enabled": False},
        "changed_by": "petrosa-cio:orderbook_skew",
        "reason": "CIO_PAUSE: drawdown",
        "validate_only": False,
    }
    status, paused = orchestrator("POST", f"{SKEW}/config", pause)
    assert (status, paused["success"], paused["metadata"]["action"]) == (200, True, "halted")
    assert halts.in_force().records[Scope("orderbook_skew")].changed_by == "petrosa-cio:orderbook_skew"
    status, going = orchestrator("POST", f"{SKEW}/config", {**pause, "parameters": {"enabled": True}})
    assert (status, going["metadata"]["action"]) == (200, "resumed")


# -- Messages --------------------------------------------------------------------------------


def test_a_signal_has_every_field_that_older_versions_sent():
    assert set(Signal.__struct_fields__) >= {
        *("id", "signal_id", "strategy_id", "strategy", "strategy_mode", "symbol", "source", "timestamp"),
        *("signal_type", "action", "confidence", "strength", "timeframe", "order_type", "time_in_force"),
        *("price", "current_price", "target_price", "quantity", "metadata"),
        *("stop_loss", "stop_loss_pct", "take_profit", "take_profit_pct"),
    }


# -- What stands around them -----------------------------------------------------------------


def test_the_document_is_where_it_was(client):
    answer = client.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["paths"].keys() >= {"/api/v1/strategies/{strategy_id}/config", f"{METRICS}/all"}
    assert answer.json() == client.get("/api/schema", headers={"Accept": "application/json"}).json()


@pytest.mark.parametrize("address", ["/docs", "/healthz", "/info", "/openapi.json/"])
def test_so_is_everything_beside_the_api(client, address: str):
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", ["/redoc", "/redoc/"])
def test_the_second_page_of_the_api_leads_to_the_first(client, address: str):
    assert client.get(address).headers["Location"] == "/docs"


def test_prometheus_text_is_where_it_was(client, store):
    answer = client.get("/metrics")
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "text/plain")

"""Every address of the configuration, over HTTP, by token and by session."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from configuration import services
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.symbols import RULE
from configuration.models import Source, StrategyConfig
from configuration.services import Author

pytestmark = [pytest.mark.database, pytest.mark.django_db]
BASE = "/api/v1"
SKEW = f"{BASE}/strategies/orderbook_skew"
CONFIG_KEYS = [
    "strategy_id", "symbol", "parameters", "overrides", "provenance", "version", "source", "is_override",
    "created_at", "updated_at", "hash",
]  # fmt: skip


def body(response: Any, status: int = 200) -> dict[str, Any]:
    """The envelope, whose four keys and truthfulness hold for every answer."""
    answer: dict[str, Any] = json.loads(response.content)
    assert response.status_code == status, answer
    assert list(answer) == ["success", "data", "error", "metadata"]
    assert answer["success"] == (status < 400)
    assert (answer["error"] is None) == answer["success"]
    return answer


def post(api: APIClient, path: str, payload: Any, **extra: Any) -> Any:
    return api.post(path, payload, format="json", **extra)


def test_strategies_in_catalogue_order(api: APIClient):
    post(api, f"{SKEW}/config/btcusdt", {"parameters": {"top_levels": 3}})
    answer = body(api.get(f"{BASE}/strategies"))
    assert [item["strategy_id"] for item in answer["data"]] == list(CATALOGUE)
    assert answer["metadata"] == {"total_count": 6}
    assert answer["data"][0] == {
        "strategy_id": "orderbook_skew",
        "name": "Order Book Skew",
        "description": CATALOGUE["orderbook_skew"].description,
        "category": "Realtime Data",
        "type": "microstructure",
        "has_global_config": False,
        "symbol_overrides": ["BTCUSDT"],
        "parameter_count": 8,
        "state": "ACTIVE",
    }


def test_schema(api: APIClient):
    answer = body(api.get(f"{SKEW}/schema"))
    assert answer["data"][0] == {
        "name": "top_levels",
        "type": "int",
        "description": CATALOGUE["orderbook_skew"].parameters["top_levels"].description,
        "unit": "levels",
        "default": 5,
        "min": 1,
        "max": 20,
        "allowed_values": None,
        "example": 10,
    }
    assert answer["metadata"] == {
        "rules": ["sell_threshold < buy_threshold", "imbalance_weight + spread_weight = 1"]
    }


def test_defaults(api: APIClient):
    answer = body(api.get(f"{SKEW}/defaults"))
    assert answer["data"] == CATALOGUE["orderbook_skew"].defaults
    assert answer["metadata"] == {"strategy_name": "Order Book Skew"}


def test_config_without_anything_set(api: APIClient):
    response = api.get(f"{SKEW}/config")
    config = body(response)["data"]
    assert list(config) == CONFIG_KEYS
    assert config["parameters"] == CATALOGUE["orderbook_skew"].defaults
    assert set(config["provenance"].values()) == {"default"}
    assert (config["version"], config["source"], config["overrides"]) == (0, "default", {})
    assert config["created_at"] is config["updated_at"] is None
    assert response["ETag"] == '"0"'


def test_a_symbol_inherits_per_parameter(api: APIClient):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7, "buy_threshold": 2}})
    post(api, f"{SKEW}/config/ethusdt", {"parameters": {"top_levels": 3}})

    config = body(api.get(f"{SKEW}/config/EthUsdt"))["data"]
    assert config["symbol"] == "ETHUSDT"
    assert (config["parameters"]["top_levels"], config["parameters"]["buy_threshold"]) == (3, 2.0)
    assert config["provenance"]["top_levels"] == "symbol"
    assert config["provenance"]["buy_threshold"] == "global"
    assert config["provenance"]["sell_threshold"] == "default"
    assert (config["source"], config["is_override"], config["version"]) == ("symbol", True, 1)
    assert config["created_at"].endswith("Z")

    other = body(api.get(f"{SKEW}/config/BTCUSDT"))["data"]
    assert (other["version"], other["source"], other["is_override"]) == (1, "global", False)


def test_update_creates_then_updates(api: APIClient):
    created = body(post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7.0}, "reason": "why"}))
    assert created["metadata"] == {"action": "created"}
    assert created["data"]["overrides"] == {"top_levels": 7}
    updated = post(api, f"{SKEW}/config", {"parameters": {"buy_threshold": 2}, "changed_by": "desk"})
    assert body(updated)["metadata"] == {"action": "updated"}
    assert body(updated)["data"]["overrides"] == {"top_levels": 7, "buy_threshold": 2.0}
    assert updated["ETag"] == '"2"'


def test_null_and_replace(api: APIClient):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7, "buy_threshold": 2}})
    config = body(post(api, f"{SKEW}/config", {"parameters": {"top_levels": None}}))["data"]
    assert config["overrides"] == {"buy_threshold": 2.0}
    config = body(post(api, f"{SKEW}/config", {"parameters": {"top_levels": 8}, "replace": True}))["data"]
    assert config["overrides"] == {"top_levels": 8}


def test_validate_only_writes_nothing(api: APIClient):
    answer = body(post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}, "validate_only": True}))
    assert answer["metadata"] == {"validation": "passed"}
    assert answer["data"]["parameters"]["top_levels"] == 7
    assert not StrategyConfig.history.exists()
    refused = post(api, f"{SKEW}/config", {"parameters": {"top_levels": 0}, "validate_only": True})
    assert body(refused, 400)["error"]["code"] == "VALIDATION_ERROR"


def test_all_problems_are_reported_in_request_order(api: APIClient):
    parameters = {
        "x": 1,
        "buy_threshold": "high",
        "top_levels": 100000,
        "base_confidence": False,
        "imbalance_weight": 0.9,
    }
    error = body(post(api, f"{SKEW}/config", {"parameters": parameters}), 400)["error"]
    assert error["message"] == "Validation failed"
    assert error["details"]["errors"] == [
        "Unknown parameter: x",
        "buy_threshold must be a number",
        "top_levels must be <= 20, got 100000",
        "base_confidence must be a number",
        "imbalance_weight + spread_weight = 1 must hold, got imbalance_weight=0.9, spread_weight=0.4",
    ]
    assert error["details"]["fields"]["top_levels"] == ["must be <= 20, got 100000"]
    # A rule that joins two parameters is told at both, whichever of them was asked to change.
    broken = error["details"]["errors"][-1:]
    assert error["details"]["fields"]["imbalance_weight"] == broken
    assert error["details"]["fields"]["spread_weight"] == broken


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "true", '"1.5"', "[1]", "{}"])
def test_what_is_not_a_number_is_refused_by_name(api: APIClient, literal: str):
    raw = f'{{"parameters":{{"buy_threshold":{literal}}}}}'
    response = api.post(f"{SKEW}/config", raw, content_type="application/json")
    assert body(response, 400)["error"]["details"] == {
        "errors": ["buy_threshold must be a number"],
        "fields": {"buy_threshold": ["must be a number"]},
    }


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        ("", "parameters is required"),
        ("[]", "body must be a JSON object, got []"),
        ("3", "body must be a JSON object, got 3"),
        ("{}", "parameters is required"),
        ('{"parameters": null}', "parameters must not be null"),
        ('{"parameters": [1]}', "parameters must be an object, got [1]"),
        ('{"parameters": {}}', "parameters must name at least one parameter, got {}"),
        (
            '{"parameters": {}, "validate_olny": true}',
            "validate_olny is not a field of this request; "
            "it takes parameters, reason, changed_by, validate_only, replace",
        ),
        ('{"parameters": {}, "replace": "perhaps"}', 'replace must be a boolean, got "perhaps"'),
        ('{"parameters": {}, "replace": 1}', "replace must be a boolean, got 1"),
        ('{"parameters": {}, "validate_only": "true"}', 'validate_only must be a boolean, got "true"'),
        ('{"parameters": {}, "validate_only": null}', "validate_only must not be null"),
        ('{"parameters": {}, "reason": {}}', "reason must be a string, got {}"),
        ('{"parameters": {}, "reason": 7}', "reason must be a string, got 7"),
        ('{"parameters": {}, "changed_by": 1.5}', "changed_by must be a string, got 1.5"),
        (
            '{"parameters": {}, "changed_by": "%s"}' % ("x" * 151),
            "changed_by must have at most 150 characters, got 151",
        ),
    ],
)
def test_the_shape_of_the_body(api: APIClient, raw: str, complaint: str):
    response = api.post(f"{SKEW}/config", raw, content_type="application/json")
    assert complaint in body(response, 400)["error"]["details"]["errors"]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (
            "{",
            "The body is not JSON: expecting property name enclosed in double quotes at line 1, column 2",
        ),
        (" ", "The body is not JSON: expecting value at line 1, column 2"),
        ("\xff", "The body is not UTF-8 text"),
        (
            '{"parameters": {"\\ud800": 1}}',
            "The body holds an unpaired surrogate, which is not a character",
        ),
        ('{"parameters":' + "[" * 100_000, "The body is nested too deeply"),
        (
            '{"parameters": {"top_levels": 3, "top_levels": 4}}',
            "The body names 'top_levels' twice in one object",
        ),
    ],
)
def test_bodies_that_are_not_json(api: APIClient, raw: str, sentence: str):
    response = api.post(f"{SKEW}/config", raw.encode("latin-1"), content_type="application/json")
    assert body(response, 400)["error"] == {"code": "VALIDATION_ERROR", "message": sentence, "details": None}


@pytest.mark.parametrize("value", ["9" * 5000, "-" + "9" * 5000, "9" * 400])
def test_whole_numbers_beyond_measure_are_refused_by_name(api: APIClient, value: str):
    raw = f'{{"parameters": {{"top_levels": {value}, "buy_threshold": {value}}}}}'
    error = body(api.post(f"{SKEW}/config", raw, content_type="application/json"), 400)["error"]
    bound = "must be >= 1" if value.startswith("-") else "must be <= 20"
    assert error["details"]["fields"] == {
        "top_levels": [f"{bound}, got {value[:60]}…"],
        "buy_threshold": ["must be a number"],
    }


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("application/xml", b"<xml/>"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nnonsense"),
        ("application/x-www-form-urlencoded", b"parameters=1"),
        ("", b"{}"),
    ],
)
@pytest.mark.parametrize("method", ["post", "delete"])
def test_another_media_type(api: APIClient, method: str, content_type: str, sent: Any):
    response = api.generic(method.upper(), f"{SKEW}/config", sent, content_type=content_type)
    error = body(response, 415)["error"]
    assert error["code"] == "UNSUPPORTED_MEDIA_TYPE"
    assert error["message"] == (
        f"Bodies are JSON (Content-Type: application/json), got {content_type.partition(';')[0] or 'no Content-Type'}"
    )


def test_names_a_client_makes_up_are_told_only_so_far(api: APIClient):
    made_up = {f"x{number}": 1 for number in range(1234)}
    error = body(post(api, f"{SKEW}/config", {"parameters": made_up | {"top_levels": 0}}), 400)["error"]
    assert error["message"] == "Validation failed: 50 of 1235 problems are told"
    assert error["details"]["errors"] == [f"Unknown parameter: x{number}" for number in range(50)]
    assert len(error["details"]["fields"]) == 50
    path = f"{BASE}/config/validate"
    judged = body(post(api, path, {"strategy_id": "orderbook_skew", "parameters": made_up}))["data"]
    assert len(judged["errors"]) == 50
    assert judged["warnings"] == ["50 of 1234 problems are told"]
    unknown = body(post(api, f"{SKEW}/config", {"parameters": {"top_levels": 3}} | made_up), 400)["error"]
    assert len(unknown["details"]["errors"]) == 50


def test_what_an_answer_repeats_of_a_body_is_bounded(api: APIClient):
    long = "x" * 100_000
    for payload in (
        {"parameters": {long: 1}},
        {"parameters": {"top_levels": int("9" * 300)}},
        {"parameters": {"top_levels": 3}, long: 1},
    ):
        response = post(api, f"{SKEW}/config", payload)
        body(response, 400)
        assert len(response.content) < 1000
    assert len(api.get(f"{BASE}/strategies/{long[:3000]}/config").content) < 1000


def test_every_symbol_a_change_would_break_is_named(api: APIClient):
    symbols = [f"S{number:03}USDT" for number in range(60)]
    for symbol in symbols:
        body(post(api, f"{SKEW}/config/{symbol}", {"parameters": {"sell_threshold": 1.0}}))
    error = body(post(api, f"{SKEW}/config", {"parameters": {"buy_threshold": 1.0}}), 400)["error"]
    assert [message.partition(":")[0] for message in error["details"]["errors"]] == symbols


@pytest.mark.parametrize(
    "symbol",
    [
        "B",
        "BTC%20USDT",
        "X" * 33,
        "%C3%9F%C3%9F",
        "BTC%00",
        "ab%5C",
        "..",
        "%2e%2e",
        "null",
        "Global",
        "undefined",
    ],
)
def test_odd_symbols(api: APIClient, symbol: str):
    for response in (
        post(api, f"{SKEW}/halt/{symbol}", {"reason": "odd"}),
        api.get(f"{SKEW}/config/{symbol}"),
        post(api, f"{SKEW}/config/{symbol}", {"parameters": {}}),
        api.delete(f"{SKEW}/config/{symbol}"),
        post(api, f"{SKEW}/rollback/{symbol}", {}),
        api.get(f"{SKEW}/explain/{symbol}"),
    ):
        assert body(response, 400)["error"]["details"]["fields"].keys() == {"symbol"}


def test_delete(api: APIClient):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}})
    post(api, f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 8}})
    answer = body(api.delete(f"{SKEW}/config/btcusdt?reason=delisted&changed_by=desk"))
    assert answer["data"]["message"].endswith("deleted successfully")
    assert answer["metadata"] == {"action": "deleted", "symbol": "BTCUSDT"}
    assert body(api.delete(f"{SKEW}/config"))["metadata"] == {"action": "deleted"}
    assert body(api.delete(f"{SKEW}/config"), 404)["error"]["code"] == "NOT_FOUND"
    newest = StrategyConfig.history.of_level("orderbook_skew", "BTCUSDT").first()
    assert (newest.history_change_reason, newest.changed_by, newest.version) == ("delisted", "desk", 2)


def test_audit(api: APIClient):
    for levels in (3, 4, 5):
        post(api, f"{SKEW}/config", {"parameters": {"top_levels": levels}, "reason": f"to {levels}"})
    post(api, f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 9}, "changed_by": "desk"})

    answer = body(api.get(f"{SKEW}/audit?limit=2"))
    assert answer["metadata"] == {"count": 2, "total": 3}
    item = answer["data"][0]
    assert isinstance(item.pop("id"), str)
    assert item.pop("changed_at").endswith("Z")
    assert item == {
        "strategy_id": "orderbook_skew",
        "symbol": None,
        "action": "UPDATE",
        "old_parameters": {"top_levels": 4},
        "new_parameters": {"top_levels": 5},
        "changes": {"top_levels": [4, 5]},
        "version": 3,
        "actor": "manager",
        "changed_by": None,
        "reason": "to 5",
        "source": "api",
    }
    [rest] = body(api.get(f"{SKEW}/audit?offset=2"))["data"]
    assert (rest["action"], rest["old_parameters"], rest["version"]) == ("CREATE", None, 1)
    [own] = body(api.get(f"{SKEW}/audit?symbol=btcusdt"))["data"]
    assert (own["symbol"], own["changed_by"], own["version"]) == ("BTCUSDT", "desk", 1)


def test_audit_of_all_levels(api: APIClient):
    for place in ("config", "config/BTCUSDT", "config/ETHUSDT", "config"):
        post(api, f"{SKEW}/{place}", {"parameters": {"top_levels": 9}})
    post(api, f"{BASE}/strategies/btc_dominance/config/BTCUSDT", {"parameters": {"high_threshold": 65.0}})
    answer = body(api.get(f"{SKEW}/audit?symbol=*&limit=3"))
    assert answer["metadata"] == {"count": 3, "total": 4}
    assert [(item["symbol"], item["version"]) for item in answer["data"]] == [
        (None, 2), ("ETHUSDT", 1), ("BTCUSDT", 1),
    ]  # fmt: skip
    [oldest] = body(api.get(f"{SKEW}/audit?symbol=*&offset=3"))["data"]
    assert (oldest["symbol"], oldest["version"]) == (None, 1)


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("limit=0", "limit must be >= 1, got 0"),
        ("limit=1001", "limit must be <= 1000, got 1001"),
        ("limit=" + "9" * 5000, f"limit must be <= 1000, got {'9' * 60}…"),
        ("limit=x", 'limit must be an integer, got "x"'),
        ("limit=", 'limit must be an integer, got ""'),
        ("limit=%D9%A1", 'limit must be an integer, got "١"'),
        ("limit=1_0", 'limit must be an integer, got "1_0"'),
        ("limit=" + "0" * 30 + "1", f'limit must be an integer, got "{"0" * 30}1"'),
        ("limit=1.0", 'limit must be an integer, got "1.0"'),
        ("limit=1&limit=2", "limit must be given once, got 2 values"),
        ("offset=-1", "offset must be >= 0, got -1"),
        ("symbol=", "symbol must not be empty"),
        ("symbl=BTCUSDT", "symbl is not a query parameter of this address; it takes symbol, limit, offset"),
        ("symbol=!", f"symbol {RULE}; got !"),
        ("symbol=null", "symbol must not be NULL: that word names no symbol"),
    ],
)
def test_audit_queries(api: APIClient, query: str, complaint: str):
    assert body(api.get(f"{SKEW}/audit?{query}"), 400)["error"]["details"]["errors"] == [complaint]


def test_cache_refresh(api: APIClient):
    answer = body(post(api, f"{BASE}/strategies/cache/refresh", None))
    assert answer["data"] == {"message": "cache refreshed successfully"}
    assert answer["metadata"] == {"action": "cache_refresh"}


@pytest.mark.parametrize("verb", ["rollback", "restore"])
@pytest.mark.parametrize("place", ["/BTCUSDT", "?symbol=btcusdt", "body"])
def test_rollback_of_a_symbol(api: APIClient, verb: str, place: str):
    for levels in (3, 4):
        post(api, f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": levels}})
    said = {"reason": "undo"} | ({"symbol": "btcusdt"} if place == "body" else {})
    answer = body(post(api, f"{SKEW}/{verb}{'' if place == 'body' else place}", said))
    assert answer["metadata"] == {"action": "rolled_back", "restored_version": 1}
    assert answer["data"]["overrides"] == {"top_levels": 3}
    assert (answer["data"]["symbol"], answer["data"]["version"]) == ("BTCUSDT", 3)
    newest = StrategyConfig.history.of_level("orderbook_skew", "BTCUSDT").first()
    assert (newest.source, newest.history_change_reason) == ("rollback", "undo")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/BTCUSDT?symbol=ETHUSDT", {}),
        ("/BTCUSDT", {"symbol": "ETHUSDT"}),
        ("?symbol=BTCUSDT", {"symbol": "ETHUSDT"}),
    ],
)
def test_rollback_of_two_symbols_at_once_is_refused(api: APIClient, place: str, said: dict[str, Any]):
    for symbol in ("BTCUSDT", "ETHUSDT"):
        for levels in (3, 4):
            post(api, f"{SKEW}/config/{symbol}", {"parameters": {"top_levels": levels}})
    details = body(post(api, f"{SKEW}/rollback{place}", said), 400)["error"]["details"]
    assert details["errors"][0].startswith("symbol must be one symbol, got BTCUSDT in the ")
    assert StrategyConfig.history.count() == 4
    body(post(api, f"{SKEW}/rollback/BTCUSDT?symbol=btcusdt", {"symbol": "BtcUsdt"}))


@pytest.mark.parametrize(
    ("place", "said"), [("?symbol=", {}), ("", {"symbol": ""}), ("", {"rollback_id": ""})]
)
def test_an_empty_name_is_not_everything(api: APIClient, place: str, said: dict[str, Any]):
    for levels in (3, 4):
        post(api, f"{SKEW}/config", {"parameters": {"top_levels": levels}})
    [error] = body(post(api, f"{SKEW}/rollback{place}", said), 400)["error"]["details"]["errors"]
    assert error.endswith(" must not be empty")


def test_an_answer_sent_back_to_another_level_is_refused(api: APIClient):
    whole = body(api.get(f"{SKEW}/config"))["data"]
    error = body(post(api, f"{SKEW}/config/BTCUSDT", whole), 400)["error"]
    assert error["details"]["errors"] == ['symbol must be "BTCUSDT" as the path has it, got null']
    own = body(api.get(f"{SKEW}/config/BTCUSDT"))["data"]
    error = body(post(api, f"{SKEW}/config", own), 400)["error"]
    assert error["details"]["errors"] == ['symbol must be null as the path has it, got "BTCUSDT"']
    error = body(post(api, f"{BASE}/strategies/btc_dominance/config/BTCUSDT", own), 400)["error"]
    assert error["details"]["fields"].keys() == {"strategy_id"}
    assert not StrategyConfig.history.exists()


QUERIES = {
    ("DELETE", f"{SKEW}/config"): "reason, changed_by",
    ("GET", f"{SKEW}/audit"): "symbol, limit, offset",
    ("GET", f"{SKEW}/applied"): "symbol",
    ("POST", f"{SKEW}/rollback"): "symbol",
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *QUERIES,
        ("GET", f"{BASE}/strategies"),
        ("HEAD", f"{BASE}/strategies"),
        ("GET", f"{SKEW}/schema"),
        ("GET", f"{SKEW}/defaults"),
        ("GET", f"{SKEW}/config"),
        ("GET", f"{SKEW}/config/BTCUSDT"),
        ("GET", f"{SKEW}/explain"),
        ("POST", f"{SKEW}/config"),
        ("POST", f"{SKEW}/halt"),
        ("POST", f"{BASE}/strategies/resume"),
        ("POST", f"{BASE}/config/validate"),
        ("POST", f"{BASE}/strategies/cache/refresh"),
    ],
)
def test_what_an_address_does_not_take_in_its_query_is_refused(api: APIClient, method: str, path: str):
    response = api.generic(method, f"{path}?symbl=BTCUSDT", '{"reason": "x"}', "application/json")
    assert response.status_code == 400
    if method != "HEAD":
        takes = QUERIES.get((method, path), "none")
        assert body(response, 400)["error"]["details"]["errors"] == [
            f"symbl is not a query parameter of this address; it takes {takes}"
        ]


def test_rollback_to_a_version_and_to_an_audit_item(api: APIClient):
    for levels in (3, 4, 5):
        post(api, f"{SKEW}/config", {"parameters": {"top_levels": levels}})
    to_version = body(post(api, f"{SKEW}/rollback", {"target_version": 2}))
    assert to_version["data"]["overrides"] == {"top_levels": 4}
    first = body(api.get(f"{SKEW}/audit"))["data"][-1]["id"]
    to_item = body(post(api, f"{SKEW}/rollback", {"rollback_id": first}))
    assert to_item["data"]["overrides"] == {"top_levels": 3}
    assert to_item["metadata"]["restored_version"] == 1


def test_rollback_that_fails(api: APIClient):
    def refused(payload: dict[str, Any], status: int = 409) -> str:
        error = body(post(api, f"{SKEW}/rollback", payload), status)["error"]
        assert error["code"] == ("ROLLBACK_FAILED" if status == 409 else "VALIDATION_ERROR")
        return str(error["message"])

    assert "no history" in refused({})
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 3}})
    assert "no earlier version" in refused({})
    assert refused({"target_version": 9}) == "There is no version 9"
    assert refused({"rollback_id": "nope"})
    refused({"target_version": 1, "rollback_id": "1"}, 400)
    for version in ("x", "1", "١", True, 1.5, 0, 2**31, [1]):
        refused({"target_version": version}, 400)
    for change_id in (1, True, ["1"], "x" * 41):
        refused({"rollback_id": change_id}, 400)
    assert refused({"rollback_id": "١"}) == "No change ١ in the history of this level"
    body(post(api, f"{SKEW}/rollback", {"target_version": 1.0}))


def test_validate(api: APIClient):
    path = f"{BASE}/config/validate"
    asked = {"strategy_id": "orderbook_skew", "symbol": "btcusdt", "parameters": {"top_levels": 7}}
    data = body(post(api, path, asked))["data"]
    assert data["preview"]["parameters"]["top_levels"] == 7
    assert data["preview"]["symbol"] == "BTCUSDT"
    assert (data["validation_passed"], data["errors"], data["warnings"]) == (True, [], [])

    parameters = {"nope": 1, "top_levels": 0, "buy_threshold": "x", "spread_weight": 0.1}
    data = body(post(api, path, {"strategy_id": "orderbook_skew", "parameters": parameters}))["data"]
    assert (data["validation_passed"], data["preview"]) == (False, None)
    assert [(error["field"], error["code"]) for error in data["errors"]] == [
        ("nope", "UNKNOWN_PARAMETER"),
        ("top_levels", "OUT_OF_RANGE"),
        ("buy_threshold", "INVALID_TYPE"),
        ("spread_weight", "RULE_VIOLATED"),
    ]
    assert data["errors"][1]["message"] == "top_levels must be >= 1, got 0"
    assert (
        body(post(api, path, asked | {"strategy_id": "x"}), 404)["error"]["message"]
        == "Strategy not found: x"
    )
    assert body(post(api, path, asked | {"symbol": "!"}), 400)
    assert not StrategyConfig.history.exists()


def test_explain(api: APIClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERBOOK_SKEW_TOP_LEVELS", "6")
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}, "reason": "wide", "changed_by": "desk"})
    post(api, f"{SKEW}/config", {"parameters": {"buy_threshold": 2}})
    post(api, f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 8}, "reason": "narrow"})

    explained = body(api.get(f"{SKEW}/explain/btcusdt"))["data"]
    top = explained["top_levels"]
    assert (top["value"], top["layer"], top["version"], top["changed_by"], top["reason"]) == (
        8, "symbol", 1, "manager", "narrow",
    )  # fmt: skip
    assert [(shadow["layer"], shadow["value"]) for shadow in top["shadows"]] == [
        ("default", 5),
        ("environment", 6),
        ("global", 7),
    ]
    assert top["shadows"][2]["changed_by"] == "desk"
    assert top["shadows"][2]["version"] == 1  # not 2, which changed something else
    assert explained["buy_threshold"]["version"] == 2
    untouched = explained["sell_threshold"]
    assert (untouched["layer"], untouched["version"], untouched["shadows"]) == ("default", None, [])
    assert body(api.get(f"{SKEW}/explain"))["data"]["top_levels"]["value"] == 7


@pytest.mark.parametrize(
    "path",
    ["schema", "defaults", "config", "config/BTCUSDT", "audit", "explain", "explain/BTCUSDT"],
)
def test_unknown_strategies(api: APIClient, path: str):
    error = body(api.get(f"{BASE}/strategies/nope/{path}"), 404)["error"]
    assert (error["code"], error["message"]) == ("NOT_FOUND", "Strategy not found: nope")


@pytest.mark.parametrize("suffix", ["", "/"])
def test_both_spellings_of_every_method(api: APIClient, suffix: str):
    assert post(api, f"{SKEW}/config{suffix}", {"parameters": {"top_levels": 7}}).status_code == 200
    assert api.get(f"{SKEW}/config{suffix}").status_code == 200
    assert api.get(f"{BASE}/strategies{suffix}").status_code == 200
    assert api.delete(f"{SKEW}/config{suffix}").status_code == 200


def test_if_match(api: APIClient):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}})
    write = {"parameters": {"top_levels": 8}}
    stale = body(post(api, f"{SKEW}/config", write, headers={"If-Match": '"7"'}), 412)["error"]
    assert stale["code"] == "PRECONDITION_FAILED"
    assert stale["details"] == {"expected_version": 7, "current_version": 1}
    for tag in ('"1"', '"9", "2"', "*", ' "4" ', '"5",, "seven"'):
        assert post(api, f"{SKEW}/config", write, headers={"If-Match": tag}).status_code == 200, tag
    body(api.delete(f"{SKEW}/config", headers={"If-Match": '"1"'}), 412)
    body(post(api, f"{SKEW}/rollback", {}, headers={"If-Match": '"1"'}), 412)
    body(post(api, f"{SKEW}/rollback", {}, headers={"If-Match": '"6"'}))
    body(api.delete(f"{SKEW}/config", headers={"If-Match": '"7"'}))


@pytest.mark.parametrize(
    "tag", ["seven", "7", '"7', '7"', "", " ", ",", '"1" "2"', '*, "1"', 'w/"1"', '"a b"', '""1""']
)
def test_if_match_that_is_no_list_of_entity_tags(api: APIClient, tag: str):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}})
    for dry in (True, False):
        write = {"parameters": {"top_levels": 8}, "validate_only": dry}
        error = body(post(api, f"{SKEW}/config", write, headers={"If-Match": tag}), 400)["error"]
        assert error["details"]["fields"].keys() == {"If-Match"}
    assert StrategyConfig.history.count() == 1


@pytest.mark.parametrize("tag", ['"7"', 'W/"1"', '"01"', '"seven"', '""', '"\xe9"', '"1.0"', 'W/"1", "2"'])
def test_if_match_of_another_entity(api: APIClient, tag: str):
    """Weak tags match nothing where something is to be changed (RFC 9110, 13.1.1)."""
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}})
    for dry in (True, False):
        write = {"parameters": {"top_levels": 8}, "validate_only": dry}
        error = body(post(api, f"{SKEW}/config", write, headers={"If-Match": tag}), 412)["error"]
        assert error["code"] == "PRECONDITION_FAILED"
        assert error["details"]["current_version"] == 1
    assert StrategyConfig.history.count() == 1


@pytest.mark.parametrize("path", ["config", "config/BTCUSDT", "audit", "rollback", "halt", "halt/BTCUSDT"])
def test_options_are_told_in_the_envelope(api: APIClient, path: str):
    response = api.options(f"{SKEW}/{path}")
    answer = body(response)
    assert answer["data"]["methods"] == response["Allow"].split(", ")
    assert "OPTIONS" in answer["data"]["methods"]
    assert ("GET" in answer["data"]["methods"]) == (path in ("config", "config/BTCUSDT", "audit"))


def test_options_need_a_credential():
    error = body(APIClient().options(f"{SKEW}/config"), 401)["error"]
    assert error["code"] == "NOT_AUTHENTICATED"


def test_every_default_set_and_every_answer_can_be_posted_back(api: APIClient):
    for strategy_id in CATALOGUE:
        path = f"{BASE}/strategies/{strategy_id}"
        defaults = body(api.get(f"{path}/defaults"))["data"]
        body(post(api, f"{path}/config", {"parameters": defaults}))
        for level in ("config", "config/BTCUSDT"):
            before = body(api.get(f"{path}/{level}"))["data"]
            after = body(post(api, f"{path}/{level}", before))["data"]
            assert (after["parameters"], after["hash"]) == (before["parameters"], before["hash"])


def test_the_actor_is_the_authenticated_user(api: APIClient, manager: User):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}, "changed_by": "somebody else"})
    change = StrategyConfig.history.first()
    assert (change.actor, change.changed_by, change.history_user_id) == (
        "manager",
        "somebody else",
        manager.pk,
    )


def test_a_rejected_rollback_names_its_reasons(api: APIClient, manager: User):
    author = Author(source=Source.API, user=manager)
    services.write("orderbook_skew", None, {"buy_threshold": 1.0}, author=author)
    services.write("orderbook_skew", None, {"buy_threshold": 2.0}, author=author)
    services.write("orderbook_skew", "BTCUSDT", {"sell_threshold": 1.0}, author=author)
    error = body(post(api, f"{SKEW}/rollback", {}), 409)["error"]
    assert error["details"]["errors"][0].startswith("BTCUSDT: sell_threshold < buy_threshold")

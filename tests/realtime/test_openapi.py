"""The OpenAPI document as generators of clients read it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from realtime.openapi import ENUMS, named_enumerations

OPERATIONS = """
    GET /alerts listAlerts
    GET /alerts/rules listAlertRules
    POST /alerts/rules createAlertRule
    POST /alerts/rules/test tryAlertRule
    GET /alerts/rules/{rule_id} getAlertRule
    PUT /alerts/rules/{rule_id} changeAlertRule
    DELETE /alerts/rules/{rule_id} deleteAlertRule
    GET /alerts/channels listAlertChannels
    POST /alerts/channels createAlertChannel
    GET /alerts/channels/{channel_id} getAlertChannel
    PUT /alerts/channels/{channel_id} changeAlertChannel
    DELETE /alerts/channels/{channel_id} deleteAlertChannel
    POST /alerts/channels/test/{channel_id} testAlertChannel
    GET /alerts/watched listWatched
    POST /alerts/acknowledge/{alert_id} acknowledgeAlert
    GET /alerts/silences listSilences
    POST /alerts/silences silenceAlerts
    DELETE /alerts/silences/{silence_id} endSilence
    GET /config/events listConfigEvents
    POST /config/validate validateConfig
    GET /feed getFeed
    GET /halts listHalts
    GET /halts/reasons listHaltReasons
    GET /halts/symbols listHaltedSymbols
    GET /metrics/all listMetrics
    GET /metrics/depth/{symbol} getDepth
    GET /metrics/export exportCsv
    GET /metrics/export.parquet exportParquet
    GET /metrics/heat/{symbol} getHeat
    GET /metrics/impact/{symbol} getImpact
    GET /metrics/history/{symbol} getHistory
    GET /metrics/history/{symbol}.csv getHistoryCsv
    GET /metrics/liquidity listLiquidity
    GET /metrics/liquidity/{symbol} getLiquidity
    GET /metrics/pressure/{symbol} getPressure
    GET /metrics/prices/{symbol} getPrices
    GET /audit/{change_id}/effect getEffect
    GET /batches/{batch} getBatch
    POST /batches/{batch}/revert revertBatch
    GET /metrics/sparklines getSparklines
    GET /metrics/summary getSummary
    GET /metrics/venues/{symbol} getVenues
    GET /signals listSignals
    GET /signals/export exportSignalsCsv
    GET /signals/export.parquet exportSignalsParquet
    GET /signals/summary summariseSignals
    GET /strategies listStrategies
    GET /strategies/{strategy_id}/applied getAppliedConfig
    GET /strategies/{strategy_id}/audit listConfigChanges
    GET /strategies/{strategy_id}/config getGlobalConfig
    POST /strategies/{strategy_id}/config setGlobalConfig
    DELETE /strategies/{strategy_id}/config deleteGlobalConfig
    GET /strategies/{strategy_id}/config/{symbol} getSymbolConfig
    POST /strategies/{strategy_id}/config/{symbol} setSymbolConfig
    DELETE /strategies/{strategy_id}/config/{symbol} deleteSymbolConfig
    GET /strategies/{strategy_id}/defaults getStrategyDefaults
    GET /strategies/{strategy_id}/explain explainGlobalConfig
    GET /strategies/{strategy_id}/explain/{symbol} explainSymbolConfig
    POST /strategies/{strategy_id}/halt haltStrategy
    POST /strategies/{strategy_id}/halt/{symbol} haltSymbol
    GET /strategies/{strategy_id}/measured getMeasured
    POST /strategies/{strategy_id}/resume resumeStrategy
    POST /strategies/{strategy_id}/resume/{symbol} resumeSymbol
    POST /strategies/{strategy_id}/rollback rollbackGlobalConfig
    POST /strategies/{strategy_id}/rollback/{symbol} rollbackSymbolConfig
    GET /strategies/{strategy_id}/schema getStrategySchema
    POST /strategies/{strategy_id}/what-if askGlobalWhatIf
    POST /strategies/{strategy_id}/what-if/{symbol} askSymbolWhatIf
    POST /strategies/cache/refresh refreshCache
    POST /strategies/halt haltAll
    POST /strategies/resume resumeAll
    GET /what-if/recordings listRecordings
    GET /whoami whoAmI
"""
"""What generated clients call them: whoever changes a name here breaks programs."""
PUBLIC = ("/api/v1/metrics/", "/api/v1/feed", "/api/v1/signals/")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    body: dict[str, Any] = Client().get("/api/schema", {"format": "json"}).json()
    return body


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def parts(node: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document with the name it stands under, examples left out."""
    if isinstance(node, dict):
        yield name, node
        for key, value in node.items():
            if key not in ("example", "examples"):
                yield from parts(value, key)
    elif isinstance(node, list):
        for each in node:
            yield from parts(each, name)


def test_it_is_valid(document: dict[str, Any]):
    OpenAPIV31SpecValidator(document).validate()


def test_operations_have_the_names_that_clients_call_them_by(document: dict[str, Any]):
    reported = {f"{method} {path} {each['operationId']}" for method, path, each in operations(document)}
    assert reported == {line.strip().replace(" /", " /api/v1/") for line in OPERATIONS.strip().splitlines()}


def test_every_enumeration_has_a_name_and_holds_words_only(document: dict[str, Any]):
    """Generators call one without a name after where it stands, eighteen times; one that holds null breaks them."""
    schemas = document["components"]["schemas"]
    for name, part in parts(document):
        if isinstance(part.get("enum"), list):
            assert schemas.get(name) is part, f"an enumeration without a name: {name}"
            assert all(isinstance(word, str) and word for word in part["enum"]), name
    assert not [name for name in schemas if "null" in name.lower() or "blank" in name.lower()]
    assert {name for name in ENUMS if name in schemas} == set(ENUMS)


def test_null_is_an_alternative_to_a_reference_alone(document: dict[str, Any]):
    """`oneOf` is distinguished by what matches, which generators do badly."""
    for name, part in parts(document):
        assert {"type": "null"} not in part.get("oneOf", []), name
        if {"type": "null"} in part.get("anyOf", []):
            assert all("$ref" in each for each in part["anyOf"] if each != {"type": "null"}), name


def test_an_enumeration_that_nobody_has_named_is_refused():
    document = {"paths": {"/x": {"get": {"schema": {"enum": ["up", "down"]}}}}, "components": {"schemas": {}}}
    with pytest.raises(ImproperlyConfigured, match="has no name for clients"):
        named_enumerations(document, None, None, True)


def test_strategies_are_one_enumeration_everywhere(document: dict[str, Any]):
    for _, path, operation in operations(document):
        for parameter in operation.get("parameters", []):
            if parameter["name"] in ("strategy_id", "strategy"):
                assert parameter["schema"] == {"$ref": "#/components/schemas/StrategyId"}, path


@pytest.mark.parametrize("name", ["Timeframe", "Resolution"])
def test_spans_of_time_have_names_that_languages_take(document: dict[str, Any], name: str):
    span = document["components"]["schemas"][name]
    assert len(span["x-enum-varnames"]) == len(span["enum"])
    assert all(each.isidentifier() for each in span["x-enum-varnames"])


def test_every_word_of_an_enumeration_is_a_name_or_has_one(document: dict[str, Any]):
    for name, schema in document["components"]["schemas"].items():
        for word in schema.get("x-enum-varnames", schema.get("enum", [])):
            assert word.isidentifier(), (name, word)


def test_a_success_has_one_form_of_body(document: dict[str, Any]):
    """Generators read one, whatever comes."""
    for method, path, operation in operations(document):
        for status, response in operation["responses"].items():
            assert len(response.get("content", {})) <= 1, (method, path, status)


def test_whoever_may_ask_is_stated_of_each_operation(document: dict[str, Any]):
    for method, path, operation in operations(document):
        known: list[dict[str, Any]] = [{"token": []}, {"session": []}]
        if path == "/api/v1/signals":
            known.insert(0, {})
        by_anybody: list[dict[str, Any]] = [{}, {"token": []}]
        assert operation["security"] == (by_anybody if path.startswith(PUBLIC) else known), (method, path)


def test_where_metrics_need_a_log_in_a_token_or_the_session_is_asked_for(settings: Any):
    settings.METRICS_REQUIRE_LOGIN = True
    document = Client().get("/api/schema", {"format": "json"}).json()
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}
    for method, path, operation in operations(document):
        if path != "/api/v1/signals":  # which is told once, when the process starts
            assert operation["security"] == [{"token": []}, {"session": []}], (method, path)


def test_headers_are_described_once_and_referred_to(document: dict[str, Any]):
    assert set(document["components"]["headers"]) == {
        "Content-Disposition", "ETag", "Retry-After", "WWW-Authenticate", "Warning",
    }  # fmt: skip
    for _, path, operation in operations(document):
        for response in operation["responses"].values():
            for name, header in response.get("headers", {}).items():
                assert header == {"$ref": f"#/components/headers/{name}"}, path


@pytest.mark.parametrize(
    ("operation", "status", "header"),
    [
        ("getDepth", "200", "ETag"),
        ("getDepth", "304", "ETag"),
        ("getDepth", "503", "Retry-After"),
        ("getSymbolConfig", "200", "ETag"),
        ("getSymbolConfig", "200", "Warning"),
        ("setSymbolConfig", "200", "ETag"),
        ("setSymbolConfig", "429", "Retry-After"),
        ("setSymbolConfig", "503", "Retry-After"),
        ("setSymbolConfig", "401", "WWW-Authenticate"),
        ("listSignals", "401", "WWW-Authenticate"),
        ("getDepth", "401", "WWW-Authenticate"),
        ("getHistoryCsv", "401", "WWW-Authenticate"),
        ("getHistoryCsv", "200", "Content-Disposition"),
    ],
)
def test_headers_are_declared_where_they_are_given(document: Any, operation: str, status: str, header: str):
    (found,) = (each for *_, each in operations(document) if each["operationId"] == operation)
    assert header in found["responses"][status]["headers"]


def test_refusals_are_declared_with_the_body_that_they_have(document: dict[str, Any]):
    for method, path, operation in operations(document):
        responses = operation["responses"]
        assert {"400", "503"} <= responses.keys(), (method, path)
        wanted = (
            {"ErrorAnswer"}
            if operation["security"][:1] == [{"token": []}]
            else {"Problem", "NoFeedProblem", "QueryProblem"}
        )
        for status, response in responses.items():
            if status >= "400":
                reference = response["content"]["application/json"]["schema"]["$ref"]
                bodies = {"ErrorAnswer"} if status in ("401", "403") else wanted
                assert reference.rpartition("/")[2] in bodies, (method, path, status)


def test_signals_have_a_type(document: dict[str, Any]):
    schemas = document["components"]["schemas"]
    assert schemas["Signals"]["properties"]["signals"]["items"] == {"$ref": "#/components/schemas/KeptSignal"}
    assert {"id", "action", "confidence", "price", "quantity", "stop_loss", "metadata", "state"} <= set(
        schemas["KeptSignal"]["required"]
    )
    assert not {"exchange", "legs", "market", "outcome"} & set(schemas["KeptSignal"]["required"])


@pytest.mark.parametrize(
    ("query", "accept", "content_type"),
    [
        ({"format": "json"}, "*/*", "application/json"),
        ({"format": "json"}, "application/yaml", "application/json"),
        ({"format": "yaml"}, "application/json", "application/yaml"),
        ({}, "application/json", "application/json"),
        ({}, "*/*", "application/vnd.oai.openapi"),
    ],
)
def test_the_document_comes_in_the_form_that_is_asked_for(
    query: dict[str, str], accept: str, content_type: str
):
    answer = Client().get("/api/schema", query, headers={"Accept": accept})
    assert answer.headers["Content-Type"].partition(";")[0] == content_type
    read = json.loads if content_type.endswith("json") else yaml.safe_load
    assert read(answer.content)["openapi"].startswith("3.1")


def test_a_form_that_there_is_not_is_refused():
    answer = Client().get("/api/schema", {"format": "xml"})
    assert answer.status_code == 400

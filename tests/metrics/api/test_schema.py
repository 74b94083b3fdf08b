"""The API against its own OpenAPI document: what is served matches it, and what it forbids is refused."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from metrics.models import MinuteRollup
from tests.described import PLAIN, connection_kept, described
from tests.factories import spot_book, usdm_book
from tests.metrics.api.test_history import MIDNIGHT, SPAN, minute

pytestmark = pytest.mark.django_db

CHECKS = [
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
SYMBOL = {"symbol": "BTCUSDT"}


@pytest.fixture
def document(store):
    """The document, through which the application can be called, within the transaction of the test."""
    with connection_kept():
        yield described().include(path_regex="^/api/v1/(metrics|feed)")


@pytest.fixture
def market(reader, publish):
    """Something of every kind: live, one-sided and crossed books, refused and ignored messages, minutes."""
    publish(
        spot_book(),
        usdm_book("ETHUSDT"),
        spot_book("XRPUSDT", asks=[]),
        spot_book("ADAUSDT"),
        spot_book("ADAUSDT", bids=[(200.0, 1.0)], update_id=2),
        b"{",
        b'{"result":null,"id":1}',
    )
    rng = random.Random(1)
    MinuteRollup.objects.bulk_create([minute(number, rng, 10 * (number % 3)) for number in range(10)])


@pytest.mark.parametrize(
    ("path", "parameters", "query", "status"),
    [
        ("/metrics/depth/{symbol}", SYMBOL, {}, 200),
        ("/metrics/depth/{symbol}", {"symbol": "XRPUSDT"}, {}, 200),
        ("/metrics/depth/{symbol}", {"symbol": "ADAUSDT"}, {}, 200),
        ("/metrics/depth/{symbol}", {"symbol": "NOSUCH"}, {}, 404),
        ("/metrics/pressure/{symbol}", SYMBOL, {"timeframe": "1m"}, 200),
        ("/metrics/pressure/{symbol}", {"symbol": "XRPUSDT"}, {}, 200),
        ("/metrics/pressure/{symbol}", SYMBOL, {"max_points": "x"}, 400),
        ("/metrics/pressure/{symbol}", SYMBOL, {"timeframe": "x"}, 400),
        ("/metrics/prices/{symbol}", SYMBOL, {"timeframe": "1m"}, 200),
        ("/metrics/prices/{symbol}", {"symbol": "XRPUSDT"}, {}, 200),
        ("/metrics/prices/{symbol}", SYMBOL, {"timeframe": "x"}, 400),
        ("/metrics/heat/{symbol}", SYMBOL, {"minutes": "5", "since": "2023-11-14T22:13:20Z"}, 200),
        ("/metrics/heat/{symbol}", {"symbol": "XRPUSDT"}, {}, 200),
        ("/metrics/impact/{symbol}", SYMBOL, {}, 200),
        ("/metrics/heat/{symbol}", SYMBOL, {"minutes": "16"}, 400),
        ("/metrics/liquidity/{symbol}", SYMBOL, {}, 200),
        ("/metrics/liquidity/{symbol}", SYMBOL, {"sizes": "100,2.5e3", "bands": "1,25"}, 200),
        ("/metrics/liquidity/{symbol}", {"symbol": "XRPUSDT"}, {}, 200),
        ("/metrics/liquidity/{symbol}", {"symbol": "ADAUSDT"}, {}, 200),
        ("/metrics/liquidity/{symbol}", SYMBOL, {"bands": "x"}, 400),
        ("/metrics/liquidity", {}, {}, 200),
        ("/metrics/liquidity", {}, {"sort_by": "depth_usd_50", "limit": "2"}, 200),
        ("/metrics/liquidity", {}, {"sort_by": "x"}, 400),
        ("/metrics/summary", {}, {}, 200),
        ("/metrics/all", {}, {}, 200),
        ("/metrics/all", {}, {"limit": "1", "sort_by": "pressure"}, 200),
        ("/metrics/all", {}, {"limit": "x", "offset": "y"}, 400),
        ("/metrics/sparklines", {}, {}, 200),
        ("/metrics/history/{symbol}", SYMBOL, SPAN, 200),
        ("/metrics/history/{symbol}", SYMBOL, SPAN | {"resolution": "5m"}, 200),
        ("/metrics/history/{symbol}.csv", SYMBOL, SPAN, 200),
        ("/metrics/history/{symbol}.csv", SYMBOL, {}, 404),
        ("/metrics/export", {}, SPAN, 200),
        ("/metrics/export", {}, {}, 404),
        ("/metrics/export.parquet", {}, SPAN, 200),
        ("/metrics/export.parquet", {}, {"kind": "x"}, 400),
        ("/metrics/history/{symbol}", SYMBOL, {}, 404),
        ("/feed", {}, {}, 200),
    ],
)
def test_real_answers_match_their_schema(document, market, path, parameters, query, status):
    case = document[f"/api/v1{path}"]["GET"].Case(path_parameters=parameters, query=query)
    response = case.call(headers=PLAIN)
    assert response.status_code == status
    case.validate_response(
        response, checks=[content_type_conformance, response_schema_conformance, status_code_conformance]
    )


@pytest.mark.parametrize(
    "path",
    [
        "/metrics/depth/{symbol}",
        "/metrics/pressure/{symbol}",
        "/metrics/prices/{symbol}",
        "/metrics/heat/{symbol}",
        "/metrics/impact/{symbol}",
        "/metrics/liquidity/{symbol}",
        "/metrics/liquidity",
        "/metrics/summary",
        "/metrics/all",
        "/metrics/sparklines",
    ],
)
def test_answers_without_a_feed_match_their_schema(document, reader, path):
    case = document[f"/api/v1{path}"]["GET"].Case(path_parameters=SYMBOL if "{" in path else {})
    response = case.call(headers=PLAIN)
    assert response.status_code == 503
    case.validate_response(response, checks=[response_schema_conformance, status_code_conformance])


def test_schema_check_can_fail(document, market, monkeypatch):
    """The guard itself: an answer that is not as documented is noticed."""
    monkeypatch.setattr("metrics.answers.book.interpret", lambda pressure: "sideways")
    case = document["/api/v1/metrics/depth/{symbol}"]["GET"].Case(path_parameters=SYMBOL)
    with pytest.raises(BaseExceptionGroup, match="sideways"):
        case.call_and_validate(checks=[response_schema_conformance], headers=PLAIN)


PATHS = [
    "/metrics/depth/{symbol}",
    "/metrics/pressure/{symbol}",
    "/metrics/prices/{symbol}",
    "/metrics/heat/{symbol}",
    "/metrics/impact/{symbol}",
    "/metrics/liquidity/{symbol}",
    "/metrics/liquidity",
    "/metrics/summary",
    "/metrics/all",
    "/metrics/sparklines",
    "/metrics/history/{symbol}",
    "/metrics/history/{symbol}.csv",
    "/metrics/export",
    "/metrics/export.parquet",
    "/feed",
]


WITH_QUERY = [
    "/metrics/pressure/{symbol}",
    "/metrics/heat/{symbol}",
    "/metrics/impact/{symbol}",
    "/metrics/liquidity/{symbol}",
    "/metrics/liquidity",
    "/metrics/all",
    "/metrics/history/{symbol}",
]


@pytest.mark.parametrize(
    ("path", "mode"),
    [(path, GenerationMode.POSITIVE) for path in PATHS]
    + [(path, GenerationMode.NEGATIVE) for path in WITH_QUERY],
)
def test_whatever_is_asked_is_answered_as_documented(document, market, path, mode):
    operation = document[f"/api/v1{path}"]["GET"]

    @given(operation.as_strategy(generation_mode=mode))
    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def ask(case):
        case.call_and_validate(checks=CHECKS, headers=PLAIN)

    ask()


@pytest.mark.parametrize("path", PATHS)
def test_document_describes_every_endpoint_for_people(document, path):
    operation = document.raw_schema["paths"][f"/api/v1{path}"]["get"]
    assert operation["summary"]
    assert len(operation["description"]) > 60
    assert "Example:" in operation["description"]
    assert all(parameter["description"] for parameter in operation.get("parameters", []))


def test_minutes_of_the_test_are_where_the_span_is():
    assert f"{MIDNIGHT:%Y-%m-%dT%H:%M:%SZ}" == SPAN["from"]

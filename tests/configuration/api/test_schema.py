"""The API keeps the promises of its own OpenAPI document, whatever it is sent."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.contrib.auth.models import User
from hypothesis import HealthCheck, settings
from knox.models import AuthToken
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from configuration import services
from configuration.models import Source
from configuration.services import Author
from tests.described import PLAIN, connection_kept, described

pytestmark = pytest.mark.django_db
PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


operations = described().include(path_regex=r"^/api/v1/(strategies|config)")
statuses: dict[str, Counter[int]] = defaultdict(Counter)


@pytest.fixture
def _connection_kept() -> Iterator[None]:
    with connection_kept():
        yield


@pytest.fixture
def authorization(manager: User, settings: Any, _connection_kept: None) -> dict[str, str]:
    """A token that may do everything as often as it likes, and something to do it to."""
    settings.CONFIG_WRITE_RATE = "100000/min"
    for symbol in (None, "BTCUSDT"):
        for levels in (3, 4):
            services.write("orderbook_skew", symbol, {"top_levels": levels}, author=Author(source=Source.API))
    token = AuthToken.objects.create(manager)[1]
    return {"Authorization": f"Token {token}"} | PLAIN


@operations.parametrize()
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, *HealthCheck]
)
def test_every_operation_keeps_its_promises(case: schemathesis.Case, authorization: dict[str, str]):
    response = case.call_and_validate(checks=PROMISES, headers=authorization)
    statuses[case.operation.label][response.status_code] += 1


def test_the_promises_were_tried_on_successes_too():
    """Runs after the cases above: requests that are all refused would prove little."""
    if not statuses:
        pytest.skip("the cases ran elsewhere")
    assert len(statuses) == 27
    for label, counts in statuses.items():
        assert counts[200], f"{label} never succeeded: {dict(counts)}"


def test_every_operation_is_described_for_people():
    described = [result.ok() for result in operations.get_all_operations() if isinstance(result, Ok)]
    assert len(described) == 27
    for operation in described:
        raw = operation.definition.raw
        assert raw["summary"]
        assert "Example:" in raw["description"], operation.label
        assert raw["security"] == [{"token": []}, {"session": []}]
        assert {"200", "401", "403", "503"} <= raw["responses"].keys()

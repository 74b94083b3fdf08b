"""REST of alerts keeps the promises of its own OpenAPI document, whatever it is sent."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import schemathesis
from django.contrib.auth.models import User
from hypothesis import HealthCheck, settings
from knox.models import AuthToken
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.alerts.factories import fired, saved, saved_channel, silenced
from tests.described import PLAIN, connection_kept, described

pytestmark = pytest.mark.django_db
PROMISES = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
operations = described().include(path_regex=r"^/api/v1/alerts").exclude(method="PUT")
"""What PUT takes and gives is what POST does; to make up one body more takes seconds."""
successes: dict[str, Counter[bool]] = defaultdict(Counter)


class Desk(NamedTuple):
    """Who asks, and what there is of each kind by the name of its number in addresses."""

    headers: dict[str, str]
    there: dict[str, int]


@pytest.fixture
def _connection_kept() -> Iterator[None]:
    with connection_kept():
        yield


@pytest.fixture
def desk(settings: Any, store: Any, _connection_kept: None) -> Desk:
    """Somebody who may do everything as often as they like, and something of every kind."""
    settings.CONFIG_WRITE_RATE = "100000/min"
    token = AuthToken.objects.create(User.objects.create_superuser("desk"))[1]
    channel = saved_channel(kind="email", address="desk@example.com", secret="")
    row = saved()
    there = {
        "rule_id": row.pk,
        "alert_id": fired(row).pk,
        "silence_id": silenced(rule=row.pk).pk,
        "channel_id": channel.pk,
    }
    return Desk({"Authorization": f"Token {token}"} | PLAIN, there)


@operations.parametrize()
@settings(max_examples=3, deadline=None, suppress_health_check=[*HealthCheck])
def test_every_operation_keeps_its_promises(case: schemathesis.Case, desk: Desk):
    asked = [case.path_parameters]
    if case.path_parameters:
        asked.append({name: desk.there.get(name, value) for name, value in case.path_parameters.items()})
    for parameters in asked:
        case.path_parameters = parameters
        response = case.call_and_validate(checks=PROMISES, headers=desk.headers)
        successes[case.operation.label][response.status_code < 300] += 1


def test_the_promises_were_tried_on_successes_too():
    """Runs after the cases above: requests that are all refused would prove little."""
    if not successes:
        pytest.skip("the cases ran elsewhere")
    assert not [label for label, counts in successes.items() if not counts[True]]

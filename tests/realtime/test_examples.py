"""What the OpenAPI document offers to be sent is taken as it stands: whoever tries a call at /docs is not refused."""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from django.test import Client

from alerts.models import AlertRule, Channel
from configuration import services
from configuration.ledger import Author
from configuration.models import Source
from tests.alerts.factories import fired, saved
from tests.people import BASE

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nobody_remembered")]
STRATEGY, SYMBOL = "orderbook_skew", "BTCUSDT"
CONFIDENCES = cycle((0.7, 0.8))
SOMEBODY = Author(source=Source.API, name="rita", reason="so that there is something to go back to")


def examples() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Every body that is offered: of which operation, by which method, for which address, and what it is."""
    document = Client().get("/api/schema", {"format": "json"}).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            for body in content.values():
                assert body.get("examples"), f"{operation['operationId']} offers no body that could be sent"
                for each in body["examples"].values():
                    yield operation["operationId"], method.upper(), path.removeprefix(BASE), each["value"]


def test_every_body_that_is_offered_is_accepted(caller: Any):
    for symbol in (None, SYMBOL):
        for levels in (5, 6, 7):
            services.write(STRATEGY, symbol, {"top_levels": levels}, author=SOMEBODY)
    who, refused = caller("manager"), []
    for operation, method, path, body in examples():
        answer = who(method, path.format(**places(path, body)), body)
        if who.status not in (200, 201):
            refused.append((operation, body, answer["error"]))
    assert not refused


def test_what_resumes_offers_a_reason_for_resuming():
    offered = {operation: body["reason"] for operation, _, _, body in examples() if "resume" in operation}
    assert set(offered.values()) == {"exchange is back"}


def places(path: str, body: dict[str, Any]) -> dict[str, object]:
    """What stands in the address of a call with this body: a rule that has its name, an alert that fires."""
    found: dict[str, object] = {"strategy_id": STRATEGY, "symbol": SYMBOL}
    if "{batch}" in path:
        found["batch"] = batch()
    if "{rule_id}" in path:
        found["rule_id"] = AlertRule.objects.get(name=body["name"]).pk
    if "{channel_id}" in path:
        found["channel_id"] = Channel.objects.get(name="Mails to the desk").pk
    if "{alert_id}" in path:
        found["alert_id"] = fired(saved()).pk
    return found


def batch() -> str:
    """Changes that were made at one stroke, and not touched since."""
    both: dict[str | None, dict[str, Any]] = {
        symbol: {"base_confidence": next(CONFIDENCES)} for symbol in ("ETHUSDT", "SOLUSDT")
    }
    return str(services.write_levels({STRATEGY: both}, author=SOMEBODY).batch)

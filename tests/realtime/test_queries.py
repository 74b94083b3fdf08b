"""The document names exactly the query parameters an address takes."""

from typing import Any

import pytest
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

DOCUMENT: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = [
    (path, method, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]

ALIASES = {"/api/v1/metrics/history/{symbol}": ["format"], "/api/v1/metrics/export": ["format"]}
"""What an address takes, too, and the document does not list: it has an address of its own."""


PLACES = {
    "strategy_id": "orderbook_skew",
    "symbol": "BTCUSDT",
    "rule_id": "1",
    "channel_id": "1",
    "alert_id": "1",
    "silence_id": "1",
    "change_id": "1",
    "batch": "0b0f6a52-7a55-4c8f-9d0e-3c3d1a0f4a11",
}


@pytest.mark.parametrize(
    ("path", "method", "operation"), OPERATIONS, ids=[f"{method} {path}" for path, method, _ in OPERATIONS]
)
def test_document_and_view_agree_on_the_query(path: str, method: str, operation: dict[str, Any]):
    view: Any = resolve(path.format(**PLACES)).func
    declared = getattr(view.cls, "query_class", None) or view.cls.queries.get(method.upper())
    taken = list(declared().fields) if declared else []
    documented = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    assert sorted(documented + ALIASES.get(path, [])) == sorted(taken)

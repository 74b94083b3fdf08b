"""Requests to the API of the configuration, and the envelope of its answers."""

import json
from typing import Any

from rest_framework.test import APIClient

BASE = "/api/v1"
SKEW = f"{BASE}/strategies/orderbook_skew"


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

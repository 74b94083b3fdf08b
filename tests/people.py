"""People at the door of the REST API."""

import json
from typing import Any

from django.test import Client

BASE = "/api/v1"
LINES = "text/x-ndjson"
ROLES = {
    "viewer": ["view_strategyconfig", "view_alert"],
    "manager": [
        "view_strategyconfig",
        "add_strategyconfig",
        "change_strategyconfig",
        "delete_strategyconfig",
        "halt_strategies",
        "resume_strategies",
        "view_alert",
        "acknowledge_alert",
        "change_alertrule",
        "add_silence",
        "change_channel",
    ],
    "stranger": [],
}


class Caller:
    """A client of the API; answers come decoded, after a check of the envelope, which lines have none of."""

    def __init__(self, client: Client, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers
        self.response: Any = None

    def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        self.response = self.client.generic(
            method,
            BASE + path,
            data="" if body is None else body if isinstance(body, str) else _json(body),
            content_type="application/json",
            headers={**self.headers, **(headers or {})},
        )
        if self.response["Content-Type"] == LINES:
            return {}
        answer: dict[str, Any] = self.response.json()
        assert list(answer) == ["success", "data", "error", "metadata"]
        assert answer["success"] is (self.response.status_code < 400) is (answer["error"] is None)
        if answer["error"]:
            assert list(answer["error"]) == ["code", "message", "details"]
            assert answer["data"] is None
        return answer

    @property
    def status(self) -> int:
        return self.response.status_code

    def get(self, path: str, **headers: str) -> dict[str, Any]:
        return self("GET", path, headers=headers)

    def post(self, path: str, body: Any = None, **headers: str) -> dict[str, Any]:
        return self("POST", path, body, headers)

    def delete(self, path: str, **headers: str) -> dict[str, Any]:
        return self("DELETE", path, headers=headers)


def _json(body: Any) -> str:
    return json.dumps(body)  # writes NaN and Infinity too, as careless clients do

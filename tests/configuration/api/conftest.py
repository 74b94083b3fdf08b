"""People at the door of the REST API."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from knox.models import AuthToken

from configuration.api.authentication import memory

BASE = "/api/v1"


class Caller:
    """A client of the API; answers come decoded, after a check of the envelope."""

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


@pytest.fixture(autouse=True)
def _nobody_remembered(db: None) -> None:
    """No test inherits another one's rate or log-in."""
    cache.clear()
    memory._known.clear()


@pytest.fixture
def caller(make_user: Callable[[str], User]) -> Callable[..., Caller]:
    """A caller of a role, by token or by session; without a role nobody is logged in."""
    people: dict[str, User] = {}

    def make(role: str | None, by: str = "token") -> Caller:
        client = Client()
        if role is None:
            return Caller(client, {})
        user = people.get(role) or people.setdefault(role, make_user(role))
        if by == "session":
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            return Caller(client, {})
        _, token = AuthToken.objects.create(user)
        return Caller(client, {"Authorization": f"Token {token}"})

    return make

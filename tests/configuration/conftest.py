"""People, and a clean reader for every test."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken
from rest_framework.test import APIClient

from configuration.ledger import Author
from configuration.models import Source


@pytest.fixture(autouse=True)
def _clean_process(nothing_set: None) -> None:
    """Whatever a test here sets or reads, it begins with nothing."""


@pytest.fixture
def manager(make_user: Callable[[str], User]) -> User:
    return make_user("manager")


@pytest.fixture
def author(manager: User) -> Author:
    return Author(source=Source.API, user=manager, reason="tuning", changed_by="desk")


def token_client(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {AuthToken.objects.create(user)[1]}")
    return client


def session_client(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture(params=[token_client, session_client], ids=["token", "session"])
def api(request: pytest.FixtureRequest, manager: User) -> APIClient:
    """A client that may read and write everything, by either credential."""
    client: APIClient = request.param(manager)
    return client

"""People, and a clean reader for every test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from knox.models import AuthToken
from rest_framework.test import APIClient

from configuration.domain.catalogue import CATALOGUE
from configuration.ledger import Author
from configuration.models import Source
from configuration.reading import reader


@pytest.fixture(autouse=True)
def _clean_process(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """No variable of the machine sets a parameter, and no test sees another one's snapshot."""
    for spec in CATALOGUE.values():
        for parameter in spec.parameters.values():
            if parameter.environment:
                monkeypatch.delenv(parameter.environment, raising=False)
    settings.CONFIG_WRITE_RATE = "100000/min"
    reader.forget()
    yield
    reader.forget()


ROLES = {
    "viewer": ["view_strategyconfig"],
    "manager": [
        "view_strategyconfig",
        "add_strategyconfig",
        "change_strategyconfig",
        "delete_strategyconfig",
        "halt_strategies",
        "resume_strategies",
    ],
    "stranger": [],
}


@pytest.fixture
def make_user(db: None) -> Callable[[str], User]:
    """A user with the permissions of a role; works too where a flush has taken the migrated groups."""

    def make(role: str) -> User:
        user = User.objects.create_user(role, is_staff=True)
        if role == "administrator":
            user.groups.add(Group.objects.get(name="Administrators"))
        else:
            user.user_permissions.set(Permission.objects.filter(codename__in=ROLES[role]))
        return user

    return make


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

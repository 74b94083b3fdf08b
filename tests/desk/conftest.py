"""People of each group at the admin, and the forms they send."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from configuration import reading

SKEW = "orderbook_skew"
GROUPS = ("Viewers", "Risk managers", "Administrators")

SignIn = Callable[[str], Client]


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """A browser in which a member of a group is logged in; "Nobody's" member has no group."""

    def sign_in(group: str) -> Client:
        user = User.objects.create_user(group.lower().replace(" ", "-"), is_staff=True)
        if group in GROUPS:
            user.groups.add(Group.objects.get(name=group))
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def rita(sign_in: SignIn) -> Client:
    """A risk manager."""
    return sign_in("Risk managers")


def address(symbol: str | None = None, page: str = "", strategy_id: str = SKEW) -> str:
    """A page of a level."""
    level = f"symbols/{symbol}" if symbol else "global"
    return f"/admin/strategies/{strategy_id}/{level}/{page}"


def opened_field(symbol: str | None) -> str:
    """What a proposal's form calls the state it was opened at."""
    return f"opened-{symbol or 'global'}"


def send(
    client: Client,
    symbol: str | None,
    fields: dict[str, Any],
    *,
    step: str = "save",
    reason: str = "tests",
    opened: str | None = None,
    page: str = "",
    strategy_id: str = SKEW,
    headers: dict[str, str] | None = None,
) -> Any:
    """Send a level's form as a browser does: what the level holds, with `fields` entered over it."""
    levels = reading.strategy(strategy_id)
    own = levels.own(symbol)
    held = dict(own.overrides) if own else {}
    seen = levels.state(symbol).tag if opened is None else opened
    controls = {"_step": step, "_reason": reason, opened_field(symbol) if page else "_opened": seen}
    return client.post(address(symbol, page, strategy_id), {**held, **fields, **controls}, headers=headers)


def text_of(response: Any) -> str:
    """The page's text without tags, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())

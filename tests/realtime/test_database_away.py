"""Whatever is wrong with the database, it counts as away: nobody is shown an error of ours."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from tests.configuration.conftest import session_client, token_client
from tests.configuration.outage import database_away, database_ill, only_to_be_read

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
SKEW = "/api/v1/strategies/orderbook_skew"
PAGES = [
    "/", "/symbol/BTCUSDT/", "/signals/", "/docs", "/admin/", "/admin/login/", "/admin/strategies/", "/admin/halt/",
    "/admin/strategies/orderbook_skew/", "/admin/strategies/orderbook_skew/global/", "/admin/history/",
    "/ready", "/info", "/metrics", "/healthz",
    "/api/v1/strategies", f"{SKEW}/config", f"{SKEW}/config/BTCUSDT", f"{SKEW}/audit", f"{SKEW}/applied",
    f"{SKEW}/explain", "/api/v1/metrics/all", "/api/v1/metrics/history/BTCUSDT", "/api/v1/feed", "/api/v1/signals",
]  # fmt: skip
FORESEEN = (200, 302, 404, 503)
WRITES = [
    (f"{SKEW}/config", {"parameters": {"top_levels": 3}}),
    (f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 4}}),
    ("/api/v1/strategies/resume", {"reason": "odd"}),
    ("/api/v1/strategies/cache/refresh", {}),
]


@pytest.mark.parametrize("trouble", [database_away, database_ill, only_to_be_read])
@pytest.mark.parametrize("credential", [token_client, session_client], ids=["token", "session"])
@pytest.mark.usefixtures("nothing_set", "nobody_remembered")
def test_no_address_fails(
    make_user: Callable[[str], User],
    credential: Callable[[User], APIClient],
    trouble: Callable[[], AbstractContextManager[Any]],
):
    who = credential(make_user("manager"))
    who.raise_request_exception = False
    for address in PAGES:
        assert who.get(address).status_code in FORESEEN, address  # what is known is remembered
    with trouble():
        answers = {address: who.get(address).status_code for address in PAGES}
        writes = {address: who.post(address, body, format="json").status_code for address, body in WRITES}
    assert not {address: status for address, status in answers.items() if status not in FORESEEN}
    assert set(writes.values()) == {503}

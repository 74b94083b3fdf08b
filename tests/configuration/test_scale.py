"""A long history costs no more queries than a short one."""

from datetime import timedelta
from itertools import islice

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from configuration import reading, services
from configuration.models import Source, StrategyConfig
from configuration.services import Author
from halts import services as halts
from halts.domain import Scope
from tests.configuration.conftest import session_client

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW = "orderbook_skew"
BASE = f"/api/v1/strategies/{SKEW}"
PATHS = [
    "/api/v1/strategies",
    f"{BASE}/config",
    f"{BASE}/config/BTCUSDT",
    f"{BASE}/audit",
    f"{BASE}/audit?limit=1000&offset=500",
    f"{BASE}/audit?symbol=SYM7",
    f"{BASE}/explain/BTCUSDT",
    "/admin/strategies/",
    f"/admin/strategies/{SKEW}/",
    f"/admin/strategies/{SKEW}/global/",
    "/admin/history/",
]


def queries(api: APIClient) -> dict[str, int]:
    counts = {}
    for path in PATHS:
        reading.reader.forget()
        with CaptureQueriesContext(connection) as captured:
            assert api.get(path).status_code == 200
        counts[path] = len(captured)
    return counts


def test_ten_thousand_changes(manager: User):
    api = session_client(manager)
    author = Author(source=Source.API, user=manager)
    for symbol in (None, "BTCUSDT"):
        services.write(SKEW, symbol, {"top_levels": 3}, author=author)
    few = queries(api)

    history = StrategyConfig.history.model
    now = timezone.now()
    changes = (
        history(
            id=number,
            strategy_id=SKEW,
            symbol="" if number % 2 else f"SYM{number % 50}",
            parameters={"top_levels": number % 20 + 1},
            old_parameters={"top_levels": 1},
            version=number + 10,
            created_at=now,
            updated_at=now,
            history_date=now + timedelta(seconds=number),
            history_type="~",
            actor="manager",
            history_user=manager,
            source="api",
        )
        for number in range(10_000)
    )
    while some := list(islice(changes, 500)):  # the database does not wait for who makes all of them first
        history._base_manager.bulk_create(some)
    QuerySet(StrategyConfig).filter(symbol="").update(version=10_009)  # what the newest change made of it
    assert queries(api) == few
    halts.halt(Scope(SKEW), author=Author(source=Source.API, user=manager, reason="maintenance"))
    assert max(queries(api).values()) <= 9  # halts are one of them

    with CaptureQueriesContext(connection) as captured:
        written = services.write(SKEW, None, {"top_levels": 4}, author=author)
    assert written.config.version == 10_010
    assert len(captured) <= 8  # one of them about a what-if of these values


def test_many_overrides_are_three_queries(manager: User):
    for number in range(60):
        services.write(
            SKEW, f"SYM{number}", {"top_levels": 3}, author=Author(source=Source.API, user=manager)
        )
    reading.reader.forget()
    with CaptureQueriesContext(connection) as captured:
        assert len(reading.strategy(SKEW).symbols) == 60
    assert len(captured) == 3  # the token, the levels, and which were deleted

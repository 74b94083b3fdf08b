"""How often a request asks the database and Redis: that, and not what is done with the answers, is what it costs."""

from collections.abc import Callable

import pytest
import redis
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from configuration import services
from configuration.models import Source
from configuration.services import Author
from tests.factories import spot_book
from tests.people import Caller

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("store", "nothing_set", "nobody_remembered"),
]
CONFIG = "/api/v1/strategies/orderbook_skew/config/BTCUSDT"
SIGNALS = "/api/v1/signals"

Door = Callable[..., Caller]
Asked = Callable[[Caller, str], tuple[list[str], int]]


@pytest.fixture(autouse=True)
def _a_level_of_its_own() -> None:
    services.write("orderbook_skew", "BTCUSDT", {"top_levels": 3}, author=Author(source=Source.API))


@pytest.fixture
def asked(store: redis.Redis) -> Asked:
    """What a request asks the database, and its round trips to Redis: the times the server had something to read."""

    def reads() -> int:
        return int(store.info("stats")["total_reads_processed"])

    def asked(who: Caller, address: str) -> tuple[list[str], int]:
        get(who, address)  # connects, and loads what one process keeps
        before = reads()
        with CaptureQueriesContext(connection) as queries:
            get(who, address)
        return [query["sql"] for query in queries], reads() - before - 1

    return asked


def get(who: Caller, address: str) -> None:
    assert who.client.get(address, headers=who.headers).status_code == 200


def tables(queries: list[str]) -> list[str]:
    """The first table that each asks."""
    return [sql.split('FROM "')[1].split('"')[0] for sql in queries]


@pytest.mark.parametrize("role", ["manager", "administrator"])
def test_a_configuration_is_read_with_three_questions(caller: Door, asked: Asked, role: str):
    queries, round_trips = asked(caller(role), CONFIG)
    assert tables(queries) == ["knox_authtoken", "auth_permission", "configuration_revision"]
    assert round_trips == 0


def test_a_superuser_is_asked_for_no_permission(caller: Door, asked: Asked, django_user_model):
    who = caller("manager")
    django_user_model.objects.update(is_superuser=True)
    queries, _ = asked(who, CONFIG)
    assert tables(queries) == ["knox_authtoken", "configuration_revision"]


def test_a_session_is_one_question_more(caller: Door, asked: Asked):
    queries, _ = asked(caller("manager", by="session"), CONFIG)
    assert tables(queries) == ["django_session", "auth_user", "auth_permission", "configuration_revision"]


@pytest.mark.parametrize("query", ["", "?symbol=BTCUSDT&state=sent", "?strategy=orderbook_skew&limit=1"])
def test_signals_are_one_round_trip_and_no_question_to_the_database(asked: Asked, query: str):
    assert asked(Caller(Client(), {}), SIGNALS + query) == ([], 1)


def test_whoever_identifies_himself_is_looked_up_besides(caller: Door, asked: Asked):
    queries, round_trips = asked(caller("viewer"), SIGNALS)
    assert tables(queries) == ["knox_authtoken", "auth_permission"]
    assert round_trips == 1


@pytest.mark.parametrize("path", ["depth/BTCUSDT", "all", "summary"])
def test_the_market_is_read_without_the_database(asked: Asked, publish, reader, path: str):
    publish(spot_book())
    queries, round_trips = asked(Caller(Client(), {}), f"/api/v1/metrics/{path}")
    assert not queries
    assert round_trips == 1

"""An end to every wait for the database."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import Error, connection, transaction

from configuration import reading, services
from configuration.exceptions import StoreUnavailable
from configuration.ledger import MOST_WRITERS, Author
from configuration.models import Revision, Source, StrategyConfig
from database.deadline import at_most, seconds_left
from database.locks import is_locked
from database.postgresql.base import PunctualConnection
from tests.configuration.conftest import token_client
from tests.database.holding import driver, held

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
AUTHOR = Author(source=Source.COMMAND, name="tests", reason="why")
LEVEL = "/api/v1/strategies/orderbook_skew/config/BTCUSDT"


@pytest.fixture
def _postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only a server has this: run with --database=postgresql")


@pytest.fixture(autouse=True)
def token(settings: Any, nothing_set: None) -> Any:
    settings.DATABASE_LOCK_SECONDS = 0.4
    Revision.objects.get_or_create(pk=1)
    connection.close()  # it waits as the settings have it now
    return reading.current_token()


def write() -> None:
    services.write("orderbook_skew", "BTCUSDT", {"top_levels": 7}, author=AUTHOR)


def test_the_time_is_shared_and_the_shorter_one_holds():
    assert (seconds_left(None), seconds_left(7.0)) == (None, 7.0)
    with at_most(60), at_most(5):
        assert seconds_left(7.0) == pytest.approx(5, abs=1)
        assert seconds_left(2.0) == 2.0
        with at_most(60):
            assert seconds_left(None) == pytest.approx(5, abs=1)
    with at_most(0):
        assert seconds_left(7.0) == 0.0
    assert seconds_left(None) is None


def test_who_waits_too_long_for_another_writer_is_refused_and_nothing_of_it_happens_later(token: Any):
    with held(), at_most(0.3), pytest.raises(StoreUnavailable, match="nothing was changed"):
        write()
    assert not StrategyConfig.history.exists()
    assert reading.current_token() == token
    write()
    assert StrategyConfig.history.count() == 1


def test_a_client_learns_when_to_try_again(make_user: Any):
    client = token_client(make_user("manager"))
    with held(), at_most(0.5):
        refused = client.post(LEVEL, {"parameters": {"top_levels": 7}}, format="json")
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "STORE_UNAVAILABLE"
    assert int(refused["Retry-After"]) > 0


def test_a_lock_that_somebody_holds_is_distinguished_from_a_database_that_is_ill():
    with held(), at_most(0.3 if connection.vendor == "sqlite" else 5), pytest.raises(Error) as locked:
        wait_for_the_lock()
    assert is_locked(locked.value)
    with pytest.raises(Error) as ill, connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nowhere")
    assert not is_locked(ill.value)


def wait_for_the_lock() -> None:
    with transaction.atomic():
        if connection.vendor == "postgresql":
            connection.cursor().execute("SET LOCAL lock_timeout = 200")
        Revision.objects.select_for_update().get(pk=1)


@pytest.mark.usefixtures("_postgresql")
def test_the_server_has_the_ends_the_settings_name(settings: Any):
    with connection.cursor() as cursor:
        reported = {}
        for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            reported[name] = cursor.fetchone()[0]
    assert reported == {
        "lock_timeout": "3s",
        "statement_timeout": f"{settings.DATABASE_STATEMENT_SECONDS:g}s",
        "idle_in_transaction_session_timeout": "5s",
    }


@pytest.mark.usefixtures("_postgresql")
def test_writers_that_wait_leave_connections_to_those_who_read(make_user: Any, settings: Any):
    settings.DATABASE_LOCK_SECONDS = 3.0
    manager: User = make_user("manager")
    clients = [token_client(manager) for _ in range(30)]

    def post(client: Any) -> int:
        try:
            return int(client.post(LEVEL, {"parameters": {"top_levels": 7}}, format="json").status_code)
        finally:
            connection.close()

    for client in clients:
        client.get(LEVEL)  # that their tokens are used is written now, and is not what connects below
    connection.close()
    with driver(autocommit=True) as other, ThreadPoolExecutor(30) as pool, held():
        before = connections_to_it(other)
        writing = [pool.submit(post, client) for client in clients]
        taken = 0
        while not any(each.done() for each in writing):
            taken = connections_to_it(other) - before
            time.sleep(0.02)
        assert taken <= MOST_WRITERS, "all have read who they are, and only so many stand at the lock"
        assert {each.result() for each in writing} == {503}


def connections_to_it(other: psycopg.Connection[Any]) -> int:
    counted = other.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    return int(counted.fetchone()[0])  # type: ignore[index]


@pytest.fixture
def frozen() -> Iterator[PunctualConnection]:
    """A connection whose server process has just stopped where it stands."""
    where = connection.get_connection_params()
    connected = PunctualConnection.connect(
        **{name: where[name] for name in ("dbname", "user", "password", "host", "port") if name in where},
        autocommit=True,
    )
    served_by = psutil.Process(connected.info.backend_pid)
    served_by.send_signal(signal.SIGSTOP)
    yield connected
    served_by.send_signal(signal.SIGCONT)
    connected.close()


@pytest.mark.usefixtures("_postgresql")
def test_a_server_that_is_frozen_is_not_waited_for(frozen: PunctualConnection):
    began = time.monotonic()
    with at_most(0.5), pytest.raises(psycopg.OperationalError, match="did not answer in time"):
        frozen.execute("SELECT 1")
    assert 0.4 < time.monotonic() - began < 5
    assert frozen.closed


@pytest.mark.usefixtures("_postgresql")
def test_a_kept_connection_whose_server_process_is_frozen_gives_way_to_a_new_one(token: Any):
    assert reading.current_token() == token
    served_by = psutil.Process(connection.connection.info.backend_pid)
    served_by.send_signal(signal.SIGSTOP)
    try:
        connection.close_if_unusable_or_obsolete()  # as the next request begins
        began = time.monotonic()
        assert reading.current_token() == token
        assert time.monotonic() - began < 5
    finally:
        served_by.send_signal(signal.SIGCONT)

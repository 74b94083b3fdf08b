"""Writers over HTTP at the same time, and a server that cuts a writer off half way: on PostgreSQL."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection
from simple_history.signals import pre_create_historical_record

from configuration import reading, services
from configuration.exceptions import StoreUnavailable
from configuration.models import Source, StrategyConfig
from configuration.services import Author
from tests.configuration.conftest import token_client

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
SKEW = "orderbook_skew"
AUTHOR = Author(source=Source.COMMAND, name="tests")
WRITERS = 20
PLACE = ("dbname", "user", "password", "host", "port")


@pytest.fixture
def _postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("needs concurrent connections: run with --database=postgresql")


def at_once(*jobs: Any) -> list[Any]:
    """Run the jobs in threads of their own that start together; results or exceptions, in order."""
    start = threading.Barrier(len(jobs))

    def run(job: Any) -> Any:
        start.wait(30)
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        running = [pool.submit(run, job) for job in jobs]
    return [each.exception() or each.result() for each in running]


@pytest.mark.usefixtures("_postgresql")
@pytest.mark.parametrize("symbol", [None, "BTCUSDT"])
def test_twenty_writers_over_http_get_consecutive_versions(manager: User, symbol: str | None):
    clients = [token_client(manager) for _ in range(WRITERS)]
    path = f"/api/v1/strategies/{SKEW}/config" + (f"/{symbol}" if symbol else "")
    responses = at_once(
        *(
            lambda client=client, number=number: client.post(
                path, {"parameters": {"top_levels": number + 1}}, format="json"
            )
            for number, client in enumerate(clients)
        )
    )
    answers = [json.loads(response.content) for response in responses]
    assert sorted(answer["data"]["version"] for answer in answers) == list(range(1, WRITERS + 1))
    assert sorted(answer["metadata"]["action"] for answer in answers) == ["created"] + ["updated"] * 19
    rows = list(StrategyConfig.history.of_level(SKEW, symbol or "").order_by("version"))
    assert [row.version for row in rows] == list(range(1, WRITERS + 1))
    for earlier, later in pairwise(rows):
        assert later.old_parameters == earlier.parameters
    assert StrategyConfig.objects.get().parameters == rows[-1].parameters


@pytest.fixture
def between_row_and_history() -> Any:
    """Registers what happens after the row is written and before its audit row is."""
    registered: list[Any] = []

    def register(act: Any) -> None:
        def receiver(**_: Any) -> None:
            act()

        registered.append(receiver)
        pre_create_historical_record.connect(receiver, weak=False)

    yield register
    for receiver in registered:
        pre_create_historical_record.disconnect(receiver)


def nothing_was_written(token: Any) -> bool:
    return not (
        StrategyConfig.objects.exists() or StrategyConfig.history.exists() or reading.current_token() != token
    )


@pytest.mark.usefixtures("_postgresql")
def test_a_connection_cut_between_row_and_history_leaves_neither(between_row_and_history):
    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            process = cursor.fetchone()[0]
        where: dict[str, Any] = {name: connection.get_connection_params().get(name) for name in PLACE}
        with psycopg.connect(**where) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [process])

    token = reading.current_token()
    between_row_and_history(cut)
    with pytest.raises(StoreUnavailable):
        services.write(SKEW, None, {"top_levels": 9}, author=AUTHOR)
    connection.close()
    assert nothing_was_written(token)

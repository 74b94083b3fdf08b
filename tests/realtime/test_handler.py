"""A request stays in its thread: nothing there ever waits for the event loop, which may have ended."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, current_thread, get_ident
from typing import Any

import httpx
import pytest
from asgiref.sync import AsyncToSync, async_to_sync
from django.db import connection, connections
from django.http import HttpRequest, HttpResponseBase

from realtime.handler import ThreadedHandler, Threads
from tests.factories import spot_book
from tests.servers import until

pytestmark = pytest.mark.usefixtures("no_connection_of_an_earlier_test")


@pytest.fixture
def waits(monkeypatch) -> list[object]:
    """Every time a thread begins to wait for the event loop."""
    seen = []
    wait = AsyncToSync.__call__

    def noticed(self, *args, **kwargs):
        seen.append(self.awaitable)
        return wait(self, *args, **kwargs)

    monkeypatch.setattr(AsyncToSync, "__call__", noticed)
    return seen


def get(address: str, application: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=application or ThreadedHandler())
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(address, headers=headers)

    answer: httpx.Response = async_to_sync(ask)()
    return answer


@pytest.mark.parametrize(
    "address", ["/api/v1/metrics/depth/BTCUSDT", "/", "/symbols/BTCUSDT/", "/docs", "/healthz"]
)
def test_no_thread_waits_for_the_event_loop(reader, publish, waits, address):
    publish(spot_book())
    waits.clear()
    assert get(address).status_code == 200
    assert len(waits) == 1, "only the test itself waits"


def test_errors_and_unknown_addresses_are_answered(reader, waits):
    assert get("/api/v1/metrics/all?limit=x").status_code == 400
    assert get("/nothing").status_code == 404


@pytest.fixture
def threads() -> Threads:
    return Threads(kept=2)


def number(thread: ThreadPoolExecutor) -> int:
    """Which thread it is, once it has done what it was given before."""
    return thread.submit(get_ident).result(timeout=10)


def test_the_thread_of_a_request_serves_the_next_one(threads: Threads):
    first = threads.take()
    ident = number(first)
    threads.give_back(first)
    number(first)
    assert number(threads.take()) == ident


def test_requests_at_the_same_time_have_threads_of_their_own(threads: Threads):
    taken = [threads.take() for _ in range(20)]
    assert len({number(thread) for thread in taken}) == 20


def test_a_request_that_was_given_up_keeps_its_thread_until_it_ends(threads: Threads):
    hanging, may_end = threads.take(), Event()
    hanging.submit(may_end.wait)
    threads.give_back(hanging)
    others = [threads.take() for _ in range(3)]
    assert hanging not in others
    may_end.set()
    number(hanging)
    assert threads.take() is hanging


def test_only_a_few_threads_are_kept(threads: Threads):
    many = [threads.take() for _ in range(3)]
    workers = [thread.submit(current_thread).result(timeout=10) for thread in many]
    for thread in many[:2]:
        threads.give_back(thread)
        number(thread)
    threads.give_back(many[2])
    workers[2].join(timeout=10)
    assert [worker.is_alive() for worker in workers] == [True, True, False]


class Noting(ThreadedHandler):
    """Notes in which thread each request is answered, and over which connection."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: list[int] = []
        self.connections: list[Any] = []

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        self.threads.append(get_ident())
        response = super().get_response(request)
        self.connections.append(connection.connection)
        return response


def test_requests_in_turn_are_answered_in_one_thread_which_is_not_that_of_the_event_loop(reader):
    application = Noting()
    for _ in range(3):
        assert get("/healthz", application).status_code == 200
        until(lambda: not application._threads._free.empty(), "the thread is free again")
    assert len(set(application.threads)) == 1
    assert get_ident() not in application.threads


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("store", "nothing_set", "nobody_remembered")
def test_requests_in_turn_share_a_connection_to_the_server_of_the_database(caller):
    if connection.vendor != "postgresql":
        pytest.skip("a file is opened for each request: it may have been replaced")
    application, headers = Noting(), caller("viewer").headers
    for _ in range(3):
        assert get("/api/v1/strategies", application, headers).status_code == 200
        until(lambda: not application._threads._free.empty(), "the thread is free again")
    assert len(set(application.connections)) == 1
    assert None not in application.connections
    application._threads.take().submit(connections.close_all).result(timeout=10)

"""How many files, and with them connections, a web process may have open."""

import re
import resource
import socket
from contextlib import ExitStack

import httpx
import pytest

from realtime.serving import requests
from realtime.serving.requests import most_connections
from realtime.serving.server import FILES_WITHOUT_LIMIT, allow_files
from tests.realtime.serving.house import answer, read_body, serving
from tests.realtime.serving.test_time_limits import read_to_the_end
from tests.servers import until


@pytest.fixture
def few():
    """A limit that is lower than it need be, for the time of the test; the higher one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] == resource.RLIM_INFINITY,
    reason="there is no limit to raise to",
)
def test_as_many_as_the_system_lets_it(few):
    assert allow_files() == few
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (few, few)


def test_where_there_is_no_limit_to_raise_to_the_one_that_is_stays_at_least(monkeypatch):
    for soft in (256, 65_536, resource.RLIM_INFINITY):
        limits: list[tuple[int, int]] = []
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, resource.RLIM_INFINITY))
        monkeypatch.setattr(resource, "setrlimit", lambda _, limit, limits=limits: limits.append(limit))
        most = allow_files()
        assert limits in ([], [(most, resource.RLIM_INFINITY)])
        assert soft == resource.RLIM_INFINITY or most >= soft
        assert most >= FILES_WITHOUT_LIMIT


def test_a_quarter_of_them_is_not_for_connections(few):
    assert most_connections() == 192


def test_a_connection_too_many_is_asked_to_come_again_and_the_others_stay(monkeypatch):
    async def application(scope, receive, send):
        await answer(send, await read_body(receive))

    monkeypatch.setattr(requests, "most_connections", lambda: 3)
    with serving(application) as address, ExitStack() as stack:
        client = stack.enter_context(httpx.Client(base_url="http://{}:{}".format(*address)))
        assert client.get("/").status_code == 200
        others = [stack.enter_context(socket.create_connection(address, timeout=10)) for _ in range(5)]
        reported = [read_to_the_end(each) for each in others[2:]]
        assert [text[:13] for text in reported] == [b"HTTP/1.1 503 "] * 3
        assert all(b"retry-after: " in text for text in reported)
        assert client.get("/").status_code == 200
        others[0].close()
        until(lambda: httpx.get(client.base_url).status_code == 200, "a place")


def test_a_web_process_logs_how_many(server, log):
    assert re.search(r"at most \d+ open files, for \d+ connections", log.read_text())

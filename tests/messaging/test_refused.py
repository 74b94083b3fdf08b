"""A NATS that refuses, on a real server that takes over other rules: an outage like any other."""

import asyncio
import logging
import socket
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from messaging import bus
from messaging.source import until_stopped_or_closed
from tests.messaging.guarded import ENCODED, PASSWORD, guarded, two_members, user
from tests.messaging.test_bus import events, reach

TEAM = 'accounts { DESK: { users: [ { user: "desk", password: "%s" } ] }, OTHER: { users: [ %s ] } }\n'
AS_BEFORE = TEAM % (PASSWORD, '{ user: "other", password: "x" }')
REVOKED = 'accounts { OTHER: { users: [ { user: "other", password: "x" } ] } }\n'
MOVED = 'accounts { DESK: { users: [] }, OTHER: { users: [ { user: "other", password: "x" } ] } }\n'


@pytest.fixture(autouse=True)
def _hear_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (user(), user("another")),
        (user(), user(name="somebody")),
        (AS_BEFORE, REVOKED),
        (AS_BEFORE, MOVED),
        (user(), user() + "max_connections: 1\n"),
    ],
    ids=["password changed", "user removed", "account revoked", "user moved", "too many connections"],
)
def test_turned_away_on_a_live_connection__one_error_and_back_by_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, before: str, after: str
):
    heard: list[bytes] = []

    async def hear(message) -> None:
        heard.append(message.data)

    async def run() -> None:
        with guarded(tmp_path, before) as server:
            link = await bus.connect(server.url(), "test")
            filling = await bus.connect(server.url(), "filling") if "max_conn" in after else None
            await link.subscribe("news", cb=hear)
            await bus.flush(link)
            server.now(after)
            await reach(lambda: not (link.is_connected and (filling is None or filling.is_connected)))
            await asyncio.sleep(2.5)
            away = link if not link.is_connected else filling
            assert away is not None
            assert not away.is_connected
            assert away.trouble
            await away.publish("news", b"meanwhile")
            server.now(before)
            await reach(lambda: away.is_connected)
            await reach(lambda: heard == [b"meanwhile"])
            assert not away.trouble
            await bus.leave(link)
            if filling:
                await bus.leave(filling)

    asyncio.run(run())
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1, caplog.text
    announced = [event for event in events(caplog) if event != "nats_connected"]
    assert announced[-2:] == ["nats_refused", "nats_reconnected"]
    assert announced[:-2] in ([], ["nats_disconnected"])  # where the server hung up without a word
    assert PASSWORD not in caplog.text
    assert ENCODED not in caplog.text


def test_a_wrong_password_at_start__one_error_and_connected_once_it_is_right(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def run() -> None:
        with guarded(tmp_path, user("another")) as server:
            link = bus.Link(server.url(), "test")
            opening = asyncio.create_task(link.open())
            await reach(lambda: link.trouble)
            assert link.trouble == "Authorization Violation"
            await asyncio.sleep(2.5)
            server.now(user())
            await opening
            assert not link.trouble
            await bus.leave(link)

    asyncio.run(run())
    assert events(caplog) == ["nats_refused", "nats_connected"]


def test_an_outage_that_becomes_a_refusal__is_reported_as_such(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def run() -> None:
        with guarded(tmp_path, user()) as server:
            link = await bus.connect(server.url(), "test")
            server.server.stop()
            await reach(lambda: not link.is_connected)
            (tmp_path / "nats.conf").write_text(user("another"))
            server.server.start()
            await reach(lambda: "nats_refused" in caplog.text)
            server.now(user())
            await reach(lambda: link.is_connected)
            await bus.leave(link)

    asyncio.run(run())
    assert events(caplog) == ["nats_connected", "nats_disconnected", "nats_refused", "nats_reconnected"]


def test_a_subscription_that_is_denied__is_asked_for_until_it_is_allowed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("messaging.source.ASK_AGAIN_SECONDS", 0.1)
    denied = user(more='permissions: { subscribe: "other" }')
    errors: list[str] = []
    heard: list[bytes] = []

    async def hear(message) -> None:
        heard.append(message.data)

    async def run() -> None:
        with guarded(tmp_path, user()) as server:
            link = await bus.connect(server.url(), "test", lambda error: errors.append(str(error)))
            stop = asyncio.Event()
            await link.subscribe("News.BTC", cb=hear)
            await bus.flush(link)
            staying = asyncio.create_task(until_stopped_or_closed(link, stop))
            for _ in range(2):
                server.now(denied)
                await reach(lambda: not link.hears)
                await asyncio.sleep(3)
                assert not link.hears
                assert "News.BTC".lower() in link.trouble
                server.now(user())
                await reach(lambda: link.hears)
                assert not link.trouble
            await link.publish("News.BTC", b"x")
            await reach(lambda: heard == [b"x"])
            stop.set()
            await staying
            await bus.leave(link)

    asyncio.run(run())
    assert errors == 2 * ['permissions violation for subscription to "news.btc"']
    assert events(caplog).count("nats_permitted") == 2


def test_what_may_not_be_published__is_reported_once(tmp_path: Path):
    errors: list[str] = []

    async def run() -> None:
        with guarded(tmp_path, user(more='permissions: { publish: "other" }')) as server:
            link = await bus.connect(server.url(), "test", lambda error: errors.append(str(error)))
            for _ in range(5):
                await link.publish("news", b"x")
                await bus.flush(link)
            assert link.hears
            await bus.leave(link)

    asyncio.run(run())
    assert len(errors) == 1


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"INFO {\r\n",
        b"INFO\r\n",
        b"INFO [1]\r\n",
        b"INFO " + b"[" * 9_000 + b"\r\n",
        b"INFO " + b"x" * 100_000,
        b'INFO {"connect_urls": 5}\r\n',
        b"\xff\xfe\r\n",
        b"",
    ],
)
def test_who_answers_nonsense_at_start__is_tried_again(greeting: bytes, caplog: pytest.LogCaptureFixture):
    async def run(port: int) -> None:
        link = bus.Link(f"nats://desk:secret@127.0.0.1:{port}", "test")
        opening = asyncio.create_task(link.open())
        await asyncio.sleep(2.2)
        assert not opening.done()
        assert link.trouble
        opening.cancel()
        await asyncio.wait([opening])

    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken = answer_all(listening, greeting)
        asyncio.run(run(listening.getsockname()[1]))
    assert len(taken) > 1
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1, caplog.text
    assert "secret" not in caplog.text


def answer_all(listening: socket.socket, greeting: bytes) -> list[int]:
    """Send it to whoever comes, as long as the socket is open; returns the list of who came."""
    taken: list[int] = []

    def answer() -> None:
        with suppress(OSError):
            while True:
                connection, (_, port) = listening.accept()
                taken.append(port)
                with connection:
                    connection.sendall(greeting)

    Thread(target=answer, daemon=True).start()
    return taken


def test_tls_is_wanted_and_not_offered__the_password_is_not_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    async def run() -> None:
        with guarded(tmp_path, user()) as server:
            link = bus.Link(server.url().replace("nats://", "tls://"), "test")
            opening = asyncio.create_task(link.open())
            await reach(lambda: link.trouble)
            assert link.trouble == "it offers no TLS"
            opening.cancel()
            await asyncio.wait([opening])

    asyncio.run(run())


def test_each_server_gets_its_own_log_in_and_one_that_refuses_keeps_nobody_from_the_other(tmp_path: Path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()

    async def run() -> None:
        with guarded(first, user()) as one, guarded(second, user("another", name="other")) as two:
            for urls in (
                f"{one.url()},{two.url('other:wrong')}",
                f" {one.url('desk:wrong')} , {two.url('other:another')}",
            ):
                for _ in range(4):  # the order is drawn by lot
                    async with bus.reached(urls, "test") as client:
                        await bus.flush(client)
                link = await bus.connect(urls, "test")
                await bus.leave(link)

    asyncio.run(run())


def test_a_token_is_decoded(tmp_path: Path):
    async def run() -> None:
        with guarded(tmp_path, 'authorization { token: "a/b@c" }\n') as server:
            link = await bus.connect(server.url("a%2Fb%40c"), "test")
            await bus.leave(link)

    asyncio.run(run())


def test_reached_reports_what_the_server_answers(tmp_path: Path):
    async def run() -> None:
        with guarded(tmp_path, user("another")) as server:
            async with bus.reached(server.url(), "test"):
                pytest.fail("it was let in")

    with pytest.raises(bus.NOT_REACHED, match="Authorization Violation") as raised:
        asyncio.run(run())
    assert PASSWORD not in str(raised.value)


def test_a_member_of_the_cluster_that_was_not_named__gets_the_same_log_in(tmp_path: Path):
    async def run() -> None:
        with two_members(tmp_path, user()) as (named, announced):
            link = await bus.connect(named.url(), "test")
            await reach(lambda: len(link.server_pool) == 2)
            learnt = next(server for server in link.servers if server.port == announced.server.port)
            named.server.stop()
            await reach(lambda: link.is_connected and link.connected_url == learnt)
            await bus.leave(link)

    asyncio.run(run())

"""What a client may send, how much of it, and for how long, whatever the connection is about."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser, User

from live.consumers import LARGEST_MESSAGE_BYTES, LONGEST_STAY_SECONDS, MESSAGES_PER_SECOND, LiveConsumer
from live.frames import encode

pytestmark = pytest.mark.usefixtures("no_connection_of_an_earlier_test")
Story = Callable[[WebsocketCommunicator], Awaitable[None]]
NOW = 1000.0


class Open(LiveConsumer):
    """For everybody, about nothing, and without a hub."""

    requires_login = False

    async def join(self) -> None:
        await self.resync()

    async def resync(self) -> None:
        await self.send_frame(encode({"type": "snapshot", "is_over": self.is_over}))


class Closed(Open):
    """The same for those who are known."""

    requires_login = True


def play(story: Story, consumer: type[LiveConsumer] = Open, **scope: Any) -> None:
    """Run a story on a connection that has got its first snapshot."""

    async def with_client() -> None:
        socket = WebsocketCommunicator(consumer.as_asgi(), "/ws/")
        socket.scope |= scope
        assert (await socket.connect())[0]
        assert json.loads((await socket.receive_output(1))["text"])["type"] == "snapshot"
        await story(socket)
        await socket.disconnect()

    async_to_sync(with_client)()


async def answer(socket: WebsocketCommunicator, text: str | None = None, binary: bytes | None = None) -> Any:
    payload = {"bytes": binary} if text is None else {"text": text}
    await socket.send_input({"type": "websocket.receive", **payload})
    return await socket.receive_output(1)


async def ask_again(socket: WebsocketCommunicator) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads((await answer(socket, '{"type":"resync"}'))["text"])
    assert frame["type"] == "snapshot"
    return frame


# -- Nonsense --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "BAD_MESSAGE"),
        ("resync", "BAD_MESSAGE"),
        ("null", "BAD_MESSAGE"),
        ("[]", "BAD_MESSAGE"),
        ("{}", "BAD_MESSAGE"),
        ('{"type":null}', "BAD_MESSAGE"),
        ('{"type":5}', "BAD_MESSAGE"),
        ('{"type":"resync"', "BAD_MESSAGE"),
        ('{"type":"subscribe","symbols":"BTCUSDT"}', "BAD_MESSAGE"),
        ('{"type":"subscribe","symbols":[1]}', "BAD_MESSAGE"),
        ('{"type":"resync","type":"resync"}', "BAD_MESSAGE"),
        ('{"type":"subscribe","symbols":["BTCUSDT"],"symbols":["ETHUSDT"]}', "BAD_MESSAGE"),
        ('{"type":"subscribe","symbols":{"a":1}}', "BAD_MESSAGE"),
        ('{"type":"\\ud800"}', "BAD_MESSAGE"),
        ("[" * 4000, "BAD_MESSAGE"),
        ('{"a":' * 800, "BAD_MESSAGE"),
        ('{"type":"","x":NaN}', "BAD_MESSAGE"),
        ('{"type":""}', "UNKNOWN_TYPE"),
        ('{"type":"Resync"}', "UNKNOWN_TYPE"),
        ('{"type":"subscribe","symbols":["BTCUSDT"]}', "UNKNOWN_TYPE"),
        ('{"type":"' + "x" * 4000 + '"}', "UNKNOWN_TYPE"),
        ('{"type":"<script>\\u0000"}', "UNKNOWN_TYPE"),
    ],
)
def test_nonsense_is_answered_and_the_connection_stays(text: str, code: str):
    async def story(socket: WebsocketCommunicator) -> None:
        error = json.loads((await answer(socket, text))["text"])
        assert (error["type"], error["code"]) == ("error", code)
        assert len(error["message"]) < 200
        await ask_again(socket)

    play(story)


@pytest.mark.parametrize("binary", [b"", b"\xff\xfe", b'{"type":"resync"}'])
def test_binary_is_answered_and_the_connection_stays(binary: bytes):
    async def story(socket: WebsocketCommunicator) -> None:
        assert json.loads((await answer(socket, binary=binary))["text"])["code"] == "BAD_MESSAGE"
        await ask_again(socket)

    play(story)


# -- Limits ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message",
    [
        {"text": "x" * (LARGEST_MESSAGE_BYTES + 1)},
        {"text": "é" * (LARGEST_MESSAGE_BYTES // 2 + 1)},
        {"binary": b"x" * (LARGEST_MESSAGE_BYTES + 1)},
    ],
)
def test_too_large_a_message_closes_the_socket(message: dict[str, Any]):
    async def story(socket: WebsocketCommunicator) -> None:
        assert await answer(socket, **message) == {"type": "websocket.close", "code": 1009}

    play(story)


def test_largest_message_is_read():
    async def story(socket: WebsocketCommunicator) -> None:
        assert (await answer(socket, "x" * LARGEST_MESSAGE_BYTES))["type"] == "websocket.send"

    play(story)


def test_too_many_messages_in_a_second_close_the_socket(monkeypatch: pytest.MonkeyPatch):
    now = NOW
    monkeypatch.setattr("live.consumers.monotonic", lambda: now)

    async def story(socket: WebsocketCommunicator) -> None:
        nonlocal now
        for _ in range(3):  # as many as are allowed, second after second
            for _ in range(MESSAGES_PER_SECOND):
                assert (await answer(socket, "{}"))["type"] == "websocket.send"
            now += 1
        for _ in range(MESSAGES_PER_SECOND):
            await answer(socket, "{}")
        now += 0.999
        assert await answer(socket, "{}") == {"type": "websocket.close", "code": 1008}

    play(story)


def test_too_many_resyncs_in_a_minute_close_the_socket(monkeypatch: pytest.MonkeyPatch, settings: Any):
    now = NOW
    monkeypatch.setattr("live.consumers.monotonic", lambda: now)
    settings.RESYNCS_PER_MINUTE = 3

    async def story(socket: WebsocketCommunicator) -> None:
        nonlocal now
        for _ in range(3):
            for _ in range(3):
                await ask_again(socket)
            now += 60
        for _ in range(3):
            await ask_again(socket)
        now += 59.9
        assert (await answer(socket, "{}"))["type"] == "websocket.send"
        assert await answer(socket, '{"type":"resync"}') == {"type": "websocket.close", "code": 1008}

    play(story)


# -- Who may connect -------------------------------------------------------------------------


@pytest.mark.parametrize("consumer", [LiveConsumer, Closed])
@pytest.mark.parametrize("scope", [{}, {"user": None}, {"user": AnonymousUser()}])
def test_nobody_unknown_is_let_in_where_nothing_else_is_set(
    consumer: type[LiveConsumer], scope: dict[str, Any]
):
    async def connect() -> tuple[bool, int | None]:
        socket = WebsocketCommunicator(consumer.as_asgi(), "/ws/")
        socket.scope |= scope
        return await socket.connect()

    assert async_to_sync(connect)() == (False, 1000)


@pytest.mark.parametrize(("consumer", "ends"), [(Closed, True), (Open, False)])
def test_whoever_had_to_identify_himself_does_it_again_within_the_hour(
    monkeypatch: pytest.MonkeyPatch, consumer: type[LiveConsumer], ends: bool
):
    now = NOW
    monkeypatch.setattr("live.consumers.monotonic", lambda: now)

    async def story(socket: WebsocketCommunicator) -> None:
        nonlocal now
        now += 0.89 * LONGEST_STAY_SECONDS
        assert not (await ask_again(socket))["is_over"]
        now += 0.11 * LONGEST_STAY_SECONDS
        assert (await ask_again(socket))["is_over"] is ends

    play(story, consumer, user=User(username="risk"))

"""Which symbols a client may name, and who may connect at all."""

import json
from urllib.parse import quote

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import AnonymousUser, User

from live.consumers import LONGEST_STAY_SECONDS
from metrics.push.consumers import DepthConsumer, PressureConsumer
from symbols import fault_of
from tests.metrics.push.conftest import kinds, sent
from tests.symbols import LISTED, LOOK_ALIKES

PATHS = ["/ws/pressure/", "/ws/depth/BTCUSDT/"]


async def answers(socket, text: str | None = None, binary: bytes | None = None):
    payload = {"bytes": binary} if text is None else {"text": text}
    await socket.send_input({"type": "websocket.receive", **payload})
    return await socket.receive_output(1)


# -- Symbols ---------------------------------------------------------------------------------


def test_depth_socket_cannot_subscribe(play):
    async def story(desk):
        socket = await desk.connect("/ws/depth/BTCUSDT/")
        sent(socket)
        error = json.loads((await answers(socket, '{"type":"subscribe","symbols":["ETHUSDT"]}'))["text"])
        assert error["code"] == "UNKNOWN_TYPE"

    play(story)


@pytest.mark.parametrize(
    ("symbols", "code"),
    [
        (None, "BAD_MESSAGE"),
        (["BTC USDT"], "BAD_SYMBOLS"),
        (["B"], "BAD_SYMBOLS"),
        (["BTCUSDT", "<b>"], "BAD_SYMBOLS"),
        (["ß" * 20], "BAD_SYMBOLS"),
        (["ß"], "BAD_SYMBOLS"),
        ([".."], "BAD_SYMBOLS"),
        ([f"A{number}" for number in range(501)], "BAD_SYMBOLS"),
    ],
)
def test_wrong_symbols_are_refused_and_the_filter_stays(play, symbols, code):
    async def story(desk):
        await desk.publish("BTCUSDT", "ETHUSDT")
        socket = await desk.connect("/ws/pressure/?symbols=ETHUSDT")
        sent(socket)
        message = {"type": "subscribe"} | ({} if symbols is None else {"symbols": symbols})
        error = json.loads((await answers(socket, json.dumps(message, separators=(",", ":"))))["text"])
        assert (error["type"], error["code"]) == ("error", code)
        await desk.publish("BTCUSDT", "ETHUSDT")
        assert [list(update["symbols"]) for update in sent(socket)] == [["ETHUSDT"]]

    play(story)


def test_another_filter_is_a_snapshot_on_request_like_any_other(play, settings):
    settings.RESYNCS_PER_MINUTE = 2

    async def story(desk):
        await desk.publish("BTCUSDT")
        socket = await desk.connect("/ws/pressure/")
        sent(socket)
        for asked in ('{"type":"resync"}', '{"type":"subscribe","symbols":[]}'):
            assert json.loads((await answers(socket, asked))["text"])["type"] == "snapshot"
        closed = {"type": "websocket.close", "code": 1008}
        assert await answers(socket, '{"type":"subscribe","symbols":["BTCUSDT"]}') == closed

    play(story)


@pytest.mark.parametrize("symbol", ["%C3%9F", "..", "B", "BTC%20USDT"])
def test_what_is_no_symbol_has_no_book_to_watch(play, symbol):
    async def story(desk):
        await desk.publish("SS")
        socket = await desk.connect(f"/ws/depth/{symbol}/")
        error, close = sent(socket)
        assert error["code"] == "BAD_SYMBOLS"
        assert close == {"type": "websocket.close", "code": 1008}
        assert desk.hub.ladders.watches == {}

    play(story)


@pytest.mark.parametrize("symbol", LISTED)
def test_a_symbol_of_any_script_is_followed_in_any_case(play, symbol):
    async def story(desk):
        await desk.publish("BTCUSDT", symbol)
        (snapshot,) = sent(await desk.connect(f"/ws/depth/{quote(symbol.lower())}/"))
        assert (snapshot["type"], snapshot["symbol"]) == ("snapshot", symbol)
        (snapshot,) = sent(await desk.connect(f"/ws/pressure/?symbols={quote(symbol)}"))
        assert list(snapshot["symbols"]) == [symbol]
        socket = await desk.joined("/ws/pressure/?symbols=BTCUSDT")
        message = json.dumps({"type": "subscribe", "symbols": [symbol.lower()]})
        assert list(json.loads((await answers(socket, message))["text"])["symbols"]) == [symbol]

    play(story)


@pytest.mark.parametrize("text", LOOK_ALIKES, ids=ascii)
def test_what_only_looks_like_a_symbol_is_told_its_stranger(play, text):
    async def story(desk):
        told = f"A symbol is {fault_of(text)}."
        for path in (f"/ws/depth/{quote(text)}/", f"/ws/pressure/?symbols={quote(text)}"):
            error, _ = sent(await desk.connect(path))
            assert (error["code"], error["message"]) == ("BAD_SYMBOLS", told)
        socket = await desk.connect()
        sent(socket)
        message = json.dumps({"type": "subscribe", "symbols": ["BTCUSDT", text]})
        assert json.loads((await answers(socket, message))["text"])["message"] == told

    play(story)


def test_wrong_symbols_in_the_address_are_told_and_the_socket_is_closed(play):
    async def story(desk):
        socket = await desk.connect("/ws/pressure/?symbols=BTCUSDT,%3Cb%3E")
        error, close = sent(socket)
        assert error["code"] == "BAD_SYMBOLS"
        assert close == {"type": "websocket.close", "code": 1008}
        assert desk.hub.pressure_sockets == set()

    play(story)


# -- Who may connect -------------------------------------------------------------------------


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_without_a_log_in_nothing_is_shown_where_one_is_required(play, settings, path, user):
    settings.METRICS_REQUIRE_LOGIN = True

    async def story(desk):
        consumer = PressureConsumer if "pressure" in path else DepthConsumer
        socket = WebsocketCommunicator(consumer.as_asgi(), path)
        socket.scope |= {"user": user} if user else {}
        connected, code = await socket.connect()
        assert (connected, code) == (False, 1000)
        assert desk.hub.pressure_sockets == set()
        assert desk.hub.ladders.watches == {}
        await socket.send_input({"type": "websocket.disconnect", "code": 1006})
        await socket.wait()

    play(story)


def test_with_a_log_in_everything_is_shown_where_one_is_required(play, settings):
    settings.METRICS_REQUIRE_LOGIN = True

    async def story(desk):
        assert kinds(sent(await desk.connect(user=User(username="risk")))) == ["snapshot"]

    play(story)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("required", [True, False])
def test_whoever_had_to_say_who_he_is_says_it_again_within_the_hour(
    play, settings, monkeypatch, path, required
):
    settings.METRICS_REQUIRE_LOGIN = required
    now = 1000.0
    monkeypatch.setattr("live.consumers.monotonic", lambda: now)

    async def story(desk):
        nonlocal now
        await desk.publish("BTCUSDT")
        socket = await desk.joined(path, user=User(username="risk"))
        now += 0.89 * LONGEST_STAY_SECONDS
        await desk.hub.pass_time()
        assert sent(socket) == []
        now += 0.11 * LONGEST_STAY_SECONDS
        await desk.hub.pass_time()
        assert sent(socket) == ([{"type": "websocket.close", "code": 1000}] if required else [])

    play(story)

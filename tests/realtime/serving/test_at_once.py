"""An answer that is at hand is sent at once, in the bytes that would have been sent anyway."""

import asyncio
import random
import re
import socket
import time

import pytest

from realtime.serving.at_once import Asked, Ready
from tests.realtime.serving.house import answer, serving
from tests.servers import until

HEADERS = [(b"Content-Type", b"application/json"), (b"ETag", b'W/"1"'), (b"Content-Length", b"12")]
GET = b"GET /%s HTTP/1.1\r\nHost: localhost\r\n\r\n"
LEAVE = b"GET /%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
LARGE = 2**20


class Shop:
    """Has the answer to all paths but `/slow`, as an application and at hand. Notes who came the long way, and whose
    question was read."""

    def __init__(self, body: bytes = b"at your hand", status: int = 200) -> None:
        headers = [(name, value.replace(b"12", b"%d" % len(body))) for name, value in HEADERS]
        self.goods: Ready | None = Ready.of(status, headers, body)
        self.came: list[str] = []
        self.asked: list[str] = []

    def at_hand(self, scope) -> Asked | None:
        self.asked.append(scope["path"])
        return None if scope["path"] == "/slow" else lambda: self.goods

    async def __call__(self, scope, receive, send):
        self.came.append(scope["path"])
        if scope["path"] == "/slow":
            await answer(send, b"slow")
        elif self.goods is None:
            await answer(send, b"the long way")
        else:
            await send(
                {"type": "http.response.start", "status": self.goods.status, "headers": self.goods.headers}
            )
            await send({"type": "http.response.body", "body": self.goods.body})


def talk(address, *sent: bytes) -> bytes:
    """All that comes back, without the time of day."""
    with socket.create_connection(address) as connection:
        connection.sendall(b"".join(sent))
        text = b""
        while piece := connection.recv(65536):
            text += piece
    return re.sub(rb"date: [^\r]+", b"date: now", text)


@pytest.mark.parametrize("status", [200, 304])
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_it_is_sent_in_the_same_bytes(status, method):
    shop = Shop(b"" if status == 304 or method == b"HEAD" else b"at your hand", status)
    first = GET.replace(b"GET", method) % b"shown"
    with serving(shop) as address:
        anyway = talk(address, first, LEAVE % b"slow")
    assert shop.came == ["/shown", "/slow"]
    with serving(shop, at_hand=shop.at_hand) as address:
        at_once = talk(address, first, LEAVE % b"slow")
    assert shop.came == ["/shown", "/slow", "/slow"]
    assert at_once == anyway


class Connection:
    """One that is kept: what was sent, and one answer after the other, without the time of day."""

    def __init__(self, address) -> None:
        self._socket = socket.create_connection(address, timeout=20)
        self._read = b""

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> bytes:
        while b"\r\n\r\n" not in self._read:
            self._read += self._socket.recv(65536)
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        found = re.search(rb"(?i)content-length: (\d+)", head)
        assert found, head
        while len(self._read) < int(found[1]):
            self._read += self._socket.recv(65536)
        body, self._read = self._read[: int(found[1])], self._read[int(found[1]) :]
        return re.sub(rb"date: [^\r]+", b"date: now", head + b"\r\n\r\n" + body)

    def ask(self, data: bytes) -> bytes:
        self.send(data)
        return self.answer()


def test_the_same_question_is_read_no_more_and_has_the_answer_of_now():
    shop = Shop()
    with serving(shop, at_hand=shop.at_hand) as address, Connection(address) as connection:
        first = connection.ask(GET % b"shown")
        assert {connection.ask(GET % b"shown") for _ in range(5)} == {first}
        assert len(shop.asked) <= 2
        shop.goods = Ready.of(200, [(b"Content-Length", b"3")], b"new")
        assert connection.ask(GET % b"shown").endswith(b"\r\n\r\nnew")
        assert shop.came == []
        shop.goods = None
        assert connection.ask(GET % b"shown").endswith(b"the long way")
        assert shop.came == ["/shown"]


def test_whatever_is_sent_after_it_in_whatever_pieces_each_question_has_its_own_answer():
    shops = {path: Shop(path.encode()) for path in ("/shown", "/shown/2", "/slow")}

    def at_hand(scope) -> Asked | None:
        return shops[scope["path"]].at_hand(scope)

    async def application(scope, receive, send):
        await shops[scope["path"]](scope, receive, send)

    chance = random.Random(5)
    with serving(application, at_hand=at_hand) as address, Connection(address) as connection:
        for _ in range(300):
            paths = chance.choices([*shops], [6, 2, 1], k=chance.choice([1, 1, 1, 1, 2, 3]))
            data = b"".join(
                chance.choice([b"", b"", b"", b"\r\n"]) + GET % path[1:].encode() for path in paths
            )
            cut = chance.choice([0, 0, 0, 1, len(data) // 2, len(data) - 1])
            for piece in filter(None, (data[:cut], data[cut:])):
                connection.send(piece)
                time.sleep(0.002 * bool(cut))  # so that they are read one by one
            bodies = [connection.answer().rpartition(b"\r\n\r\n")[2] for _ in paths]
            assert bodies == [b"slow" if path == "/slow" else path.encode() for path in paths]


def test_what_is_not_at_hand_is_asked_for():
    shop = Shop()
    with serving(shop, at_hand=shop.at_hand) as address:
        assert talk(address, LEAVE % b"slow").endswith(b"slow")
    assert shop.came == ["/slow"]


def test_a_client_who_wants_to_leave_is_let_go():
    shop = Shop()
    with serving(shop, at_hand=shop.at_hand) as address:
        assert b"connection: close" in talk(address, LEAVE % b"shown")


def test_of_requests_that_come_together_each_has_its_turn():
    """And one at most is answered at once, so that nobody holds up the others."""
    shop = Shop()
    with serving(shop, at_hand=shop.at_hand) as address:
        text = talk(address, GET % b"1", GET % b"slow", GET % b"2", LEAVE % b"slow")
    assert [body.split(b"\r\n\r\n")[1] for body in text.split(b"HTTP/1.1 200 OK")[1:]] == [
        b"at your hand",
        b"slow",
        b"at your hand",
        b"slow",
    ]
    assert shop.came == ["/slow", "/2", "/slow"]


def test_a_request_behind_an_answer_that_was_at_hand_has_all_the_time_it_needs():
    """As long as that takes, the connection is not one that is kept for another request."""

    async def slow(scope, receive, send):
        await asyncio.sleep(1.5)
        await answer(send, b"slow")

    with serving(slow, at_hand=Shop().at_hand, kept_seconds=1) as address:
        assert talk(address, GET % b"shown", LEAVE % b"slow").endswith(b"slow")


def test_who_does_not_read_what_is_at_hand_waits_like_everybody():
    """What is not taken is not piled up: further requests come the long way, which waits."""
    shop = Shop(b"x" * LARGE)
    asked = []
    with serving(shop, at_hand=shop.at_hand) as address, socket.create_connection(address) as connection:

        def ask_once_more() -> bool:
            connection.sendall(GET % b"shown")
            asked.append(True)
            return bool(shop.came)

        until(ask_once_more, "a request that came the long way")
    assert len(asked) < 20

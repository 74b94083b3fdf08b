"""An exchange on this machine: WebSockets and REST of one origin, which speak as the venue does and do what they are told."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, NamedTuple

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

Message = str
Speaks = Callable[[Any], Iterable[Message]]
"""What a venue says to a message it was sent: acknowledgements, then the first frames of what was asked for."""


class RestAnswer(NamedTuple):
    """What is answered to a GET."""

    body: Any
    status: int = HTTPStatus.OK
    headers: dict[str, str] = {}


class Exchange:
    """Plays one venue; `asked` is all that clients said, by connection, `paths` what was asked for over HTTP."""

    def __init__(self, speaks: Speaks, rest: dict[str, RestAnswer]) -> None:
        self.rest = rest
        self.is_silent = False
        self.refuses = False
        self.asked: list[tuple[int, Any]] = []
        self.paths: list[str] = []
        self.opened = 0
        self.port = 0
        self._speaks = speaks
        self._server: Server | None = None
        self._heard = asyncio.Condition()

    @property
    def origins(self) -> tuple[str, str]:
        """Of its sockets, and of REST."""
        return f"ws://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.port}"

    @property
    def connections(self) -> set[ServerConnection]:
        """Those that are open."""
        return set(self._server.connections) if self._server else set()

    async def say(self, message: Message) -> None:
        """To everybody."""
        for each in self.connections:
            await each.send(message)

    async def cut(self) -> None:
        """All connections, without a word."""
        for each in self.connections:
            each.transport.abort()

    async def until(self, is_so: Callable[[], bool], seconds: float = 10.0) -> None:
        """Wait until something that clients do has come about."""
        async with asyncio.timeout(seconds), self._heard:
            await self._heard.wait_for(is_so)

    async def _serve(self, connection: ServerConnection) -> None:
        self.opened += 1
        number = self.opened
        try:
            async for raw in connection:
                message = json.loads(raw) if raw[:1] in "{[" else raw
                self.asked.append((number, message))
                async with self._heard:
                    self._heard.notify_all()
                if not self.is_silent:
                    for answer in self._speaks(message):
                        await connection.send(answer)
        except ConnectionClosed:
            return

    def _answer(self, _connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Upgrade"):
            return Response(503, "Service Unavailable", Headers()) if self.refuses else None
        self.paths.append(request.path)
        told = self.rest.get(request.path, RestAnswer({"msg": "not found"}, HTTPStatus.NOT_FOUND))
        body = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
        headers = Headers({"Content-Length": str(len(body)), "Connection": "close"} | told.headers)
        return Response(told.status, HTTPStatus(told.status).phrase, headers, body)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Exchange"]:
        """Listen on a free port."""
        async with serve(
            self._serve, "127.0.0.1", self.port, process_request=self._answer, compression=None
        ) as self._server:
            self.port = next(iter(self._server.sockets)).getsockname()[1]
            yield self


def subscriptions(exchange: Exchange, of: Callable[[Any], Iterable[str]]) -> Counter[str]:
    """How often each channel was asked for."""
    return Counter(channel for _, message in exchange.asked for channel in of(message))

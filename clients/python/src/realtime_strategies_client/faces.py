"""Carries steps out, with and without asyncio; and the calls as methods of either face."""

import asyncio
import functools
import logging
import os
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, aclosing, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

import httpx
from websockets.asyncio import client as async_sockets
from websockets.exceptions import WebSocketException
from websockets.sync import client as sync_sockets

from realtime_strategies_client import steps as do
from realtime_strategies_client.errors import ClientClosed
from realtime_strategies_client.steps import Series, Step, Steps

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")
F = TypeVar("F")

FAILURES = (httpx.TransportError, WebSocketException, OSError)
"""What is thrown into a call: it knows what to do about it."""
TIMEOUT_SECONDS = 10.0
TOKEN = re.compile(r"[!-~]*")
# At its most talkative `websockets` writes down what is sent at a handshake, the token included.
QUIET = logging.getLogger("realtime_strategies_client.sockets")
QUIET.setLevel(logging.INFO)


class Server:
    """Where it is and who asks; the token is in nothing that is printed."""

    def __init__(self, address: str | None, token: str | None, timeout: float) -> None:
        address = address or os.environ.get("REALTIME_STRATEGIES_URL", "")
        token = (token or os.environ.get("REALTIME_STRATEGIES_TOKEN", "")).strip()
        self.url = httpx.URL(address.rstrip("/"))
        if self.url.scheme not in ("http", "https") or not self.url.host or self.url.userinfo:
            raise ValueError(
                "The address of the server is to be http(s)://host, without a password in it: "
                "give it to the client, or set REALTIME_STRATEGIES_URL"
            )
        if not TOKEN.fullmatch(token):
            raise ValueError("The token holds a character that none has: give it as it was printed")
        self.timeout = timeout
        self.is_closed = False
        # Of a kind that keeps what is in it to itself when it is printed.
        self._headers = httpx.Headers({"Authorization": f"Token {token}"} if token else {})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.url)!r})"

    @property
    def http_options(self) -> dict[str, Any]:
        """One statement of how REST is asked."""
        return {"base_url": f"{self.url}/api/v1", "headers": self._headers, "timeout": self.timeout}

    @property
    def socket_options(self) -> dict[str, Any]:
        """And of how sockets are opened."""
        return {
            "additional_headers": self._headers,
            "open_timeout": self.timeout,
            "close_timeout": 1,
            "max_size": None,
            "logger": QUIET,
        }

    def socket_address(self, step: do.Connect) -> str:
        return f"{self.url.copy_with(scheme=self.url.scheme.replace('http', 'ws'))}/ws{step.path}"


def _next(series: Series[S], outcome: Any) -> Step | do.Show[S]:
    """What a call does after this has come of its last step, an answer or a failure; StopIteration at its end."""
    return series.throw(outcome) if isinstance(outcome, FAILURES) else series.send(outcome)


def _shown(steps: Steps[T]) -> Series[T]:
    """A call as a series of one."""
    yield do.Show((yield from steps))


@contextmanager
def arriving(path: Path) -> Iterator[BinaryIO]:
    """A file that stands under its name once it is whole."""
    begun = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with begun.open("wb") as file:
            yield file
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)


class StayingSync(sync_sockets.reconnect):
    """Follows no redirect: the token is for this server."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class StayingAsync(async_sockets.connect):
    """The same."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class SyncHands:
    """What one call needs to be carried out: the connection of the client, and a socket of its own."""

    def __init__(self, http: httpx.Client, server: Server) -> None:
        self._http, self._server = http, server
        self._opened = ExitStack()
        self._socket: sync_sockets.ClientConnection | None = None

    def carry(self, step: Step) -> Any:
        match step:
            case do.Request(file=Path() as file):
                with self._http.stream(step.method, step.path, params=step.query) as response:
                    if not response.is_success:
                        response.read()
                        return response
                    with arriving(file) as begun:
                        for piece in response.iter_bytes():
                            begun.write(piece)
                    return response
            case do.Request():
                return self._http.request(
                    step.method, step.path, params=step.query, json=step.body, headers=step.headers
                )
            case do.Wait():
                return time.sleep(step.seconds)
            case do.Connect():
                self.disconnect()
                opening = StayingSync(self._server.socket_address(step), **self._server.socket_options)
                self._socket = self._opened.enter_context(opening)
            case do.Receive() if self._socket:
                with suppress(TimeoutError):
                    return self._socket.recv(step.seconds)
            case do.Send() if self._socket:
                self._socket.send(step.text)
            case do.Disconnect():
                self.disconnect()
        return None

    def disconnect(self) -> None:
        self._socket = None
        self._opened.close()


class Sync(Server):
    """The face without asyncio."""

    def __init__(self, address: str | None, token: str | None, timeout: float) -> None:
        super().__init__(address, token, timeout)
        self._http = httpx.Client(**self.http_options)
        self._hands: set[SyncHands] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Streams that are open end as well."""
        self.is_closed = True
        for hands in list(self._hands):
            hands.disconnect()
        self._http.close()

    def run(self, steps: Steps[T]) -> T:
        """The result of a call."""
        with closing(self.each(_shown(steps))) as only:
            for item in only:
                return item
        raise ClientClosed("The client is closed")

    def each(self, series: Series[S]) -> Generator[S, None, None]:
        """What a call shows, one after the other."""
        hands = SyncHands(self._http, self)
        self._hands.add(hands)
        outcome: Any = None
        try:
            while not self.is_closed:
                step = _next(series, outcome)
                if isinstance(step, do.Show):
                    yield step.item
                    outcome = None
                    continue
                try:
                    outcome = hands.carry(step)
                except FAILURES as error:
                    outcome = error
        except StopIteration:
            return
        finally:
            series.close()
            hands.disconnect()
            self._hands.discard(hands)


class AsyncHands:
    """The same with asyncio."""

    def __init__(self, http: httpx.AsyncClient, server: Server) -> None:
        self._http, self._server = http, server
        self._opened = AsyncExitStack()
        self._socket: async_sockets.ClientConnection | None = None

    async def carry(self, step: Step) -> Any:
        match step:
            case do.Request(file=Path() as file):
                async with self._http.stream(step.method, step.path, params=step.query) as response:
                    if not response.is_success:
                        await response.aread()
                        return response
                    with arriving(file) as begun:
                        async for piece in response.aiter_bytes():
                            await asyncio.to_thread(begun.write, piece)
                    return response
            case do.Request():
                return await self._http.request(
                    step.method, step.path, params=step.query, json=step.body, headers=step.headers
                )
            case do.Wait():
                return await asyncio.sleep(step.seconds)
            case do.Connect():
                await self.disconnect()
                opening = StayingAsync(self._server.socket_address(step), **self._server.socket_options)
                self._socket = await self._opened.enter_async_context(opening)
            case do.Receive() if self._socket:
                with suppress(TimeoutError):
                    async with asyncio.timeout(step.seconds):
                        return await self._socket.recv()
            case do.Send() if self._socket:
                await self._socket.send(step.text)
            case do.Disconnect():
                await self.disconnect()
        return None

    async def disconnect(self) -> None:
        self._socket = None
        await self._opened.aclose()


class Async(Server):
    """The face with asyncio."""

    def __init__(self, address: str | None, token: str | None, timeout: float) -> None:
        super().__init__(address, token, timeout)
        self._http = httpx.AsyncClient(**self.http_options)
        self._hands: set[AsyncHands] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Streams that are open end as well."""
        self.is_closed = True
        for hands in list(self._hands):
            await hands.disconnect()
        await self._http.aclose()

    async def run(self, steps: Steps[T]) -> T:
        """The result of a call."""
        async with aclosing(self.each(_shown(steps))) as only:
            async for item in only:
                return item
        raise ClientClosed("The client is closed")

    async def each(self, series: Series[S]) -> AsyncGenerator[S, None]:
        """What a call shows, one after the other."""
        hands = AsyncHands(self._http, self)
        self._hands.add(hands)
        outcome: Any = None
        try:
            while not self.is_closed:
                step = _next(series, outcome)
                if isinstance(step, do.Show):
                    yield step.item
                    outcome = None
                    continue
                try:
                    outcome = await hands.carry(step)
                except FAILURES as error:
                    outcome = error
        except StopIteration:
            return
        finally:
            series.close()
            await hands.disconnect()
            self._hands.discard(hands)


class Group(Generic[F]):
    """Calls that belong together, on one of the faces."""

    def __init__(self, face: F) -> None:
        self._face = face


class Call(Generic[P, T]):
    """A call as a method: a T on the face without asyncio, to be awaited on the other."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        self._steps = steps

    @overload
    def __get__(self, group: Group[Sync], owner: Any) -> Callable[P, T]: ...
    @overload
    def __get__(self, group: Group[Async], owner: Any) -> Callable[P, Awaitable[T]]: ...
    def __get__(self, group: Group[Any], owner: Any) -> Callable[P, Any]:
        @functools.wraps(self._steps)
        def call(*arguments: P.args, **named: P.kwargs) -> Any:
            return group._face.run(self._steps(group, *arguments, **named))

        return call


class Listing(Generic[P, S]):
    """A call to iterate over: `for`, or `async for`."""

    def __init__(self, series: Callable[Concatenate[Any, P], Series[S]]) -> None:
        self._series = series

    @overload
    def __get__(self, group: Group[Sync], owner: Any) -> Callable[P, Generator[S, None, None]]: ...
    @overload
    def __get__(self, group: Group[Async], owner: Any) -> Callable[P, AsyncGenerator[S, None]]: ...
    def __get__(self, group: Group[Any], owner: Any) -> Callable[P, Any]:
        @functools.wraps(self._series)
        def call(*arguments: P.args, **named: P.kwargs) -> Any:
            return group._face.each(self._series(group, *arguments, **named))

        return call

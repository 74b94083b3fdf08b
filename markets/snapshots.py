"""Whole books over NATS, for whoever asks."""

import asyncio
from typing import Protocol

import msgspec
from nats.aio.msg import Msg

from markets.figures import Figures
from markets.no_answer import NoAnswer
from markets.subjects import snapshots_of
from messaging.bus import Link

MOST_REQUESTS = 8  # for snapshots of one venue, at the same time
TOO_LARGE_SECONDS = 600.0  # until a book may be smaller


class Books(Protocol):
    """Who has the whole books of one venue and form, which `figures` name."""

    figures: Figures

    async def snapshot(self, symbol: str) -> bytes:
        """What the venue answers to who asks for one. Raises NoAnswer."""


class Snapshots:
    """Answers requests for whole books of one venue and form, one request of a symbol at a time."""

    def __init__(self, books: Books, link: Link) -> None:
        self._books, self._link = books, link
        self._asking: dict[str, asyncio.Task[bytes]] = {}
        self._places = asyncio.Semaphore(MOST_REQUESTS)

    async def serve(self) -> None:
        """Answer for ever."""
        async with asyncio.TaskGroup() as group:

            async def take(message: Msg) -> None:
                group.create_task(self._answer(message))

            figures = self._books.figures
            await self._link.subscribe(snapshots_of(figures.venue, figures.form), cb=take)
            await asyncio.Event().wait()

    async def _answer(self, message: Msg) -> None:
        symbol = message.subject.rpartition(".")[2]
        try:
            body = await self._body(symbol)
            if len(body) > self._link.max_payload:
                raise NoAnswer("the book is larger than NATS takes", TOO_LARGE_SECONDS)
        except NoAnswer as error:
            self._books.figures.snapshots_refused += 1
            body = msgspec.json.encode(
                {"error": str(error), "retry_after_ms": round(1_000 * error.retry_after)}
            )
        if message.reply and self._link.is_connected:
            await message.respond(body)

    async def _body(self, symbol: str) -> bytes:
        """Whoever asks while another's question is under way gets the same answer."""
        task = self._asking.get(symbol)
        if task is None:
            task = self._asking[symbol] = asyncio.create_task(self._ask(symbol))
            task.add_done_callback(lambda _: self._asking.pop(symbol))
        return await task

    async def _ask(self, symbol: str) -> bytes:
        async with self._places:
            return await self._books.snapshot(symbol)

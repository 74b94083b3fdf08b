"""Whole books, asked for over NATS of whoever brings the market: see "Full books" in docs/market-data.md."""

import asyncio
from collections import Counter
from collections.abc import Callable
from time import time
from typing import Protocol

import msgspec

from messaging.bus import NOT_REACHED
from messaging.source import Ask
from messaging.waiting import pause
from metrics.domain.full_books import ANSWER_SECONDS, FullBooks
from metrics.domain.market import place_name
from metrics.feed.faults import NOT_DECODED
from metrics.feed.origins import snapshot_subject
from symbols import capitals

MOST_AT_ONCE = 8
LOOK_EVERY_SECONDS = 0.1
MOST_BOOKS = 1_000
"""A level of a full book takes about 17 bytes, and a market may have ten thousand of them."""


class Answer(msgspec.Struct):
    """The exchange's own answer, or why there is none now. Its book comes as a frame as well, and is read there."""

    error: str = ""
    retry_after_ms: float = 0.0


_decode = msgspec.json.Decoder(Answer).decode


class Asking(Protocol):
    """A process that keeps full books; `errors` counts what came of its questions."""

    ask: Ask
    errors: Counter[str]


def full_books_of(wish: str, levels: int, max_symbols: int) -> FullBooks | None:
    """What the setting FULL_BOOKS says: `on`, `off`, or of which symbols."""
    if wish == "off":
        return None
    only = None if wish == "on" else frozenset(capitals(symbol.strip()) for symbol in wish.split(","))
    return FullBooks(levels=levels, max_books=min(MOST_BOOKS, max_symbols), only=only)


class SnapshotRequests:
    """Asks for the snapshots that `books` wait for, a few at a time."""

    def __init__(self, books: FullBooks, process: Asking, clock: Callable[[], float] = time) -> None:
        self._books, self._process, self._clock = books, process, clock
        self._under_way = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`."""
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                for market, symbol in self._books.requests(self._clock(), MOST_AT_ONCE - self._under_way):
                    self._under_way += 1
                    group.create_task(self._request(market, symbol))
                await pause(stop, LOOK_EVERY_SECONDS)

    async def _request(self, market: str, symbol: str) -> None:
        venue, _, form = market.partition("/")
        try:
            subject = snapshot_subject(place_name(venue, form), symbol)
            raw = await self._process.ask(subject, ANSWER_SECONDS)
            answer = _decode(raw)
        except NOT_REACHED:
            self._count("snapshot_not_answered")
            self._books.not_answered(market, symbol, self._clock())
        except NOT_DECODED:
            self._count("snapshot_unreadable")
            self._books.not_answered(market, symbol, self._clock())
        else:
            if answer.error:
                self._count("snapshot_refused")
                self._books.not_answered(market, symbol, self._clock(), answer.retry_after_ms / 1_000)
        finally:
            self._under_way -= 1

    def _count(self, name: str) -> None:
        self._process.errors[name] += 1

"""Recorded markets as the producer in use upstream would have sent them, and what would have been true.

It names every spot book after the first stream that it was given, whichever kind that was; it calls every
`depthUpdate` `<symbol>@depth20@100ms`, book or diff; and it wraps all in the second envelope.
"""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tests.integration.markets import Book, read_book
from tests.integration.pipeline import Arrival

BOOK = "depth20@100ms"
REFERENCES = ("trade", "aggTrade", "bookTicker")
"""Kinds that name their coin and a price of it."""


class Sent(NamedTuple):
    """A frame, when it arrived, and of which coin and kind it is, whatever its name says."""

    at: float
    frame: bytes
    coin: str
    kind: str


def sent_upstream(arrivals: Iterable[Arrival], first: str) -> list[Sent]:
    """Recorded frames by way of that producer, which was given the stream `first` before all others."""
    return [_renamed(at, json.loads(frame), first) for at, frame in arrivals]


def _renamed(at: float, message: dict[str, Any], first: str) -> Sent:
    coin, _, kind = message["stream"].partition("@")
    if message["data"].get("e") == "depthUpdate":
        message["stream"] = f"{coin}@{BOOK}"
    elif kind == BOOK:
        message["stream"] = first
    return Sent(at, wrapped(message, at), coin.upper(), kind)


def wrapped(message: dict[str, Any], at: float, source: str = "binance-websocket") -> bytes:
    """The message in the second envelope, made when it arrived."""
    made = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    more = {"timestamp": made, "message_id": "0", "source": source, "version": "1.0"}
    return json.dumps(message | more, separators=(",", ":")).encode()


class Truth:
    """The books of some coins under their own names."""

    def __init__(self, books: Iterable[Arrival]) -> None:
        self._books: dict[str, list[Book]] = defaultdict(list)
        for at, frame in books:
            book = read_book(at, frame)
            self._books[book.symbol].append(book)

    @property
    def coins(self) -> list[str]:
        return sorted(self._books)

    def mid(self, coin: str, at: float) -> float:
        """The mid price of a coin at that time, or its first one."""
        books = self._books[coin]
        book = books[max(0, bisect_right(books, at, key=lambda book: book.at) - 1)]
        return float(book.bids[0][0] + book.asks[0][0]) / 2

    def is_near(self, coin: str, price: float, at: float) -> bool:
        """Is `price` within 10 % of the mid of the coin?"""
        return abs(price / self.mid(coin, at) - 1) <= 0.1

    def whose(self, book: Book) -> str:
        """The coin whose price it has."""
        mid = float(book.bids[0][0] + book.asks[0][0]) / 2
        return min(self._books, key=lambda coin: abs(mid / self.mid(coin, book.at) - 1))

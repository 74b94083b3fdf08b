"""What Binance and OKX say of a hundred walking books, framed for their sockets."""

import time
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import msgspec

from markets.domain.book import Level, VenueBook
from markets.venues import okx
from tests.bench.framed import framed
from tests.bench.walking import Change, Levels, WalkingBook, book_ticker, depth20, diff, trade
from tests.markets.venues_played import PlayedBinance

SYMBOLS = 100
BOOK_LEVELS = 400
"""A side: what OKX tells of a book."""
LAST_COIN = "LAST"
COINS = [*(f"C{number:03d}" for number in range(SYMBOLS)), LAST_COIN]
LAST: Mapping[str, bytes] = {
    "binance": trade(f"{LAST_COIN}USDT", WalkingBook(Random(0), 1), 1_760_000_000_000),
    "okx": b'{"arg":{"channel":"trades","instId":"%b-USDT"},"data":[{"instId":"%b-USDT","tradeId":"1","px":"60000.0",'
    b'"sz":"0.1","side":"sell","ts":"1760000000000"}]}' % (2 * (LAST_COIN.encode(),)),
}
"""The last message of whatever is sent: a trade of a coin that nothing else is said of."""


class Binance(PlayedBinance):
    """It says nothing before it is told to."""

    def __init__(self) -> None:
        super().__init__(COINS)
        self.answers_subscriptions = False


def binance(kind: str, count: int) -> list[bytes]:
    """`count` messages of a kind (see KINDS of `walking`) of all coins in turn, and the last."""
    now_ms, rng = round(time.time() * 1000), Random(11)
    books = [(f"{coin}USDT", WalkingBook(rng, BOOK_LEVELS)) for coin in COINS[:SYMBOLS]]
    says: Mapping[str, Callable[[str, WalkingBook, Change], bytes]] = {
        "depth20": lambda symbol, book, _: depth20(symbol, book),
        "trade": lambda symbol, book, _: trade(symbol, book, now_ms),
        "bookTicker": lambda symbol, book, _: book_ticker(symbol, book),
        "diff": lambda symbol, _, change: diff(symbol, change, now_ms),
    }
    frames = []
    for number in range(count):
        symbol, book = books[number % SYMBOLS]
        frames.append(framed(says[kind](symbol, book, book.change())))
    return [*frames, framed(LAST["binance"])]


def okx_books(count: int) -> tuple[list[bytes], list[bytes]]:
    """Whole books of all coins, and `count` changes in turn, with numbers and checksums; the last ends both."""
    rng = Random(12)
    books = [_OkxBook(f"{coin}-USDT", WalkingBook(rng, BOOK_LEVELS)) for coin in COINS[:SYMBOLS]]
    whole = [framed(book.snapshot()) for book in books]
    changes = [framed(books[number % SYMBOLS].change()) for number in range(count)]
    last = framed(LAST["okx"])
    return [*whole, last], [*changes, last]


class _OkxBook:
    """One book as OKX tells it."""

    def __init__(self, name: str, walking: WalkingBook) -> None:
        self._name, self._walking = name, walking
        self._kept = VenueBook(*map(_levels, walking.best(BOOK_LEVELS)))

    def snapshot(self) -> bytes:
        return self._said("snapshot", -1, *self._walking.best(BOOK_LEVELS))

    def change(self) -> bytes:
        change = self._walking.change()
        self._kept.change(_levels(change.bids), _levels(change.asks))
        return self._said("update", change.before, change.bids, change.asks)

    def _said(self, action: str, before: int, bids: Levels, asks: Levels) -> bytes:
        data: dict[str, Any] = {
            "asks": [[*each, "0", "1"] for each in asks],
            "bids": [[*each, "0", "1"] for each in bids],
            "ts": str(round(time.time() * 1000)),
            "checksum": okx.checksum(self._kept),
            "seqId": self._walking.number,
            "prevSeqId": before,
        }
        arg = {"channel": "books", "instId": self._name}
        return msgspec.json.encode({"arg": arg, "action": action, "data": [data]})


def _levels(told: Levels) -> Iterator[Level]:
    return (Level(*each) for each in told)

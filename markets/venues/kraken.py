"""Kraken, version 2: spot.

Written from the documentation; of the checksum only the older version is recorded, whose rule is the same.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from markets.domain.book import DECIMAL, Level, VenueBook
from markets.domain.frames import Frames
from markets.domain.kept_books import BookTranslator, KeptBook
from markets.domain.listing import COINS, Listing, listing
from markets.domain.translated import Kind, Refusal, Translated, Unreadable
from markets.domain.venue import Heartbeat, Limits, Snapshots
from markets.venues.reading import Moment, amount, milliseconds, reader, written

DEPTH, CHECKED_LEVELS = 100, 10
OF_KINDS: Mapping[Kind, str] = {"depth": "book", "bookTicker": "book", "trade": "trade"}


class _Pair(msgspec.Struct):
    wsname: str = ""
    status: str = "online"


class _Day(msgspec.Struct):
    v: list[str]
    p: list[str]


class _Pairs(msgspec.Struct):
    result: dict[str, _Pair]


class _Days(msgspec.Struct):
    result: dict[str, _Day]


class _Message(msgspec.Struct):
    channel: str = ""
    type: str = ""
    method: str = ""
    success: bool = True
    error: str = ""
    symbol: str = ""
    data: msgspec.Raw = msgspec.Raw(b"[]")


class _Level(msgspec.Struct):
    """Numbers, whose text the checksum is made of."""

    price: msgspec.Raw
    qty: msgspec.Raw


class _Book(msgspec.Struct):
    symbol: str
    bids: list[_Level]
    asks: list[_Level]
    checksum: int
    timestamp: Moment | None = None


class _Trade(msgspec.Struct):
    symbol: str
    side: str
    price: msgspec.Raw
    qty: msgspec.Raw
    trade_id: int
    timestamp: Moment


_pairs, _days = reader(_Pairs), reader(_Days)
_message, _books, _trades = reader(_Message), reader(list[_Book]), reader(list[_Trade])


class Kraken:
    """Spot is all it is asked for."""

    name: ClassVar[str] = "kraken"
    form: ClassVar[str] = "spot"
    socket: ClassVar[str] = "wss://ws.kraken.com"
    rest: ClassVar[str] = "https://api.kraken.com"
    path: ClassVar[str] = "/v2"
    limits: ClassVar[Limits] = Limits(300, 100, 2.0, 75)
    heartbeat: ClassVar[Heartbeat | None] = Heartbeat('{"method":"ping"}', 30.0)
    kinds: ClassVar[frozenset[Kind]] = frozenset(OF_KINDS)
    longest_connection_hours: ClassVar[float | None] = None
    snapshots: ClassVar[Snapshots | None] = None
    listing_paths: ClassVar[Mapping[str, str]] = {
        "pairs": "/0/public/AssetPairs",
        "days": "/0/public/Ticker",
    }

    def listings(self, answers: Mapping[str, bytes]) -> list[Listing]:
        days = _days(answers["days"]).result
        found = (
            _listed(pair, days.get(name))
            for name, pair in _pairs(answers["pairs"]).result.items()
            if pair.status == "online"
        )
        return [each for each in found if each]

    def channels(self, listings: Iterable[Listing], kinds: Collection[Kind]) -> Mapping[str, list[str]]:
        names = sorted({OF_KINDS[kind] for kind in kinds})
        return {self.path: [f"{name}:{each.name}" for name in names for each in listings]}

    def subscribe(self, channels: Sequence[str], number: int) -> list[str]:
        return _asked("subscribe", channels, number)

    def unsubscribe(self, channels: Sequence[str], number: int) -> list[str]:
        return _asked("unsubscribe", channels, number)

    def translator(
        self, listings: Iterable[Listing], kinds: Collection[Kind], levels: int, now_us: int
    ) -> "KrakenTranslator":
        return KrakenTranslator(Frames(self.name, self.form, now_us), listings, kinds, levels)


class KrakenTranslator(BookTranslator):
    """Keeps the books of one connection: every message's checksum must hold."""

    book_channel: ClassVar[str] = "book:{name}"

    def read(self, raw: bytes, at_us: int) -> Iterator[Translated]:
        message = _message(raw)
        if not message.success:
            yield Refusal(f"{message.symbol} {message.error}".strip())
        if message.channel == "book":
            for book in _books(message.data):
                if kept := self._kept.get(book.symbol):
                    yield from self._change(kept, message.type, book)
        elif message.channel == "trade":
            for trade in _trades(message.data):
                if kept := self._kept.get(trade.symbol):
                    yield self._trade(kept.listing, trade)

    def _change(self, kept: KeptBook, kind: str, sent: _Book) -> Iterator[Translated]:
        bids, asks = _levels(sent.bids), _levels(sent.asks)
        if kind == "snapshot":
            self._kept.begin(kept, bids, asks)
        elif kept.book is None:
            return
        else:
            self._kept.change(kept, kept.book, bids, asks)
        if kept.book:
            kept.book.cut(DEPTH)  # what falls behind is not taken away by the venue
            if sent.checksum != checksum(kept.book):
                yield self._kept.lost(kept, "checksum")
                return
        yield from self._kept.shown(kept, milliseconds(sent.timestamp) if sent.timestamp else None)

    def _trade(self, traded: Listing, sent: _Trade) -> Translated:
        price, quantity = _text(sent.price), _text(sent.qty)
        if not (DECIMAL.fullmatch(price) and DECIMAL.fullmatch(quantity)):
            raise Unreadable(f"{price[:40]!r}, {quantity[:40]!r} is no trade")
        return self._frames.trade(
            traded.symbol,
            sent.trade_id,
            Level(price, quantity),
            sent.side == "sell",
            milliseconds(sent.timestamp),
        )


def checksum(book: VenueBook) -> int:
    """CRC-32 of the ten best asks and then bids: digits of price and quantity, without the point and zeros in front."""
    levels = [*book.asks.best(CHECKED_LEVELS), *book.bids.best(CHECKED_LEVELS)]
    digits = (number.replace(".", "").lstrip("0") for level in levels for number in level)
    return zlib.crc32("".join(digits).encode())


def _levels(sent: list[_Level]) -> list[Level]:
    return [Level(_text(each.price), _text(each.qty)) for each in sent]


def _text(number: msgspec.Raw) -> str:
    """A number as it was written, whether in quotes or not."""
    return bytes(number).decode("ascii", "replace").strip('"')


def _listed(pair: _Pair, day: _Day | None) -> Listing | None:
    """Version 2 spells coins as everybody does, the list of pairs does not."""
    base, _, quote = pair.wsname.partition("/")
    name = "/".join(COINS.get(coin, coin) for coin in (base, quote))
    turnover = amount(day.v[-1]) * amount(day.p[-1]) if day and day.v and day.p else 0.0
    return listing(base, quote, name, turnover) if quote else None


def _asked(method: str, channels: Sequence[str], number: int) -> list[str]:
    """A message a channel, as one can ask for no more. Old trades are not wanted."""
    messages = []
    for name in sorted(set(OF_KINDS.values())):
        if symbols := [each.partition(":")[2] for each in channels if each.startswith(f"{name}:")]:
            wish = {"depth": DEPTH} if name == "book" else {"snapshot": False}
            params = {"channel": name, "symbol": symbols, **wish}
            messages.append(written({"method": method, "params": params, "req_id": number}))
    return messages

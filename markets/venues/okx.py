"""OKX, version 5: spot, and linear perpetuals.

Books, trades and checksums were held against a recording of 2022, which has no `seqId`; the rest against the
documentation.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import ClassVar

import msgspec

from markets.domain.book import DECIMAL, Level, VenueBook
from markets.domain.frames import Frames
from markets.domain.kept_books import BookTranslator, KeptBook, quantity_in_base
from markets.domain.listing import Listing, listing
from markets.domain.translated import Kind, Refusal, Translated, Unreadable
from markets.domain.venue import Heartbeat, Limits, Snapshots
from markets.venues.reading import amount, reader, whole, written

CHECKED_LEVELS = 25
OF_KINDS: Mapping[Kind, str] = {"depth": "books", "bookTicker": "books", "trade": "trades"}


class _Instrument(msgspec.Struct):
    instId: str
    state: str = "live"
    baseCcy: str = ""
    quoteCcy: str = ""
    uly: str = ""
    ctType: str = ""
    ctVal: str = ""
    ctMult: str = ""


class _Day(msgspec.Struct):
    instId: str
    last: str
    volCcy24h: str


class _Instruments(msgspec.Struct):
    data: list[_Instrument]


class _Days(msgspec.Struct):
    data: list[_Day]


class _Channel(msgspec.Struct, frozen=True):
    channel: str = ""
    instId: str = ""


class _Message(msgspec.Struct):
    arg: _Channel = _Channel()
    event: str = ""
    action: str = ""
    code: str = ""
    msg: str = ""
    data: msgspec.Raw = msgspec.Raw(b"[]")


class _Book(msgspec.Struct):
    asks: list[list[str]]
    bids: list[list[str]]
    ts: str
    checksum: int = 0
    seqId: int | None = None
    prevSeqId: int | None = None


class _Trade(msgspec.Struct):
    tradeId: str
    px: str
    sz: str
    side: str
    ts: str


_instruments, _days = reader(_Instruments), reader(_Days)
_message, _books, _trades = reader(_Message), reader(list[_Book]), reader(list[_Trade])


class Okx:
    """What both forms share."""

    name: ClassVar[str] = "okx"
    form: ClassVar[str]
    socket: ClassVar[str] = "wss://ws.okx.com:8443"
    rest: ClassVar[str] = "https://www.okx.com"
    path: ClassVar[str] = "/ws/v5/public"
    limits: ClassVar[Limits] = Limits(240, 40, 2.0, 300)
    heartbeat: ClassVar[Heartbeat | None] = Heartbeat("ping", 20.0)
    kinds: ClassVar[frozenset[Kind]] = frozenset(OF_KINDS)
    longest_connection_hours: ClassVar[float | None] = None
    snapshots: ClassVar[Snapshots | None] = None

    def channels(self, listings: Iterable[Listing], kinds: Collection[Kind]) -> Mapping[str, list[str]]:
        names = sorted({OF_KINDS[kind] for kind in kinds})
        return {self.path: [f"{name}:{each.name}" for each in listings for name in names]}

    def subscribe(self, channels: Sequence[str], number: int) -> list[str]:
        return [written({"op": "subscribe", "args": _arguments(channels)})]

    def unsubscribe(self, channels: Sequence[str], number: int) -> list[str]:
        return [written({"op": "unsubscribe", "args": _arguments(channels)})]

    def translator(
        self, listings: Iterable[Listing], kinds: Collection[Kind], levels: int, now_us: int
    ) -> "OkxTranslator":
        return OkxTranslator(Frames(self.name, self.form, now_us), listings, kinds, levels)


class OkxSpot(Okx):
    """Spot."""

    form: ClassVar[str] = "spot"
    listing_paths: ClassVar[Mapping[str, str]] = {
        "instruments": "/api/v5/public/instruments?instType=SPOT",
        "days": "/api/v5/market/tickers?instType=SPOT",
    }

    def listings(self, answers: Mapping[str, bytes]) -> list[Listing]:
        turnover = {day.instId: amount(day.volCcy24h) for day in _days(answers["days"]).data}
        found = (
            listing(each.baseCcy, each.quoteCcy, each.instId, turnover.get(each.instId, 0.0))
            for each in _instruments(answers["instruments"]).data
            if each.state == "live"
        )
        return [each for each in found if each]


class OkxUsdm(Okx):
    """Linear perpetual contracts. Their quantities count contracts, and are published in the base asset."""

    form: ClassVar[str] = "usdm"
    listing_paths: ClassVar[Mapping[str, str]] = {
        "instruments": "/api/v5/public/instruments?instType=SWAP",
        "days": "/api/v5/market/tickers?instType=SWAP",
    }

    def listings(self, answers: Mapping[str, bytes]) -> list[Listing]:
        turnover = {
            day.instId: amount(day.volCcy24h) * amount(day.last) for day in _days(answers["days"]).data
        }
        found = (
            _contract(each, turnover.get(each.instId, 0.0))
            for each in _instruments(answers["instruments"]).data
            if each.state == "live" and each.ctType == "linear"
        )
        return [each for each in found if each]


class OkxTranslator(BookTranslator):
    """Keeps the books of one connection: `prevSeqId` is the number before, a checksum that is not 0 must hold."""

    book_channel: ClassVar[str] = "books:{name}"

    def read(self, raw: bytes, at_us: int) -> Iterator[Translated]:
        if raw == b"pong":
            return
        message = _message(raw)
        if message.event == "error":
            yield Refusal(f"{message.code}: {message.msg}")
        if message.event:
            return
        kept = self._kept.get(message.arg.instId)
        if kept is None:
            return
        if message.arg.channel == "books":
            for book in _books(message.data):
                yield from self._change(kept, message.action, book)
        elif message.arg.channel == "trades":
            for trade in _trades(message.data):
                yield self._trade(kept.listing, trade)

    def _change(self, kept: KeptBook, action: str, sent: _Book) -> Iterator[Translated]:
        bids, asks = _levels(sent.bids), _levels(sent.asks)
        if action == "snapshot":
            self._kept.begin(kept, bids, asks)
        elif kept.book is None:
            return
        elif sent.prevSeqId is not None and sent.prevSeqId != kept.number:
            yield self._kept.lost(kept, "gap")
            return
        else:
            self._kept.change(kept, kept.book, bids, asks)
        kept.number = sent.seqId
        if kept.book and sent.checksum and sent.checksum != checksum(kept.book):
            yield self._kept.lost(kept, "checksum")
            return
        yield from self._kept.shown(kept, whole(sent.ts))

    def _trade(self, traded: Listing, trade: _Trade) -> Translated:
        if not (DECIMAL.fullmatch(trade.sz) and DECIMAL.fullmatch(trade.px)):
            raise Unreadable(f"{trade.px[:40]!r}, {trade.sz[:40]!r} is no trade")
        level = Level(trade.px, quantity_in_base(trade.sz, traded.unit))
        return self._frames.trade(
            traded.symbol, whole(trade.tradeId), level, trade.side == "sell", whole(trade.ts)
        )


def checksum(book: VenueBook) -> int:
    """CRC-32, signed, of the 25 best levels: bid and ask in turn, price:quantity, in the venue's own text."""
    parts = []
    for pair in zip_longest(book.bids.best(CHECKED_LEVELS), book.asks.best(CHECKED_LEVELS)):
        parts += [f"{level.price}:{level.quantity}" for level in pair if level]
    number = zlib.crc32(":".join(parts).encode())
    return number - 2**32 if number >= 2**31 else number


def _levels(sent: list[list[str]]) -> list[Level]:
    """Price and quantity; behind them stand what nobody uses any more, and a count of orders."""
    try:
        return [Level(each[0], each[1]) for each in sent]
    except IndexError:
        raise Unreadable("a level lacks its quantity") from None


def _contract(sent: _Instrument, turnover: float) -> Listing | None:
    """None for a contract whose size is not given: its quantities would mean nothing."""
    base, _, quote = sent.uly.partition("-")
    if not (DECIMAL.fullmatch(sent.ctVal) and DECIMAL.fullmatch(sent.ctMult)):
        return None
    return listing(base, quote, sent.instId, turnover, Decimal(sent.ctVal) * Decimal(sent.ctMult))


def _arguments(channels: Sequence[str]) -> list[dict[str, str]]:
    pairs = (each.split(":", 1) for each in channels)
    return [{"channel": name, "instId": market} for name, market in pairs]

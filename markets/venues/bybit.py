"""Bybit, version 5: spot, and linear perpetuals. Written from the documentation: there is no recording of it."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from markets.domain.book import DECIMAL, Level
from markets.domain.frames import Frames
from markets.domain.kept_books import BookTranslator, KeptBook
from markets.domain.listing import Listing, listing
from markets.domain.translated import Kind, Refusal, Translated, Unreadable
from markets.domain.venue import Heartbeat, Limits, Snapshots
from markets.venues.reading import amount, reader, written

BOOKS, TRADES = "orderbook.200", "publicTrade"
OF_KINDS: Mapping[Kind, str] = {"depth": BOOKS, "bookTicker": BOOKS, "trade": TRADES}
AFTER_RESTART = 1  # the number of a message that is a snapshot, whatever it is called


class _Instrument(msgspec.Struct):
    symbol: str
    baseCoin: str
    quoteCoin: str
    status: str
    contractType: str = "LinearPerpetual"


class _Day(msgspec.Struct):
    symbol: str
    turnover24h: str


class _InstrumentList(msgspec.Struct):
    list: list[_Instrument]


class _DayList(msgspec.Struct):
    list: list[_Day]


class _Instruments(msgspec.Struct):
    result: _InstrumentList


class _Days(msgspec.Struct):
    result: _DayList


class _Message(msgspec.Struct):
    topic: str = ""
    type: str = ""
    ts: int = 0
    cts: int | None = None
    success: bool = True
    ret_msg: str = ""
    data: msgspec.Raw = msgspec.Raw(b"{}")


class _Book(msgspec.Struct):
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]
    u: int


class _Trade(msgspec.Struct):
    T: int
    S: str
    v: str
    p: str


_instruments, _days = reader(_Instruments), reader(_Days)
_message, _book, _trades = reader(_Message), reader(_Book), reader(list[_Trade])


class Bybit:
    """What both forms share."""

    name: ClassVar[str] = "bybit"
    form: ClassVar[str]
    socket: ClassVar[str] = "wss://stream.bybit.com"
    rest: ClassVar[str] = "https://api.bybit.com"
    path: ClassVar[str]
    limits: ClassVar[Limits] = Limits(200, 10, 4.0, 400)
    heartbeat: ClassVar[Heartbeat | None] = Heartbeat('{"op":"ping"}', 20.0)
    kinds: ClassVar[frozenset[Kind]] = frozenset(OF_KINDS)
    longest_connection_hours: ClassVar[float | None] = None
    snapshots: ClassVar[Snapshots | None] = None

    def listings(self, answers: Mapping[str, bytes]) -> list[Listing]:
        turnover = {day.symbol: amount(day.turnover24h) for day in _days(answers["days"]).result.list}
        found = (
            listing(each.baseCoin, each.quoteCoin, each.symbol, turnover.get(each.symbol, 0.0))
            for each in _instruments(answers["instruments"]).result.list
            if each.status == "Trading" and each.contractType == "LinearPerpetual"
        )
        return [each for each in found if each]

    def channels(self, listings: Iterable[Listing], kinds: Collection[Kind]) -> Mapping[str, list[str]]:
        names = sorted({OF_KINDS[kind] for kind in kinds})
        return {self.path: [f"{name}.{each.name}" for each in listings for name in names]}

    def subscribe(self, channels: Sequence[str], number: int) -> list[str]:
        return [written({"op": "subscribe", "args": channels, "req_id": str(number)})]

    def unsubscribe(self, channels: Sequence[str], number: int) -> list[str]:
        return [written({"op": "unsubscribe", "args": channels, "req_id": str(number)})]

    def translator(
        self, listings: Iterable[Listing], kinds: Collection[Kind], levels: int, now_us: int
    ) -> "BybitTranslator":
        return BybitTranslator(Frames(self.name, self.form, now_us), listings, kinds, levels)


class BybitSpot(Bybit):
    """Spot."""

    form: ClassVar[str] = "spot"
    path: ClassVar[str] = "/v5/public/spot"
    listing_paths: ClassVar[Mapping[str, str]] = {
        "instruments": "/v5/market/instruments-info?category=spot",
        "days": "/v5/market/tickers?category=spot",
    }


class BybitUsdm(Bybit):
    """Linear perpetual contracts. Their quantities are in the base asset."""

    form: ClassVar[str] = "usdm"
    path: ClassVar[str] = "/v5/public/linear"
    listing_paths: ClassVar[Mapping[str, str]] = {
        "instruments": "/v5/market/instruments-info?category=linear&limit=1000",
        "days": "/v5/market/tickers?category=linear",
    }


class BybitTranslator(BookTranslator):
    """Keeps the books of one connection: the number of a change is one more than that before."""

    book_channel: ClassVar[str] = BOOKS + ".{name}"

    def read(self, raw: bytes, at_us: int) -> Iterator[Translated]:
        message = _message(raw)
        if not message.success:
            yield Refusal(message.ret_msg)
        name, _, market = message.topic.rpartition(".")
        kept = self._kept.get(market)
        if kept is None:
            return
        if name == BOOKS:
            yield from self._change(kept, message, _book(message.data))
        elif name == TRADES:
            for trade in _trades(message.data):
                yield self._trade(kept.listing, trade)

    def _change(self, kept: KeptBook, message: _Message, sent: _Book) -> Iterator[Translated]:
        bids, asks = ([Level(*each) for each in side] for side in (sent.b, sent.a))
        if message.type == "snapshot" or sent.u == AFTER_RESTART:
            self._kept.begin(kept, bids, asks)
        elif kept.book is None:
            return
        elif kept.number is None or sent.u != kept.number + 1:
            yield self._kept.lost(kept, "gap")
            return
        else:
            self._kept.change(kept, kept.book, bids, asks)
        kept.number = sent.u
        yield from self._kept.shown(kept, message.cts or message.ts)

    def _trade(self, traded: Listing, sent: _Trade) -> Translated:
        """Contracts' trades have an id that is no number: all get one of ours."""
        if not (DECIMAL.fullmatch(sent.p) and DECIMAL.fullmatch(sent.v)):
            raise Unreadable(f"{sent.p[:40]!r}, {sent.v[:40]!r} is no trade")
        return self._frames.trade(
            traded.symbol, self._frames.number(), Level(sent.p, sent.v), sent.S == "Sell", sent.T
        )

"""Bytes from NATS to a checked frame. The first stop of untrusted input, and the hottest code there is.

The stream name is read off the raw bytes first: it tells the symbol, so that frames of other partitions cost next to
nothing. What it says of the kind is a claim: frames are decoded and validated in one go, in C, straight into the
typed struct of that kind, and one whose payload is of another kind is read as what it is.
"""

from collections.abc import Collection
from typing import Annotated, Any

import msgspec

from metrics.domain.admission.contracts import DIFF
from metrics.domain.admission.times import Stamp, seconds
from metrics.domain.book import BookUpdate, Refused, Side, Sides
from metrics.domain.frames import BookChange, BookSnapshot, BookTicker, Frame, Ticker, Trade
from metrics.domain.market import SPOT, USDM
from metrics.feed.faults import NOT_DECODED, fault_of
from metrics.feed.origins import ORIGINS, Place, Remembered, place_of
from metrics.feed.partition import Partition, Share
from metrics.feed.payloads import KINDS_OF_EVENTS, READERS, Envelope, PayloadReader, time_of
from metrics.feed.streams import (
    BOOK_KIND,
    DIFF_DEPTH,
    DIFFS,
    LENGTH_OF_KEY,
    NOT_OURS,
    SNAPSHOT_KIND,
    STREAM_KEY,
    UNNAMED,
    Ignored,
    Route,
    is_written,
    kind_name,
    levels_of,
    peek,
)
from symbols import read_symbol

MAX_BYTES = 1024 * 1024
BOOKS_AND_REFERENCES: frozenset[type[Frame]] = frozenset({BookUpdate, Trade, Ticker, BookTicker})
"""Books, and what names its symbol and a price, so that a book without a symbol can be held against it."""
FULL_BOOKS: frozenset[type[Frame]] = frozenset({BookChange, BookSnapshot})
"""What books are made of that are kept whole."""
UpdateId = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
AnyId = UpdateId | float | str
"""The prices of the wire are strings, ids are not: read as what they are, "1" and 1.0 can be told from 1."""


class PartialBook(msgspec.Struct, gc=False):
    """A top-of-book snapshot, in the names of the wire: spot (`lastUpdateId`, `bids`, `asks`) or USD-M."""

    lastUpdateId: AnyId | None = None
    bids: Side | None = None
    asks: Side | None = None
    e: str = ""
    E: Stamp | None = None
    s: str = ""
    u: AnyId | None = None
    pu: int | float | str | None = None
    b: Side | None = None
    a: Side | None = None


class PartialBookFrame(msgspec.Struct, gc=False):
    """Envelope of a depth snapshot."""

    stream: str
    data: PartialBook
    source: str = ""
    timestamp: Stamp | str | None = None
    origin: Any = ""  # others may mean something else by it


_decode_book = msgspec.json.Decoder(PartialBookFrame, strict=False).decode


def read_levels(message: bytes) -> Sides:
    """The levels of a message that was read as a book before."""
    data = _decode_book(message).data
    bids, asks = (data.bids, data.asks) if data.b is None else (data.b, data.a)
    return bids or [], asks or []


class ChangePayload(msgspec.Struct, gc=False):
    """What changed of a book, in the names of the wire."""

    e: str
    s: str
    U: UpdateId
    u: UpdateId
    b: Side
    a: Side
    E: Stamp | None = None
    pu: UpdateId | None = None


class SnapshotPayload(msgspec.Struct, gc=False):
    """What an exchange answers to who asks for a book; of contracts it tells a time, too."""

    lastUpdateId: UpdateId
    bids: Side
    asks: Side
    E: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


_decode_change = msgspec.json.Decoder(Envelope[ChangePayload], strict=False).decode
_decode_snapshot = msgspec.json.Decoder(Envelope[SnapshotPayload], strict=False).decode


class Hints(msgspec.Struct):
    """What tells the kind of a payload, whatever the name of its stream."""

    e: str = ""
    lastUpdateId: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    B: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class HintedFrame(msgspec.Struct):
    """Envelope of anything; of the payload only what tells its kind is read."""

    stream: str
    data: Hints


class AnyFrame(msgspec.Struct, gc=False):
    """Envelope of anything; the payload stays unread."""

    stream: str
    data: msgspec.Raw = msgspec.Raw()


class WireDecoder:
    """Decodes frames of one partition. Remembers stream names and sources; holds no market data.

    Only the kinds in `reads` are decoded; those in `everywhere` for every symbol, whatever the partition.
    """

    def __init__(
        self,
        partition: Share | None = None,
        reads: Collection[type[Frame]] = BOOKS_AND_REFERENCES,
        everywhere: Collection[type[Frame]] = (),
    ) -> None:
        self.partition = partition or Partition()
        self._reads = frozenset(reads)
        self._everywhere = frozenset(everywhere)
        self._routes: Remembered[bytes, Route] = Remembered()
        self._markets: Remembered[tuple[str, str, bool], str] = Remembered()
        self._places: Remembered[tuple[str, str], Place] = Remembered()
        self._decode_any = msgspec.json.Decoder(AnyFrame).decode
        self._decode_hints = msgspec.json.Decoder(HintedFrame, strict=False).decode

    def decode(self, raw: bytes, subject: str = "") -> Frame | Ignored:
        """The frame in `raw`, or what else it is. Raises Refused for anything that is neither."""
        if len(raw) > MAX_BYTES:
            raise Refused("too_large")
        # As in `peek`; what is found where the key is not, is no name or another one, which `frame.stream` tells.
        start = raw.find(STREAM_KEY) + LENGTH_OF_KEY
        route = self._routes.get(raw[start : raw.find(b'"', start)]) or self._new_route(raw)
        try:
            if route.depth:
                return self._book(raw, route, subject)
            if route.is_change:
                return self._change(raw, route, subject)
            if route.is_snapshot:
                return self._snapshot(raw, route, subject)
            if route.reader:
                return self._read(raw, route, route.reader, subject)
            return self._other(raw, route, subject)
        except Refused as refusal:
            if route.depth:
                refusal.symbol = route.symbol
            raise

    def tidy(self, now: float) -> None:
        """Forget names that have not come for a while; to be called every second or so."""
        for remembered in (self._routes, self._markets, self._places):
            remembered.tidy(now)

    def _book(self, raw: bytes, route: Route, subject: str) -> Frame | Ignored:
        """What came as a book, by its name or by its payload."""
        try:
            frame = _decode_book(raw)
        except NOT_DECODED as error:
            return self._as_it_is(raw, route, subject, fault_of(error), BookUpdate)
        if frame.stream != route.stream:
            raise Refused("ambiguous_stream")
        data = frame.data
        update_id, bids, asks = data.lastUpdateId, data.bids, data.asks
        if update_id is not None and bids is not None and asks is not None and data.b is None:
            is_spot = True
        elif data.e == "depthUpdate" and data.b is not None and data.a is not None and data.u is not None:
            if data.pu is None or not route.depth:
                return Ignored(DIFF, route.symbol) if route.depth else DIFFS
            update_id, bids, asks, is_spot = data.u, data.b, data.a, False
        else:
            return self._as_it_is(raw, route, subject, "missing_field", BookUpdate)
        if type(update_id) is not int:
            raise Refused("wrong_type")
        if data.s and data.s != route.symbol:
            raise Refused("symbol_mismatch")
        market = self._markets.get((subject, frame.source, is_spot)) or self._market(
            subject, frame.source, is_spot
        )
        if data.E is not None:
            event_time: float | None = seconds(data.E)
        else:
            event_time = None if frame.timestamp is None else time_of(frame.timestamp)
        book = BookUpdate(
            route.symbol, market, update_id, event_time, bids, asks, raw, route.depth, not is_spot
        )
        if frame.origin and frame.origin in ORIGINS:
            book.origin = frame.origin
        return book

    def _change(self, raw: bytes, route: Route, subject: str) -> Frame | Ignored:
        """What changed of a book that is kept whole."""
        try:
            frame = _decode_change(raw)
        except NOT_DECODED as error:
            return self._as_it_is(raw, route, subject, fault_of(error), BookChange)
        data = frame.data
        if frame.stream != route.stream:
            raise Refused("ambiguous_stream")
        if data.e != "depthUpdate":
            return self._as_it_is(raw, route, subject, "wrong_event", BookChange)
        if data.s != route.symbol:
            raise Refused("symbol_mismatch")
        if not data.u >= data.U:
            raise Refused("wrong_type")
        market = self._market_of(subject, frame.source, is_spot=data.pu is None)
        sent_at = None if data.E is None else seconds(data.E)
        return BookChange(route.symbol, market, data.U, data.u, data.pu, sent_at, data.b, data.a)

    def _snapshot(self, raw: bytes, route: Route, subject: str) -> Frame | Ignored:
        """A whole book, to which changes are applied."""
        try:
            frame = _decode_snapshot(raw)
        except NOT_DECODED as error:
            raise Refused(fault_of(error)) from None
        if frame.stream != route.stream:
            raise Refused("ambiguous_stream")
        data = frame.data
        market = self._market_of(subject, frame.source, is_spot=data.E is msgspec.UNSET)
        return BookSnapshot(route.symbol, market, data.lastUpdateId, data.bids, data.asks)

    def _market_of(self, subject: str, source: str, *, is_spot: bool) -> str:
        return self._markets.get((subject, source, is_spot)) or self._market(subject, source, is_spot)

    def _read(self, raw: bytes, route: Route, reader: PayloadReader, subject: str) -> Frame | Ignored:
        try:
            frame = reader.decode(raw)
        except NOT_DECODED as error:
            return self._as_it_is(raw, route, subject, fault_of(error), reader.frame)
        if frame.stream != route.stream:
            raise Refused("ambiguous_stream")
        place = self._places.get((subject, frame.source)) or self._place(subject, frame.source)
        try:
            translated = reader.translate(frame.data, route.symbol, place)
            if translated.event_time is None and frame.timestamp is not None:
                return msgspec.structs.replace(translated, event_time=time_of(frame.timestamp))
            return translated
        except Refused as refusal:
            if refusal.reason != "wrong_event":
                raise
            return self._as_it_is(raw, route, subject, refusal.reason, reader.frame)

    def _other(self, raw: bytes, route: Route, subject: str) -> Frame | Ignored:
        """What has no name of a kind that is read here."""
        if route.other is NOT_OURS or route.other is UNNAMED:
            return route.other
        if route.other.kind == SNAPSHOT_KIND:
            self._check_stream(raw, route)
            return route.other
        return self._as_it_is(raw, route, subject, "", None)

    def _as_it_is(
        self, raw: bytes, route: Route, subject: str, reason: str, claimed: type[Frame] | None
    ) -> Frame | Ignored:
        """Read a frame as what its payload is, where that is not the `claimed` kind, which it was refused for."""
        kind = self._kind_of(raw, route)
        if kind == BOOK_KIND and claimed is not BookUpdate and BookUpdate in self._reads:
            return self._book(raw, route, subject)
        if kind in (BOOK_KIND, DIFF):
            is_meant = route.depth or (claimed is BookChange and kind == DIFF)
            return self._refused_or(route.other if kind == BOOK_KIND else DIFFS, reason if is_meant else "")
        reader = READERS.get(kind)
        if reader and reader.frame in self._reads and reader.frame is not claimed:
            return self._read(raw, route, reader, subject)
        if kind and (reader is None or reader.frame is not claimed):
            return Ignored(kind)
        return self._refused_or(route.other, reason)

    def _kind_of(self, raw: bytes, route: Route) -> str:
        """The kind of a payload, empty where it does not say. Raises Refused for a frame that is none."""
        try:
            frame = self._decode_hints(raw)
        except NOT_DECODED as error:
            if fault_of(error) in ("wrong_type", "missing_field"):
                self._check_stream(raw, route)
                return ""
            raise Refused(fault_of(error)) from None
        if frame.stream != route.stream:
            raise Refused("ambiguous_stream")
        data = frame.data
        if data.e == "depthUpdate":
            return DIFF
        if data.lastUpdateId is not msgspec.UNSET:
            return BOOK_KIND
        if data.e:
            return KINDS_OF_EVENTS.get(data.e, "")
        return "bookTicker" if data.B is not msgspec.UNSET else ""

    def _check_stream(self, raw: bytes, route: Route) -> None:
        """Raises Refused for what is no frame, or has two names."""
        try:
            stream = self._decode_any(raw).stream
        except NOT_DECODED as error:
            raise Refused(fault_of(error)) from None
        if stream != route.stream:
            raise Refused("ambiguous_stream")

    @staticmethod
    def _refused_or(ignored: Ignored, reason: str) -> Ignored:
        if reason:
            raise Refused(reason)
        return ignored

    def _new_route(self, raw: bytes) -> Route:
        """Read the stream name properly, once per name."""
        peeked = peek(raw)
        if known := self._routes.again(peeked):
            return known
        try:
            stream = self._decode_any(raw).stream
        except NOT_DECODED as error:
            return _without_stream(raw, error)
        is_plain = is_written(stream, peeked)
        if peeked and not is_plain and b"\\" not in peeked:
            raise Refused("ambiguous_stream")
        symbol, _, kind = stream.partition("@")
        if not kind or symbol.startswith("!"):  # acknowledgements, all-market arrays
            return Route(stream, "", UNNAMED)
        named = read_symbol(symbol)
        if named is None:
            raise Refused("bad_symbol")
        route = self._route(stream, named, kind)
        if is_plain:
            self._routes.keep(peeked, route, len(peeked))
        return route

    def _route(self, stream: str, symbol: str, kind: str) -> Route:
        reader = READERS.get(kind)
        if reader and reader.frame not in self._reads:
            reader = None
        concerns_all = reader is not None and reader.frame in self._everywhere
        if not concerns_all and not self.partition.owns(symbol):
            return Route(stream, symbol, NOT_OURS)
        levels = levels_of(kind) if BookUpdate in self._reads else 0
        is_change = BookChange in self._reads and DIFF_DEPTH.fullmatch(kind) is not None
        is_snapshot = BookSnapshot in self._reads and kind == SNAPSHOT_KIND
        return Route(stream, symbol, Ignored(kind_name(kind)), levels, reader, is_change, is_snapshot)

    def _place(self, subject: str, source: str) -> Place:
        """Where a frame comes from."""
        if known := self._places.again((subject, source)):
            return known
        place = place_of(subject, source)
        self._places.keep((subject, source), place, len(subject) + len(source))
        return place

    def _market(self, subject: str, source: str, is_spot: bool) -> str:
        """Name of the market a book is of: its venue and its form."""
        if known := self._markets.again((subject, source, is_spot)):
            return known
        market = place_of(subject, source).market(SPOT if is_spot else USDM)
        self._markets.keep((subject, source, is_spot), market, len(subject) + len(source))
        return market


def _without_stream(raw: bytes, error: Exception) -> Route:
    """JSON without a stream name (acknowledgements, arrays) is counted; everything else is refused."""
    try:
        msgspec.json.decode(raw)
    except NOT_DECODED as broken:
        raise Refused(fault_of(broken)) from None
    if "missing required field `stream`" in str(error) or "got `array`" in str(error):
        return Route("", "", UNNAMED)
    raise Refused(fault_of(error))

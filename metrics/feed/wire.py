"""Bytes from NATS to a checked frame. The first stop of untrusted input, and the hottest code there is.

The stream name is read off the raw bytes first: it tells the symbol, so that frames of other partitions cost next to
nothing. What it says of the kind is a claim: frames are decoded and validated in one go, in C, straight into the
typed struct of that kind, and one whose payload is of another kind is read as what it is.
"""

import re
from collections.abc import Collection
from typing import Annotated, TypeVar
from zlib import crc32

import msgspec

from metrics.domain.admission.contracts import DIFF
from metrics.domain.admission.times import Stamp, seconds
from metrics.domain.book import BookUpdate, Refused, Side, Sides
from metrics.domain.frames import BookTicker, Frame, Ticker, Trade
from metrics.feed.payloads import KINDS_OF_EVENTS, READERS, SPOT, USDM, Place, Reader, time_of
from symbols import read_symbol

MAX_BYTES = 1024 * 1024
MAX_REMEMBERED = 100_000
LONGEST_REMEMBERED = 100
"""What a stranger could make up without end is remembered only so far."""
PARTIAL_DEPTH = re.compile(r"depth(\d{1,4})(@.*)?")
DIFF_DEPTH = re.compile(r"depth(@.*)?")
SNAPSHOT_KIND = "depthSnapshot"
DEFAULT_VENUE = "binance"
CONTRACTS = "-usdm"
"""Behind the name of a venue: what comes from there is of contracts."""
OTHER_KIND = "other"
BOOKS_AND_REFERENCES: frozenset[type[Frame]] = frozenset({BookUpdate, Trade, Ticker, BookTicker})
"""Books, and what names its symbol and a price, so that a book without a symbol can be held against it."""
KINDS = frozenset({
    "aggTrade", "assetIndex", "avgPrice", "bookTicker", "compositeIndex", "continuousKline", "contractInfo",
    "depth", "depthSnapshot", "dominance", "forceOrder", "indexPrice", "indexPriceKline", "kline", "markPrice",
    "markPriceKline", "miniTicker", "onchain", "ticker", "trade",
})  # fmt: skip
"""The kinds of streams that are counted by name; whatever else a stream may be called is OTHER_KIND."""
STREAM_KEY = b'"stream":"'

K = TypeVar("K")
V = TypeVar("V")
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


_decode_book = msgspec.json.Decoder(PartialBookFrame, strict=False).decode


def read_levels(message: bytes) -> Sides:
    """The levels of a message that was read as a book before."""
    data = _decode_book(message).data
    bids, asks = (data.bids, data.asks) if data.b is None else (data.b, data.a)
    return bids or [], asks or []


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


class Ignored(msgspec.Struct, frozen=True):
    """A sound frame of a kind that is not read here; counted by kind.

    `symbol` is the one whose book it claims to be, empty where it claims nothing of the kind.
    """

    kind: str
    symbol: str = ""


class Route(msgspec.Struct, frozen=True):
    """What a stream name means: the symbol it is about, and the kind it claims.

    `depth` is how many levels a side it promises, 0 where it is not the name of a book; `reader` reads what it carries
    otherwise, if it is read at all.
    """

    stream: str
    symbol: str
    other: Ignored
    depth: int = 0
    reader: Reader | None = None


NOT_OURS = Ignored("other_partition")
UNNAMED = Ignored("unnamed")
DIFFS = Ignored(DIFF)
BOOK_KIND = "depth"
NOT_DECODED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Partition(msgspec.Struct, frozen=True):
    """Share `index` of `count`: the symbols whose CRC-32 falls there."""

    index: int = 0
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> "Partition":
        """From "i/n", 0 <= i < n; raises ValueError with a sentence."""
        found = re.fullmatch(r"(\d+)/(\d+)", text)
        if not found or not int(found[1]) < int(found[2]):
            raise ValueError(
                f"a partition is written i/n with i from 0 to n-1, for instance 0/4; got {text!r}"
            )
        return cls(int(found[1]), int(found[2]))

    def owns(self, symbol: str) -> bool:
        """Is `symbol` of this share?"""
        return crc32(symbol.encode()) % self.count == self.index

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


class WireDecoder:
    """Decodes frames of one partition. Remembers stream names and sources; holds no market data.

    Only the kinds in `reads` are decoded; those in `everywhere` for every symbol, whatever the partition.
    """

    def __init__(
        self,
        partition: Partition | None = None,
        reads: Collection[type[Frame]] = BOOKS_AND_REFERENCES,
        everywhere: Collection[type[Frame]] = (),
    ) -> None:
        self.partition = partition or Partition()
        self._reads = frozenset(reads)
        self._everywhere = frozenset(everywhere)
        self._routes: dict[bytes, Route] = {}
        self._markets: dict[tuple[str, str, bool], str] = {}
        self._places: dict[tuple[str, str], Place] = {}
        self._decode_any = msgspec.json.Decoder(AnyFrame).decode
        self._decode_hints = msgspec.json.Decoder(HintedFrame, strict=False).decode

    def decode(self, raw: bytes, subject: str = "") -> Frame | Ignored:
        """The frame in `raw`, or what else it is. Raises Refused for anything that is neither."""
        if len(raw) > MAX_BYTES:
            raise Refused("too_large")
        route = self._routes.get(_peek(raw)) or self._new_route(raw)
        try:
            if route.depth:
                return self._book(raw, route, subject)
            if route.reader:
                return self._read(raw, route, route.reader, subject)
            return self._other(raw, route, subject)
        except Refused as refusal:
            if route.depth:
                refusal.symbol = route.symbol
            raise

    def _book(self, raw: bytes, route: Route, subject: str) -> Frame | Ignored:
        """What came as a book, by its name or by its payload."""
        try:
            frame = _decode_book(raw)
        except NOT_DECODED as error:
            return self._as_it_is(raw, route, subject, _reason(error), BookUpdate)
        if frame.stream != route.stream:
            raise Refused("ambiguous_stream")
        data = frame.data
        if (
            data.bids is not None
            and data.asks is not None
            and data.lastUpdateId is not None
            and data.b is None
        ):
            update_id, bids, asks, is_spot = data.lastUpdateId, data.bids, data.asks, True
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
        return BookUpdate(
            route.symbol, market, update_id, event_time, bids, asks, raw, route.depth, not is_spot
        )

    def _read(self, raw: bytes, route: Route, reader: Reader, subject: str) -> Frame | Ignored:
        try:
            frame = reader.decode(raw)
        except NOT_DECODED as error:
            return self._as_it_is(raw, route, subject, _reason(error), reader.frame)
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
            return self._refused_or(
                route.other if kind == BOOK_KIND else DIFFS, reason if route.depth else ""
            )
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
            if _reason(error) in ("wrong_type", "missing_field"):
                self._check_stream(raw, route)
                return ""
            raise Refused(_reason(error)) from None
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
            raise Refused(_reason(error)) from None
        if stream != route.stream:
            raise Refused("ambiguous_stream")

    @staticmethod
    def _refused_or(ignored: Ignored, reason: str) -> Ignored:
        if reason:
            raise Refused(reason)
        return ignored

    def _new_route(self, raw: bytes) -> Route:
        """Read the stream name properly, once per name."""
        try:
            stream = self._decode_any(raw).stream
        except NOT_DECODED as error:
            return _without_stream(raw, error)
        peeked, name = _peek(raw), stream.encode()
        if peeked and peeked != name and b"\\" not in peeked:
            raise Refused("ambiguous_stream")
        symbol, _, kind = stream.partition("@")
        if not kind or symbol.startswith("!"):  # acknowledgements, all-market arrays
            return Route(stream, "", UNNAMED)
        named = read_symbol(symbol)
        if named is None:
            raise Refused("bad_symbol")
        route = self._route(stream, named, kind)
        if peeked == name:
            _remember(self._routes, name, route, len(name))
        return route

    def _route(self, stream: str, symbol: str, kind: str) -> Route:
        reader = READERS.get(kind)
        if reader and reader.frame not in self._reads:
            reader = None
        concerns_all = reader is not None and reader.frame in self._everywhere
        if not concerns_all and not self.partition.owns(symbol):
            return Route(stream, symbol, NOT_OURS)
        book = PARTIAL_DEPTH.fullmatch(kind) if BookUpdate in self._reads else None
        return Route(stream, symbol, Ignored(_kind_name(kind)), int(book[1]) if book else 0, reader)

    def _place(self, subject: str, source: str) -> Place:
        """Where a frame comes from; the envelope's source counts before the subject."""
        tokens = subject.split(".")
        on_subject = tokens[1] if tokens[0] == "market" and len(tokens) > 2 else DEFAULT_VENUE
        venue = source.removesuffix("-websocket") or on_subject.removesuffix(CONTRACTS)
        place = Place(venue, USDM if on_subject.endswith(CONTRACTS) else None)
        _remember(self._places, (subject, source), place, len(subject) + len(source))
        return place

    def _market(self, subject: str, source: str, is_spot: bool) -> str:
        """Name of the market a book is of: its venue and its form."""
        market = self._place(subject, source).market(SPOT if is_spot else USDM)
        _remember(self._markets, (subject, source, is_spot), market, len(subject) + len(source))
        return market


def _remember(known: dict[K, V], key: K, value: V, length: int) -> None:
    """Keep `value` for the next message, within bounds; what is forgotten is only read again."""
    if length > LONGEST_REMEMBERED:
        return
    if len(known) >= MAX_REMEMBERED:
        known.clear()
    known[key] = value


def _peek(raw: bytes) -> bytes:
    """The stream name as it stands in compact JSON, b"" where it is not found that way."""
    start = raw.find(STREAM_KEY)
    if start < 0:
        return b""
    start += len(STREAM_KEY)
    return raw[start : raw.find(b'"', start)]


def _without_stream(raw: bytes, error: Exception) -> Route:
    """JSON without a stream name (acknowledgements, arrays) is counted; everything else is refused."""
    try:
        msgspec.json.decode(raw)
    except NOT_DECODED as broken:
        raise Refused(_reason(broken)) from None
    if "missing required field `stream`" in str(error) or "got `array`" in str(error):
        return Route("", "", UNNAMED)
    raise Refused(_reason(error))


def _kind_name(kind: str) -> str:
    """The name a kind of stream is counted under: what stands before the first @, _ or digit."""
    if DIFF_DEPTH.fullmatch(kind):
        return DIFF
    found = re.match(r"[A-Za-z]*", kind)
    return found[0] if found and found[0] in KINDS else OTHER_KIND


def _reason(error: Exception) -> str:
    """Name of what is wrong with a message that does not decode."""
    text = str(error)
    if "out of range" in text:
        return "bad_number"
    if isinstance(error, msgspec.ValidationError):
        if "of length <=" in text:
            return "too_many_levels"
        if "float` >" in text or "float` <" in text or "int` >" in text or "int` <" in text:
            return "bad_number"
        return "missing_field" if "missing required field" in text else "wrong_type"
    if isinstance(error, RecursionError):
        return "too_deep"
    return "not_json"

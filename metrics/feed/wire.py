"""Bytes from NATS to a checked frame. The first stop of untrusted input, and the hottest code there is.

The stream name is read off the raw bytes first: it tells the symbol and the kind, so that frames of
other partitions and kinds nobody reads here cost next to nothing. The others are then decoded
and validated in one go, in C, straight into typed structs.
"""

import re
from collections.abc import Collection
from typing import Annotated, TypeVar
from zlib import crc32

import msgspec

from metrics.domain.book import BookUpdate, Refused, Side, Sides
from metrics.domain.frames import Frame
from metrics.feed.payloads import MARKET_WIDE, READERS, Milliseconds, Reader
from symbols import read_symbol

MAX_BYTES = 1024 * 1024
MAX_REMEMBERED = 100_000
LONGEST_REMEMBERED = 100
"""What a stranger could make up without end is remembered only so far."""
PARTIAL_DEPTH = re.compile(r"depth\d+(@.*)?")
DIFF_DEPTH = re.compile(r"depth(@.*)?")
DEFAULT_VENUE = "binance"
DIFF_KIND = "diff_depth"
OTHER_KIND = "other"
KINDS = frozenset({
    "aggTrade", "assetIndex", "avgPrice", "bookTicker", "compositeIndex", "continuousKline", "contractInfo",
    "depth", "dominance", "forceOrder", "indexPrice", "indexPriceKline", "kline", "markPrice", "markPriceKline",
    "miniTicker", "onchain", "ticker", "trade",
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
    E: Milliseconds | None = None
    s: str = ""
    u: AnyId | None = None
    b: Side | None = None
    a: Side | None = None


class PartialBookFrame(msgspec.Struct, gc=False):
    """Envelope of a depth snapshot."""

    stream: str
    data: PartialBook
    source: str = ""


_decode_book = msgspec.json.Decoder(PartialBookFrame, strict=False).decode


def read_levels(message: bytes) -> Sides:
    """The levels of a message that was read as a book before."""
    data = _decode_book(message).data
    bids, asks = (data.bids, data.asks) if data.b is None else (data.b, data.a)
    return bids or [], asks or []


class AnyFrame(msgspec.Struct, gc=False):
    """Envelope of anything; the payload stays unread."""

    stream: str
    data: msgspec.Raw = msgspec.Raw()


class Ignored(msgspec.Struct, frozen=True):
    """A sound frame of a kind that is not read here; counted by kind."""

    kind: str


class Route(msgspec.Struct, frozen=True):
    """What a stream name means: the symbol it is about, and how what it carries is read, if at all."""

    stream: str
    symbol: str
    is_book: bool
    other: Ignored
    reader: Reader | None = None


NOT_OURS = Ignored("other_partition")
UNNAMED = Ignored("unnamed")


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

    Only the kinds in `reads` are decoded. Kinds that say something about the market as a whole (see
    MARKET_WIDE) are then read for every symbol, whatever the partition.
    """

    def __init__(
        self, partition: Partition | None = None, reads: Collection[type[Frame]] = (BookUpdate,)
    ) -> None:
        self.partition = partition or Partition()
        self._reads = frozenset(reads)
        self._routes: dict[bytes, Route] = {}
        self._markets: dict[tuple[str, str, bool], str] = {}
        self._venues: dict[tuple[str, str], str] = {}
        self._decode_any = msgspec.json.Decoder(AnyFrame).decode

    def decode(self, raw: bytes, subject: str = "") -> Frame | Ignored:
        """The frame in `raw`, or what else it is. Raises Refused for anything that is neither."""
        if len(raw) > MAX_BYTES:
            raise Refused("too_large")
        route = self._routes.get(_peek(raw)) or self._new_route(raw)
        if not route.is_book:
            if route.reader:
                return self._read(raw, route, route.reader, subject)
            return self._checked_other(raw, route)
        try:
            frame = _decode_book(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(_reason(error)) from None
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
            update_id, bids, asks, is_spot = data.u, data.b, data.a, False
        else:
            raise Refused("missing_field")
        if type(update_id) is not int:
            raise Refused("wrong_type")
        if data.s and data.s != route.symbol:
            raise Refused("symbol_mismatch")
        market = self._markets.get((subject, frame.source, is_spot)) or self._market(
            subject, frame.source, is_spot
        )
        event_time = None if data.E is None else data.E / 1000
        return BookUpdate(route.symbol, market, update_id, event_time, bids, asks, raw)

    def _read(self, raw: bytes, route: Route, reader: Reader, subject: str) -> Frame:
        try:
            frame = reader.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(_reason(error)) from None
        if frame.stream != route.stream:
            raise Refused("ambiguous_stream")
        venue = self._venues.get((subject, frame.source)) or self._venue(subject, frame.source)
        return reader.translate(frame.data, route.symbol, venue)

    def _checked_other(self, raw: bytes, route: Route) -> Ignored:
        if route.other is NOT_OURS or route.other is UNNAMED:
            return route.other
        try:
            frame = self._decode_any(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Refused(_reason(error)) from None
        if frame.stream != route.stream:
            raise Refused("ambiguous_stream")
        return route.other

    def _new_route(self, raw: bytes) -> Route:
        """Read the stream name properly, once per name."""
        try:
            stream = self._decode_any(raw).stream
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return _without_stream(raw, error)
        peeked, name = _peek(raw), stream.encode()
        if peeked and peeked != name and b"\\" not in peeked:
            raise Refused("ambiguous_stream")
        symbol, _, kind = stream.partition("@")
        if not kind or symbol.startswith("!"):  # acknowledgements, all-market arrays
            return Route(stream, "", False, UNNAMED)
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
        concerns_all = reader is not None and reader.frame in MARKET_WIDE
        if not concerns_all and not self.partition.owns(symbol):
            return Route(stream, symbol, False, NOT_OURS)
        is_book = BookUpdate in self._reads and PARTIAL_DEPTH.fullmatch(kind) is not None
        return Route(stream, symbol, is_book, Ignored(_kind_name(kind)), reader)

    def _venue(self, subject: str, source: str) -> str:
        """Where a frame comes from; the envelope's source counts before the subject."""
        tokens = subject.split(".")
        on_subject = tokens[1] if tokens[0] == "market" and len(tokens) > 2 else DEFAULT_VENUE
        venue = source.removesuffix("-websocket") or on_subject
        _remember(self._venues, (subject, source), venue, len(subject) + len(source))
        return venue

    def _market(self, subject: str, source: str, is_spot: bool) -> str:
        """Name of the market a book is of: its venue and its form."""
        market = f"{self._venue(subject, source)}/{'spot' if is_spot else 'usdm'}"
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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Refused(_reason(broken)) from None
    if "missing required field `stream`" in str(error) or "got `array`" in str(error):
        return Route("", "", False, UNNAMED)
    raise Refused(_reason(error))


def _kind_name(kind: str) -> str:
    """The name a kind of stream is counted under: what stands before the first @, _ or digit."""
    if DIFF_DEPTH.fullmatch(kind):
        return DIFF_KIND
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

"""What the name of a stream claims, and the name as it stands in raw bytes."""

import re

import msgspec

from metrics.domain.admission.contracts import DIFF
from metrics.feed.payloads import PayloadReader

PARTIAL_DEPTH = re.compile(r"depth(\d{1,4})(@.*)?")
DIFF_DEPTH = re.compile(r"depth(@.*)?")
BOOK_KIND, SNAPSHOT_KIND, OTHER_KIND = "depth", "depthSnapshot", "other"
KINDS = frozenset({
    "aggTrade", "assetIndex", "avgPrice", "bookTicker", "compositeIndex", "continuousKline", "contractInfo",
    "depth", "depthSnapshot", "dominance", "forceOrder", "indexPrice", "indexPriceKline", "kline", "markPrice",
    "markPriceKline", "miniTicker", "onchain", "ticker", "trade",
})  # fmt: skip
"""The kinds of streams that are counted by name; whatever else a stream may be called is OTHER_KIND."""
STREAM_KEY = b'"stream":"'
LENGTH_OF_KEY = len(STREAM_KEY)


class Ignored(msgspec.Struct, frozen=True):
    """A sound frame of a kind that is not read here; counted by kind.

    `symbol` is the one whose book it claims to be, empty where it claims nothing of the kind.
    """

    kind: str
    symbol: str = ""


class Route(msgspec.Struct, frozen=True):
    """What a stream name means: the symbol it is about, and the kind it claims.

    `depth` is how many levels a side it promises, 0 where it is not the name of a book; `reader` reads what it carries
    otherwise, if it is read at all. `is_change` and `is_snapshot` are names of what full books are made of.
    """

    stream: str
    symbol: str
    other: Ignored
    depth: int = 0
    reader: PayloadReader | None = None
    is_change: bool = False
    is_snapshot: bool = False


NOT_OURS = Ignored("other_partition")
UNNAMED = Ignored("unnamed")
DIFFS = Ignored(DIFF)


def peek(raw: bytes) -> bytes:
    """The stream name as it stands in compact JSON, b"" where it is not found that way."""
    start = raw.find(STREAM_KEY)
    if start < 0:
        return b""
    start += LENGTH_OF_KEY
    return raw[start : raw.find(b'"', start)]


def is_written(stream: str, peeked: bytes) -> bool:
    """Are the peeked bytes this name, in plain letters or escaped?"""
    if b"\\" not in peeked:
        return peeked == stream.encode()
    try:
        return msgspec.json.decode(b'"%b"' % peeked) == stream
    except msgspec.DecodeError:
        return False


def levels_of(kind: str) -> int:
    """How many levels a side the name of a partial book promises, 0 where it is none."""
    found = PARTIAL_DEPTH.fullmatch(kind)
    return int(found[1]) if found else 0


def kind_name(kind: str) -> str:
    """The name a kind of stream is counted under: what stands before the first @, _ or digit."""
    if DIFF_DEPTH.fullmatch(kind):
        return DIFF
    found = re.match(r"[A-Za-z]*", kind)
    return found[0] if found and found[0] in KINDS else OTHER_KIND

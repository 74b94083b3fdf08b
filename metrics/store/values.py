"""How what stands in the store is read: each kind of value, and what it must be to be believed."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Annotated, Any, NotRequired, TypedDict

import msgspec
import numpy as np
from numpy.typing import NDArray

from metrics.domain.analyzer import StoredBook
from metrics.domain.book import MAX_LEVELS, Refused, read_ladder
from metrics.domain.bounds import Count, Moment, Name, Real, Symbol
from metrics.domain.market import MOST_MARKETS, MarketRow
from metrics.domain.ticks import MINUTE
from metrics.store.reports import FeedReport
from stored import Values, leave_out

POINT = 4
"""Numbers of a point in a history: receipt time, imbalance ratio, best bid, best ask."""
POINT_BYTES = 8 * POINT


def _check_ladder(book: StoredBook) -> None:
    """ValueError for levels that are no book: out of order, out of bounds, empty, or too many."""
    bids, asks = book.ladder.bids, book.ladder.asks
    if not (bids or asks):
        return  # as of what is suspect
    if max(len(bids), len(asks)) > MAX_LEVELS:
        raise ValueError("too many levels")
    try:
        kept_bids, kept_asks, *_ = read_ladder(bids, asks, MAX_LEVELS)
    except Refused as refusal:
        raise ValueError(refusal.reason) from refusal
    if len(kept_bids) < len(bids) or len(kept_asks) < len(asks):
        raise ValueError("empty levels")


SymbolRows = Annotated[list[MarketRow], msgspec.Meta(min_length=1, max_length=MOST_MARKETS)]
"""The rows of one symbol: of its followed market first, then of the others."""


def _check_rows(rows: list[MarketRow]) -> None:
    """ValueError for rows that are not of the different markets of one symbol."""
    if len({row.symbol for row in rows}) > 1 or len({row.market for row in rows}) < len(rows):
        raise ValueError("not the markets of one symbol")


def newest(rows: list[MarketRow]) -> float:
    """When the newest of them came."""
    return max(row.received_at for row in rows)


ROWS = Values(
    "rows",
    msgspec.msgpack.Decoder(SymbolRows).decode,
    name=lambda rows: rows[0].symbol,
    time=newest,
    check=_check_rows,
)
BOOKS = Values(
    "books",
    msgspec.msgpack.Decoder(StoredBook).decode,
    name=attrgetter("id.name"),
    time=attrgetter("received_at"),
    check=_check_ladder,
)
REPORTS = Values(
    "feed_reports",
    msgspec.msgpack.Decoder(FeedReport).decode,
    name=attrgetter("instance"),
    time=attrgetter("reported_at"),
)


class Batch(TypedDict):
    """What a feed tells the web processes; `rows` are encoded SymbolRows, `removed` symbols without any.

    `sent_at` is when it began to publish what they are part of: whatever it took in before is told.
    """

    feed: Name
    epoch: Name
    seq: Count
    rows: list[bytes]
    removed: list[Symbol]
    sent_at: NotRequired[Moment]
    nats_away_since: NotRequired[Moment | None]
    wrong_clocks: NotRequired[dict[Name, Real]]
    restarts: NotRequired[Count]
    started_at: NotRequired[Moment]
    last_message_at: NotRequired[Moment | None]
    subjects: NotRequired[list[Name]]
    origins: NotRequired[list[Name]]
    last_accepted_at: NotRequired[Moment | None]
    refused_mostly: NotRequired[Name | None]


def batch_of(message: Any) -> Batch | None:
    """What came by the channel layer, None where that is no batch."""
    try:
        return msgspec.convert(message, Batch)
    except (ValueError, RecursionError) as error:
        leave_out("batches", error)
        return None


def points_of(packed: Mapping[int, bytes | None]) -> NDArray[np.float64]:
    """Receipt times, imbalance ratios, best bids and best asks, by row, of the strings of some minutes.

    Half a point at the end of a string is left out, and so are points that cannot be of its minute.
    """
    found = {minute: _whole(part) for minute, part in packed.items() if part}
    points = np.frombuffer(b"".join(found.values()), dtype=np.float64).reshape(-1, POINT)
    begins = np.repeat(
        np.array([*found], dtype=np.float64) * MINUTE, [len(part) // POINT_BYTES for part in found.values()]
    )
    times, ratios, bids, asks = points.T
    can_be = (times >= begins) & (times < begins + MINUTE) & (ratios >= -1) & (ratios <= 1)
    can_be &= (bids > 0) & (asks > bids) & (asks < np.inf)
    if not can_be.all():
        leave_out("history", "points that cannot be of their minute", int((~can_be).sum()))
        return points[can_be]
    return points


def _whole(part: bytes) -> bytes:
    if not (rest := len(part) % POINT_BYTES):
        return part
    leave_out("history", f"{len(part)} bytes are not all whole points")
    return part[:-rest]

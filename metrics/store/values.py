"""How what stands in the store is read: each kind of value, and what it must be to be believed."""

from collections.abc import Mapping
from math import nan
from operator import attrgetter
from struct import Struct
from typing import Annotated, Any, NotRequired, TypedDict, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from metrics.domain.analyzer import StoredBook
from metrics.domain.book import MAX_LEVELS, Refused, read_ladder
from metrics.domain.bounds import Count, Moment, Name, Real, Symbol
from metrics.domain.heat_trail import HeatPoint
from metrics.domain.liquidity.heat import BUCKETS, REACH_BPS
from metrics.domain.market import MOST_MARKETS, MarketRow
from metrics.domain.ticks import MINUTE, Column
from metrics.store.reports import FeedReport
from stored import Values, leave_out

POINT = 4
"""Numbers of a point in a history: receipt time, imbalance ratio, best bid, best ask."""
POINT_BYTES = 8 * POINT
HEAT = np.dtype(
    [
        (name, np.float64)
        for name in ("time", "bid", "ask", "bid_reach_bps", "ask_reach_bps", "bought", "sold")
    ]
    + [("cells", np.uint8, (2 * BUCKETS,))]
)
"""A row of a heat map: when its book came, the best prices, how far each side reaches, what aggressors bought and sold
since the row before in the quote asset (NaN where no trade was ever heard), and what `HeatRow` holds."""
HEAT_BYTES = HEAT.itemsize
_pack_heat = Struct("7d").pack
Are = NDArray[np.bool_]
Record = TypeVar("Record", bound=np.generic)


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
    if len(rows) == 1:  # as most are
        return
    if len({row.symbol for row in rows}) > 1 or len({row.market for row in rows}) < len(rows):
        raise ValueError("not the markets of one symbol")


def newest(rows: list[MarketRow]) -> float:
    """When the newest of them came."""
    return rows[0].received_at if len(rows) == 1 else max(row.received_at for row in rows)


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
    minutes, records = _records("history", packed, POINT_BYTES)
    points = np.frombuffer(records, dtype=np.float64).reshape(-1, POINT)
    times, ratios, bids, asks = points.T
    can_be = _are_of(minutes, times) & (ratios >= -1) & (ratios <= 1) & _are_touches(bids, asks)
    return _those("history", points, can_be)


def packed_heat(point: HeatPoint) -> bytes:
    """A row of a heat map as it is stored: HEAT."""
    traded = point.traded
    bought, sold = (traded.bought, traded.sold) if traded else (nan, nan)
    row = point.row
    head = (point.received_at, point.bid, point.ask, row.bid_reach_bps, row.ask_reach_bps, bought, sold)
    return _pack_heat(*head) + row.cells


def heat_of(packed: Mapping[int, bytes | None]) -> NDArray[np.void]:
    """Rows of the heat map, as HEAT has them, of the strings of some minutes; left out as in `points_of`."""
    minutes, records = _records("heat", packed, HEAT_BYTES)
    rows = np.frombuffer(records, dtype=HEAT)
    can_be = _are_of(minutes, rows["time"]) & _are_touches(rows["bid"], rows["ask"])
    for reach in ("bid_reach_bps", "ask_reach_bps"):
        can_be &= (rows[reach] > 0) & (rows[reach] <= REACH_BPS)
    for notional in ("bought", "sold"):
        can_be &= np.isnan(rows[notional]) | ((rows[notional] >= 0) & (rows[notional] < np.inf))
    return _those("heat", rows, can_be)


def _records(kind: str, packed: Mapping[int, bytes | None], width: int) -> tuple[NDArray[np.intp], bytes]:
    """All whole records of the strings of some minutes, and the minute of each."""
    found = {minute: _whole(kind, part, width) for minute, part in packed.items() if part}
    counts = [len(part) // width for part in found.values()]
    return np.repeat(np.array([*found], dtype=np.intp), counts), b"".join(found.values())


def _whole(kind: str, part: bytes, width: int) -> bytes:
    if not (rest := len(part) % width):
        return part
    leave_out(kind, f"{len(part)} bytes are not all whole records")
    return part[:-rest]


def _are_of(minutes: NDArray[np.intp], times: Column) -> Are:
    begins = minutes * float(MINUTE)
    return (times >= begins) & (times < begins + MINUTE)


def _are_touches(bids: Column, asks: Column) -> Are:
    return (bids > 0) & (asks > bids) & (asks < np.inf)


def _those(kind: str, records: NDArray[Record], can_be: Are) -> NDArray[Record]:
    if can_be.all():
        return records
    leave_out(kind, "records that cannot be of their minute", int((~can_be).sum()))
    return records[can_be]

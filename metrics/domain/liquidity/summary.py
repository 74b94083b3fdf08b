"""The liquidity of many markets, each in a few numbers, for lists of all of them.

What `known`, `bands` and `cost` say of one book, worked out in columns: a row for each side of each book.
"""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from metrics.domain.liquidity.bands import Band, Depth, band_limit
from metrics.domain.liquidity.cost import SAME
from metrics.domain.liquidity.known import ASKS, BIDS, BPS, KnownBook, KnownSide
from metrics.domain.ticks import Column, distances_from

NEARLY = 1e-12
"""Limits and prices that differ by less, as a part of them, are compared as the decimals they are."""


class InRows(msgspec.Struct, frozen=True):
    """Of which size a row shows the cost, in US dollars, and of which band the depth, in basis points of the mid."""

    size_usd: float = 100_000.0
    band_bps: float = 10.0


class LiquiditySummary(NamedTuple):
    """How far the side is known that is known less far, what the size costs the dearer way, and what it costs at least
    where that is unknown, all in basis points, what rests on both sides of the band in US dollars, and how many dollars
    one of the quote asset is. None where it is unknown. `band` is what rests there, be dollars known or not."""

    known_to_bps: float | None = None
    cost_bps: float | None = None
    cost_at_least_bps: float | None = None
    depth_usd: float | None = None
    usd_per_quote: float | None = None
    band: Band | None = None


def summaries(
    books: Sequence[KnownBook | None], dollars: Sequence[float | None], in_rows: InRows
) -> list[LiquiditySummary]:
    """Of books whose quote assets are worth so many dollars each, as far as that is known."""
    found = [LiquiditySummary()] * len(books)
    alike: dict[int, list[int]] = {}  # a book of thousands of levels would make that of all others
    for place, book in enumerate(books):
        if book is not None:
            alike.setdefault(max(len(side.prices) for side in book).bit_length(), []).append(place)
    for places in alike.values():
        some = [book for place in places if (book := books[place])]
        told = _summaries(some, [dollars[place] for place in places], in_rows)
        for place, each in zip(places, told, strict=True):
            found[place] = each
    return found


def _summaries(
    books: Sequence[KnownBook], dollars: Sequence[float | None], in_rows: InRows
) -> list[LiquiditySummary]:
    sides = _columns(books)
    reaches = _in_bps(sides, distances_from(sides.best, sides.edges)).reshape(-1, 2).min(axis=1)
    depths = _depths(books, sides, in_rows.band_bps)
    worth = np.array([np.nan if each is None else each for each in dollars])
    least, is_held = _costs(sides, np.repeat(in_rows.size_usd / worth, 2))
    found = zip(dollars, reaches.tolist(), depths[::2], depths[1::2], least, is_held, strict=True)
    return [
        _summary(known_to_bps, Band(in_rows.band_bps, bid, ask), each, least_bps, held)
        for each, known_to_bps, bid, ask, least_bps, held in found
    ]


def _summary(
    known_to_bps: float, band: Band, dollars: float | None, least: float, is_held: bool
) -> LiquiditySummary:
    if dollars is None:
        return LiquiditySummary(known_to_bps, band=band)
    depth = band.bid and band.ask and (band.bid.notional + band.ask.notional) * dollars
    return LiquiditySummary(known_to_bps, least if is_held else None, least, depth, dollars, band)


# -- Columns ---------------------------------------------------------------------------------


class _Sides(NamedTuple):
    """Two rows for each book: its bids, its asks. A side that is shorter goes on with nothing at its last price."""

    prices: Column
    quantities: Column
    best: Column
    edges: Column
    ways: Column
    half_spreads: Column
    mids: Column


def _columns(books: Sequence[KnownBook]) -> _Sides:
    sides = [side for book in books for side in book]
    lengths = np.array([len(side.prices) for side in sides])
    prices, quantities = (_padded(sides, lengths, name) for name in ("prices", "quantities"))
    best = prices[:, 0]
    bids, asks = best[::2], best[1::2]
    return _Sides(
        prices=prices,
        quantities=quantities,
        best=best,
        edges=np.array([side.edge for side in sides]),
        ways=np.tile([float(BIDS), float(ASKS)], len(books)),
        half_spreads=np.repeat(distances_from(bids, asks) / 2, 2),
        mids=np.repeat((bids + asks) / 2, 2),
    )


def _padded(sides: Sequence[KnownSide], lengths: NDArray[np.intp], name: str) -> Column:
    columns = [getattr(side, name) for side in sides]
    longest = lengths.max()
    if (lengths == longest).all():
        return np.array(columns)
    padded = np.zeros((len(columns), longest))
    for row, column in zip(padded, columns, strict=True):
        row[: len(column)] = column
        row[len(column) :] = column[-1] if name == "prices" else 0.0
    return padded


def _in_bps(sides: _Sides, offs: Column) -> Column:
    """How far from the mid price lies what is so far from the best one."""
    return BPS * (sides.half_spreads + offs) / sides.mids


# -- Bands -----------------------------------------------------------------------------------


def _depths(books: Sequence[KnownBook], sides: _Sides, bps: float) -> list[Depth | None]:
    limits = sides.mids * (1 + sides.ways * bps / BPS)
    levels = np.column_stack((sides.prices, sides.edges))
    is_close = np.abs(levels - limits[:, None]) <= NEARLY * limits[:, None]
    for row in np.flatnonzero(is_close.any(axis=1)).tolist():
        book = books[row // 2]
        limits[row] = band_limit(book[row % 2], book.mid, bps)
    ends = (sides.ways * limits)[:, None]
    held = np.where(sides.ways[:, None] * sides.prices <= ends, sides.quantities, 0.0)
    is_known = ends[:, 0] <= sides.ways * sides.edges
    sums = zip(
        is_known.tolist(), held.sum(axis=1).tolist(), (held * sides.prices).sum(axis=1).tolist(), strict=True
    )
    return [Depth(quantity, notional) if known else None for known, quantity, notional in sums]


# -- Costs -----------------------------------------------------------------------------------


def _costs(sides: _Sides, notionals: Column) -> tuple[list[float], list[bool]]:
    """What each book costs the dearer way at least, in basis points of the mid price, and does it hold so much?

    Where the levels known hold less, what is missing rests no nearer than the last of them: it costs no less than it
    would if just that level held all the rest.
    """
    prices, quantities, best = sides.prices, sides.quantities, sides.best
    rows, deepest = np.arange(len(prices)), prices.shape[1] - 1
    offs = distances_from(best[:, None], prices)
    before, taken, taken_off = (
        np.cumsum(np.column_stack((np.zeros(len(prices)), column)), axis=1)
        for column in (prices * quantities, quantities, quantities * offs)
    )
    places = (before[:, 1:] < SAME * notionals[:, None]).sum(axis=1)
    is_held = places <= deepest
    last = np.minimum(places, deepest)
    in_part = (notionals - before[rows, last]) / prices[rows, last]
    in_part = np.where(is_held, np.minimum(in_part, quantities[rows, last]), in_part)
    average_off = (taken_off[rows, last] + in_part * offs[rows, last]) / (taken[rows, last] + in_part)
    bps = _in_bps(sides, average_off).reshape(-1, 2).max(axis=1)
    return bps.tolist(), is_held.reshape(-1, 2).all(axis=1).tolist()

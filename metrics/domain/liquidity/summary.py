"""The liquidity of a market in a few numbers, for lists of all of them."""

from typing import NamedTuple

import msgspec

from metrics.domain.liquidity.bands import Band, bands
from metrics.domain.liquidity.cost import dearer
from metrics.domain.liquidity.known import KnownBook


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


def summary(book: KnownBook | None, dollars: float | None, in_rows: InRows) -> LiquiditySummary:
    """Of a book whose quote asset is worth so many dollars, as far as that is known."""
    if book is None:
        return LiquiditySummary()
    known_to_bps, (band,) = min(book.known_to_bps), bands(book, [in_rows.band_bps])
    if dollars is None:
        return LiquiditySummary(known_to_bps, band=band)
    least, is_known = dearer(book, in_rows.size_usd / dollars)
    depth = band.bid and band.ask and (band.bid.notional + band.ask.notional) * dollars
    return LiquiditySummary(known_to_bps, least if is_known else None, least, depth, dollars, band)

"""What is known of all markets at one moment, in columns."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
import numpy as np
from msgspec.structs import replace

from alerts.domain.moves import MidTrail
from alerts.domain.watched import CATALOGUE, Column, Seen
from metrics.domain.market import CONTRACTS, SPOT, USDM, Expiry, MarketId, MarketRow, place_name


class Markets(msgspec.Struct, frozen=True):
    """Which markets there are, in one order, and those among them that the bare names of their symbols mean."""

    ids: list[MarketId]
    followed: list[MarketId]


class Scene(msgspec.Struct, frozen=True):
    """All markets at one moment: `markets` is the same object for as long as they are the same.

    A column has a value for each of them, NaN where it is not known, and one NaN more at its end: that is what a market
    has that is not among them. While `is_known` is false nobody could look, and nothing is known.
    """

    markets: Markets
    columns: Mapping[str, Column]
    is_known: bool = True

    def column(self, name: str) -> Column:
        """What is watched under this name."""
        found = self.columns.get(name)
        return np.full(len(self.markets.ids) + 1, np.nan) if found is None else found


NOTHING = Markets([], [])


def look(
    rows: Mapping[str, Sequence[MarketRow]],
    names: Collection[str],
    expiry: Expiry,
    now: float,
    before: Markets = NOTHING,
    trail: MidTrail | None = None,
) -> Scene:
    """The scene of the rows of all symbols, the followed market of each first; only these names are read.

    `before` are the markets of the scene before; without a `trail` nobody knows how prices have moved.
    """
    every = [row for of_symbol in rows.values() for row in of_symbol]
    markets = _markets(rows, before)
    seen = Seen(
        every,
        np.array([expiry.state(row, now) for row in every], dtype=np.str_),
        now - np.array([row.received_at for row in every]),
    )
    if trail is not None:
        seen = replace(seen, moves=trail.moves(markets.ids, seen.figures("mid_price"), now))
    columns = {name: np.append(CATALOGUE[name].read(seen), np.nan) for name in names if name in CATALOGUE}
    return Scene(markets, columns)


def _markets(rows: Mapping[str, Sequence[MarketRow]], before: Markets) -> Markets:
    """Those of the rows; `before` where they are the same, in the same order."""
    ids = [(row.symbol, row.market) for of_symbol in rows.values() for row in of_symbol]
    followed = [(row.symbol, row.market) for row, *_ in rows.values()]
    if ids == before.ids and followed == before.followed:
        return before
    return Markets([*map(MarketId._make, ids)], [*map(MarketId._make, followed)])


def place_of(market: MarketId) -> str:
    """Where it is, as rules and subjects name it: `binance-usdm`."""
    return place_name(market.venue, market.form)


def market_at(symbol: str, place: str) -> MarketId:
    """The market of a symbol at such a place."""
    form = USDM if place.endswith(CONTRACTS) else SPOT
    return MarketId(symbol, f"{place.removesuffix(CONTRACTS)}/{form}")

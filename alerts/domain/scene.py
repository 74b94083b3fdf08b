"""What is known of all entities of one kind at one moment, in columns."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import msgspec
import numpy as np
from msgspec.structs import replace

from alerts.domain.entities import NOTHING, Entities, Thing
from alerts.domain.moves import MidTrail
from alerts.domain.watched import CATALOGUE, Column
from alerts.domain.watched.markets import Seen
from metrics.domain.analyzer import StoredBook
from metrics.domain.market import CONTRACTS, SPOT, USDM, Expiry, MarketId, MarketRow, place_name


class Scene(msgspec.Struct, frozen=True):
    """All entities of a kind at one moment: `entities` is the same object for as long as they are the same.

    A column has a value for each of them, NaN where it is not known, and one NaN more at its end: that is what an
    entity has that is not among them. While `is_known` is false nobody could look, and nothing is known. Where it
    `is_complete`, what is not among them is no longer there; of markets it may only be silent.
    """

    entities: Entities
    columns: Mapping[str, Column]
    is_known: bool = True
    is_complete: bool = False

    def column(self, name: str) -> Column:
        """What is watched under this name."""
        found = self.columns.get(name)
        return np.full(len(self.entities.ids) + 1, np.nan) if found is None else found


def look(
    rows: Mapping[str, Sequence[MarketRow]],
    names: Collection[str],
    expiry: Expiry,
    now: float,
    before: Entities = NOTHING,
    trail: MidTrail | None = None,
    books: Mapping[MarketId, StoredBook] | None = None,
) -> Scene:
    """The scene of the rows of all symbols, the followed market of each first; only these names are read.

    `before` are the markets of the scene before; without a `trail` nobody knows how prices have moved, and without
    `books` nothing that stands in them.
    """
    every = [row for of_symbol in rows.values() for row in of_symbol]
    markets = _markets(rows, before)
    seen = Seen(
        every,
        np.array([expiry.state(row, now) for row in every], dtype=np.str_),
        now - np.array([row.received_at for row in every]),
        books=books or {},
    )
    if trail is not None:
        ids = cast(list[MarketId], markets.ids)
        seen = replace(seen, moves=trail.moves(ids, seen.figures("mid_price"), now))
    return Scene(markets, _columns(seen, names))


def look_at(things: Sequence[Any], names: Collection[str], before: Entities = NOTHING) -> Scene:
    """The scene of all things of a kind that is no market, each with a `name` and what the catalogue reads of it."""
    ids = [Thing(each.name) for each in things]
    entities = before if ids == before.ids else Entities([*ids], [])
    return Scene(entities, _columns(things, names), is_complete=True)


def _columns(seen: Any, names: Collection[str]) -> dict[str, Column]:
    return {name: np.append(CATALOGUE[name].read(seen), np.nan) for name in names if name in CATALOGUE}


def _markets(rows: Mapping[str, Sequence[MarketRow]], before: Entities) -> Entities:
    """Those of the rows; `before` where they are the same, in the same order."""
    ids = [(row.symbol, row.market) for of_symbol in rows.values() for row in of_symbol]
    followed = [(row.symbol, row.market) for row, *_ in rows.values()]
    if ids == before.ids and followed == before.followed:
        return before
    return Entities([*map(MarketId._make, ids)], [*map(MarketId._make, followed)])


def place_of(market: MarketId) -> str:
    """Where it is, as rules and subjects name it: `binance-usdm`."""
    return place_name(market.venue, market.form)


def market_at(symbol: str, place: str) -> MarketId:
    """The market of a symbol at such a place."""
    form = USDM if place.endswith(CONTRACTS) else SPOT
    return MarketId(symbol, f"{place.removesuffix(CONTRACTS)}/{form}")

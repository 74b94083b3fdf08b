"""Books rebuilt from what a market sends, by who is slow and knows nothing of how it was made."""

from decimal import Decimal
from typing import Any

import msgspec

from markets.simulation.frames import RawFrame
from markets.simulation.instrument import Instrument
from markets.simulation.market import SimulatedMarket
from markets.simulation.venues import Place, SimulatedVenues, venues

START_MS = 1_790_000_000_000
KINDS = ("depth", "diff", "bookTicker")
Side = dict[Decimal, Decimal]
Sides = tuple[Side, Side]


def place(name: str) -> Place:
    venue, _, form = name.partition("-")
    return Place(name, venue, form == "usdm")


def simulated(*names: str, symbols: int = 3, seed: int = 1, **options: Any) -> SimulatedVenues:
    """Venues that keep whole books."""
    usual: dict[str, Any] = {"rate": 10.0, "first_id": 5_000, "kinds": KINDS}
    return venues([place(name) for name in names], symbols, seed=seed, **(usual | options))


def data_of(frame: RawFrame) -> Any:
    return msgspec.json.decode(frame.payload)["data"]


def side(levels: list[Any]) -> Side:
    """Levels as the wire has them."""
    return {Decimal(price): Decimal(quantity) for price, quantity in levels}


def own_book(instrument: Instrument) -> Sides:
    """What the simulator itself has."""
    return side(instrument.bids.levels), side(instrument.asks.levels)


def best(book: Sides, count: int) -> Sides:
    bids, asks = book
    return (
        {price: bids[price] for price in sorted(bids, reverse=True)[:count]},
        {price: asks[price] for price in sorted(asks)[:count]},
    )


class Keeper:
    """One book, from a snapshot and the changes behind it; says an AssertionError where the chain is broken."""

    def __init__(self, market: SimulatedMarket, instrument: Instrument) -> None:
        answer = market.answer(instrument.symbol, futures=instrument.listing.futures, now_ms=START_MS)
        assert answer
        told = msgspec.json.decode(answer.body)
        self.number = self._told = told["lastUpdateId"]
        self.book = side(told["bids"]), side(told["asks"])

    def take(self, data: Any) -> None:
        """A change, by the rules of its form; older ones are passed over."""
        if data["u"] <= self._told:
            return
        assert data["U"] == self.number + 1
        if "pu" in data:
            assert data["pu"] == self.number
        for levels, changes in zip(self.book, (data["b"], data["a"]), strict=True):
            levels.update(side(changes))
            for price in [price for price, quantity in levels.items() if not quantity]:
                del levels[price]
        self.number = data["u"]

"""The same coins at several venues: the first leads, the others have prices, spreads and books of their own."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

from markets.simulation.frames import RawFrame
from markets.simulation.listings import Listing, listings
from markets.simulation.market import SimulatedMarket

SIZES = (0.4, 1.2)  # of the levels at a follower, as multiples of those at the leader
SPREADS = (1.0, 2.0)
SPREAD_BPS = 1.0  # at least


class Place(NamedTuple):
    """A venue and form. `name` is what subjects call it: `okx`, `okx-usdm`."""

    name: str
    venue: str
    futures: bool


class SimulatedVenues:
    """Markets that tick together. `instruments` are those of the first, whose prices the others follow."""

    def __init__(self, markets: Sequence[SimulatedMarket]) -> None:
        self.markets = markets
        self.instruments = markets[0].instruments
        self.venues = frozenset[str]().union(*(market.venues for market in markets))
        self.tick_seconds = markets[0].tick_seconds

    def tick(self, now_ms: int) -> list[RawFrame]:
        """The frames of all in the next `tick_seconds`."""
        return [frame for market in self.markets for frame in market.tick(now_ms)]


def venues(
    places: Sequence[Place],
    symbols: int,
    rate: float,
    seed: int,
    *,
    first_id: int,
    kinds: Collection[str],
    faults: bool = False,
) -> SimulatedVenues:
    """So many symbols at each place, at least one. The first is what it is alone, whatever others there are."""
    leads, *others = places
    rng = Random(seed)
    listed = [
        replace(listing, venue=leads.venue, place=leads.name)
        for listing in listings(symbols, "usdm" if leads.futures else "spot", rng)
    ]
    leader = SimulatedMarket(listed, rate, rng, first_id=first_id, kinds=kinds, faults=faults)
    followers = []
    for place in others:
        rng = Random(f"{place.name} {seed}")
        there = [_at(place, listing, rng) for listing in listed]
        followers.append(
            SimulatedMarket(
                there, rate, rng, first_id=first_id, kinds=kinds, faults=faults, follows=leader.instruments
            )
        )
    return SimulatedVenues([leader, *followers])


def _at(place: Place, listing: Listing, rng: Random) -> Listing:
    """The listing of another venue, there."""
    return replace(
        listing,
        venue=place.venue,
        place=place.name,
        futures=place.futures,
        size=listing.size * rng.uniform(*SIZES),
        spread_bps=(SPREAD_BPS + listing.spread_bps) * rng.uniform(*SPREADS),
    )

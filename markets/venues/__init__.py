"""One module a venue: its addresses, its subscriptions, and what its messages become."""

from collections.abc import Mapping

from markets.domain.venue import Venue
from markets.venues.binance import BinanceSpot, BinanceUsdm
from markets.venues.bybit import BybitSpot, BybitUsdm
from markets.venues.coinbase import Coinbase
from markets.venues.kraken import Kraken
from markets.venues.okx import OkxSpot, OkxUsdm

_ALL: tuple[Venue, ...] = (
    BinanceSpot(),
    BinanceUsdm(),
    OkxSpot(),
    OkxUsdm(),
    BybitSpot(),
    BybitUsdm(),
    Coinbase(),
    Kraken(),
)
VENUES: Mapping[tuple[str, str], Venue] = {(venue.name, venue.form): venue for venue in _ALL}
"""By name and form."""
NAMES: tuple[str, ...] = tuple(dict.fromkeys(venue.name for venue in _ALL))

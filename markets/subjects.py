"""Which subject of NATS a market has."""

from functools import cache

from metrics.domain.market import place_name
from metrics.feed.origins import snapshot_subject


@cache
def subject_of(venue: str, form: str, kind: str, symbol: str) -> str:
    """`market.binance.depth.BTCUSDT`."""
    return f"market.{place_name(venue, form)}.{kind}.{symbol}"


def snapshots_of(venue: str, form: str) -> str:
    """The subject that all requests for whole books of a venue and form come on."""
    return snapshot_subject(place_name(venue, form), "*")

"""Which subject of NATS a market has."""

from functools import cache

USDM = "usdm"


def place(venue: str, form: str) -> str:
    """A venue as subjects name it: `binance`, or `binance-usdm` where its contracts are meant."""
    return f"{venue}-{form}" if form == USDM else venue


@cache
def subject_of(venue: str, form: str, kind: str, symbol: str) -> str:
    """`market.binance.depth.BTCUSDT`."""
    return f"market.{place(venue, form)}.{kind}.{symbol}"


def snapshots_of(venue: str, form: str) -> str:
    """The subject that all requests for whole books of a venue and form come on."""
    return f"snapshot.{place(venue, form)}.*"

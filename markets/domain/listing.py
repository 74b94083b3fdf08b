"""What a venue trades, in its own spelling and in ours."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from symbols import read_symbol

COINS = {"XBT": "BTC", "XDG": "DOGE"}
"""What some venues call a coin, and how it is spelt here."""


class Listing(msgspec.Struct, frozen=True):
    """One market of a venue.

    `symbol` is base and quote as Binance writes them, `name` is what the venue calls it. `unit` is how much of the base
    asset one of the venue's quantities stands for: 1, but for contracts that are counted in pieces. `turnover` is that
    of 24 hours in the quote asset, by which the busiest are found.
    """

    symbol: str
    name: str
    quote: str
    turnover: float = 0.0
    unit: Decimal = Decimal(1)


def listing(
    base: str, quote: str, name: str, turnover: float = 0.0, unit: Decimal = Decimal(1)
) -> Listing | None:
    """The listing of a pair, None where base and quote make no symbol."""
    base, quote = (COINS.get(coin, coin) for coin in (base.upper(), quote.upper()))
    symbol = read_symbol(base + quote)
    return None if symbol is None else Listing(symbol, name, quote, turnover, unit)


def busiest(listings: Iterable[Listing], count: int, quote: str) -> list[Listing]:
    """The `count` of them with the highest turnover among those that are quoted in `quote`."""
    quoted = (each for each in listings if each.quote == quote)
    return sorted(quoted, key=lambda each: (-each.turnover, each.symbol))[:count]

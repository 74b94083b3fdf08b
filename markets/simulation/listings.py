"""What is traded: symbols with their price, tick, order size and temper."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Literal

Form = Literal["spot", "usdm", "mixed"]
VENUE = "binance"

# base, quote, price, decimals of a tick; the first twenty already hold every kind of market
KNOWN = """
BTC USDT 60000 2     ETH USDT 2600 2      SOL USDT 148.2 2      BNB USDT 521.4 1
XRP USDT 0.5821 4    SHIB USDT 0.00001234 8  DOGE USDT 0.10512 5  ETH BTC 0.04333 5
ADA USDT 0.3412 4    BTC EUR 55210 2      AVAX USDT 22.31 2     LINK USDT 10.42 2
DOT USDT 4.512 3     SOL USDC 148.1 2     TRX USDT 0.1511 4     PEPE USDT 0.00000834 8
LTC USDT 60.85 2     NEAR USDT 3.942 3    ATOM USDT 4.571 3     ICP USDT 7.412 3
UNI USDT 5.912 3     APT USDT 5.783 3     FIL USDT 3.511 3      ETC USDT 18.42 2
XLM USDT 0.0981 4    HBAR USDT 0.05231 5  ARB USDT 0.5312 4     OP USDT 1.382 3
INJ USDT 17.61 2     SUI USDT 0.9123 4    BTC USDC 59990 2      ETH EUR 2391 2
MATIC USDT 0.4011 4  AAVE USDT 102.4 2    ALGO USDT 0.1221 4    SAND USDT 0.2541 4
MANA USDT 0.2712 4   AXS USDT 4.681 2     GRT USDT 0.1512 4     LDO USDT 1.042 3
RUNE USDT 3.821 3    STX USDT 1.481 3     IMX USDT 1.121 4      SEI USDT 0.2731 4
TIA USDT 5.312 3     WIF USDT 1.582 3     BONK USDT 0.00001871 8  FLOKI USDT 0.00011841 8
ORDI USDT 27.31 2    JUP USDT 0.8012 4    WLD USDT 1.512 3      FET USDT 0.9112 4
RNDR USDT 4.912 3    GALA USDT 0.01812 5  CHZ USDT 0.05012 5    EOS USDT 0.4612 4
XTZ USDT 0.6512 3    NEO USDT 9.312 2     ADA BTC 0.00000569 8  SOL BTC 0.002471 6
"""
WORTH = {"BTC": 60_000.0, "EUR": 1.09}  # of one unit of a quote asset, in dollars
QUIET_EVERY = 7  # one listing in so many falls silent now and then


@dataclass(frozen=True, slots=True)
class Listing:
    """One market. `price` is where it starts, `size` the typical quantity of a level in the base asset.

    `place` is what subjects call its venue: `okx-usdm` where that has its contracts for themselves.
    """

    symbol: str
    price: float
    price_decimals: int
    size: float
    size_decimals: int
    spread_bps: float
    volatility: float  # standard deviation of the log price over one second
    futures: bool
    quiet: bool
    venue: str = VENUE
    place: str = VENUE


def listings(count: int, form: Form, rng: Random) -> list[Listing]:
    """The first `count` markets, well-known ones, then invented ones. A larger count keeps the first."""
    return [
        _listing(rank, base, quote, price, decimals, form, rng)
        for rank, (base, quote, price, decimals) in enumerate(islice(_names(rng), count))
    ]


def _listing(
    rank: int, base: str, quote: str, price: float, decimals: int, form: Form, rng: Random
) -> Listing:
    dollars_a_level = max(400.0, 60_000 / (1 + rank)) * rng.uniform(0.7, 1.4)
    size = dollars_a_level / (price * WORTH.get(quote, 1.0))
    return Listing(
        symbol=base + quote,
        price=price,
        price_decimals=decimals,
        size=size,
        size_decimals=min(5, max(0, 3 - math.floor(math.log10(size)))),
        spread_bps=0.2 + min(rank, 40) * rng.uniform(0.05, 0.15),
        volatility=6e-5 * (1 + min(rank, 20) * rng.uniform(0.03, 0.1)),
        futures=form == "usdm" or (form == "mixed" and rank % 3 == 1 and quote == "USDT"),
        quiet=rank % QUIET_EVERY == QUIET_EVERY - 1,
    )


def _names(rng: Random) -> Iterator[tuple[str, str, float, int]]:
    words = KNOWN.split()
    taken = set(words[::4])
    for row in range(0, len(words), 4):
        yield words[row], words[row + 1], float(words[row + 2]), int(words[row + 3])
    while True:
        base = _invented(rng)
        if base in taken:
            continue
        taken.add(base)
        price = 10 ** rng.uniform(-4.5, 2.5)
        decimals = min(8, max(1, 4 - math.floor(math.log10(price))))
        yield base, rng.choices(("USDT", "USDC", "BTC"), (20, 2, 1))[0], round(price, decimals), decimals


def _invented(rng: Random) -> str:
    """Three to five letters one could pronounce, as listings have them."""
    letters = "".join(rng.choice("BCDFGKLMNPRSTVXZ") + rng.choice("AEIOU") for _ in range(2))
    return letters + rng.choice(("", "R", "N", "X", "S"))

"""Amounts of any quote asset in US dollars, so that markets compare."""

from collections.abc import Callable

DOLLARS = frozenset({"USDT", "USDC", "FDUSD", "USD"})
"""Assets that count as dollars."""
PRICED_IN = "USDT"


def dollars_per(asset: str, mid: Callable[[str], float | None]) -> float | None:
    """How many dollars one of `asset` is; None while no market tells.

    `mid` is the current mid price of a symbol, None where it has none. That of the asset against USDT (BTCUSDT for
    BTC) is asked for first, then that of USDT against the asset (USDTBRL for BRL).
    """
    if asset in DOLLARS:
        return 1.0
    if direct := mid(asset + PRICED_IN):
        return direct
    inverse = mid(PRICED_IN + asset)
    return 1 / inverse if inverse else None

"""Amounts of any quote asset in US dollars, so that markets compare."""

from collections.abc import Callable

DOLLARS = frozenset({"USDT", "USDC", "FDUSD", "USD"})
"""Assets that count as dollars."""
PRICED_IN = "USDT"
Mid = Callable[[str], float | None]
"""The current mid price of a symbol, None where it has none."""


def priced_by(asset: str) -> tuple[str, ...]:
    """The symbols whose mid prices tell what one of `asset` is in dollars; none where it is a dollar.

    The asset against USDT (BTCUSDT for BTC), then USDT against the asset (USDTBRL for BRL).
    """
    return () if asset in DOLLARS else (asset + PRICED_IN, PRICED_IN + asset)


def dollars_per(asset: str, mid: Mid) -> float | None:
    """How many dollars one of `asset` is, by the first symbol that tells; None while none does."""
    if asset in DOLLARS:
        return 1.0
    against_dollars, of_dollars = priced_by(asset)
    if direct := mid(against_dollars):
        return direct
    inverse = mid(of_dollars)
    return 1 / inverse if inverse else None

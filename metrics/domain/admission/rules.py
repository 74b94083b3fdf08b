"""The rules as an installation sets them."""

import msgspec

PRIMARY_MARKETS = ("binance/spot", "binance/usdm")


class Rules(msgspec.Struct, frozen=True):
    """What an installation may set. `max_event_lag` of 0 lets messages be as late as they like.

    `primary` are the markets that the bare name of a symbol means, best first; all others come after them.
    """

    stale_after: float = 5.0
    max_event_lag: float = 30.0
    levels: int = 20
    reference_every: float = 0.0
    max_symbols: int = 10_000
    forget_after: float = 60.0
    primary: tuple[str, ...] = PRIMARY_MARKETS

    def rank(self, market: str) -> int:
        """Its place among the primary ones; all others share the last."""
        return self.primary.index(market) if market in self.primary else len(self.primary)

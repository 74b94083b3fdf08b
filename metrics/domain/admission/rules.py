"""The rules as an installation sets them."""

import msgspec


class Rules(msgspec.Struct, frozen=True):
    """What an installation may set. `max_event_lag` of 0 lets messages be as late as they like."""

    stale_after: float = 5.0
    max_event_lag: float = 30.0
    levels: int = 20
    reference_every: float = 0.0
    max_symbols: int = 10_000
    forget_after: float = 60.0
    one_market: bool = True

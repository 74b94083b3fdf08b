"""Where liquidity is worst."""


def badness(usd_per_quote: float | None, known_to_bps: float | None, cost_bps: float | None) -> float | None:
    """By what markets are put in order, the one of the worst liquidity first, in basis points.

    It is what the size costs. Where the levels known hold less, it is how far they reach: what is left of the size
    would cost more than that. None for what cannot be compared, having no book of two sides or no price in dollars.
    """
    if usd_per_quote is None or known_to_bps is None:
        return None
    return known_to_bps if cost_bps is None else cost_bps

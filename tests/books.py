"""Hypothesis strategies for order books as exchanges publish them."""

from decimal import Decimal

from hypothesis import strategies as st

WireLevels = list[tuple[str, str]]

ticks = st.sampled_from([Decimal(1).scaleb(-digits) for digits in range(9)])
"""Smallest price steps: 1 down to 0.00000001."""
quantities = st.integers(1, 10**14).map(lambda units: f"{Decimal(units).scaleb(-8):f}")
"""Positive, 8 decimals, up to a million."""


def _ladder(best: int, gaps: list[int], tick: Decimal, direction: int) -> list[str]:
    prices, price = [], best
    for gap in gaps:
        prices.append(f"{price * tick:f}")
        price += direction * gap
    return [text for text in prices if Decimal(text) > 0]


@st.composite
def books(draw: st.DrawFn, *, min_levels: int = 1, max_levels: int = 25) -> tuple[WireLevels, WireLevels]:
    """Bids and asks as decimal strings: ordered, not crossed, nothing empty."""
    tick = draw(ticks)
    best_bid = draw(st.integers(1, 10**7))
    spread = draw(st.integers(1, 1000))
    gaps = st.lists(st.integers(1, 500), min_size=min_levels, max_size=max_levels)
    bids = _ladder(best_bid, draw(gaps), tick, -1)
    asks = _ladder(best_bid + spread, draw(gaps), tick, 1)
    return [(price, draw(quantities)) for price in bids], [(price, draw(quantities)) for price in asks]


def floats(levels: WireLevels) -> list[tuple[float, float]]:
    return [(float(price), float(quantity)) for price, quantity in levels]

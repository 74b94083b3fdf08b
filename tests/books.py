"""Hypothesis strategies for order books as exchanges publish them."""

from decimal import Decimal

from hypothesis import assume
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


MOST_DIGITS = 15
"""What a double keeps of any decimal."""


def decimals(digits: st.SearchStrategy[int]) -> st.SearchStrategy[Decimal]:
    """Positive numbers of so many significant digits, of every size a market has."""
    mantissas = digits.flatmap(lambda count: st.integers(10 ** (count - 1), 10**count - 1))
    return st.builds(lambda mantissa, size: _sized(Decimal(mantissa), size), mantissas, st.integers(-12, 12))


def _sized(mantissa: Decimal, size: int) -> Decimal:
    return mantissa.scaleb(size - mantissa.adjusted())


def _digits(number: Decimal) -> int:
    return len(number.normalize().as_tuple().digits)


@st.composite
def precise_books(draw: st.DrawFn) -> tuple[WireLevels, WireLevels]:
    """Books of prices a few steps apart and quantities of any size, both with up to 15 significant digits."""
    best_bid = draw(decimals(st.integers(1, MOST_DIGITS)))
    step = Decimal(1).scaleb(best_bid.as_tuple().exponent)  # type: ignore[arg-type]
    quantity = decimals(st.integers(1, MOST_DIGITS)).map(lambda number: f"{number:f}")
    sides = []
    for price, direction in ((best_bid, -1), (best_bid + draw(st.integers(1, 9)) * step, 1)):
        levels = []
        for gap in draw(st.lists(st.integers(1, 50), min_size=1, max_size=20)):
            if price > 0 and _digits(price) <= MOST_DIGITS:
                levels.append((f"{price:f}", draw(quantity)))
            price += direction * gap * step
        sides.append(levels)
    assume(all(sides))
    return sides[0], sides[1]


def floats(levels: WireLevels) -> list[tuple[float, float]]:
    return [(float(price), float(quantity)) for price, quantity in levels]

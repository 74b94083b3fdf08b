"""The contract's formulas once more, slowly, in exact decimals: what the fast code is held against.

Nothing here imports the product.
"""

from decimal import Decimal, getcontext
from typing import Any

getcontext().prec = 60

Side = list[tuple[Decimal, Decimal]]
DECIMALS = {
    "imbalance.ratio": 4,
    "imbalance.percent": 2,
    "pressure.buy_pressure": 2,
    "pressure.sell_pressure": 2,
    "pressure.net_pressure": 2,
}
"""Fields that are rounded for people; every other number keeps its significant digits."""
AS_SENT = ("spread.best_bid", "spread.best_ask", "strongest_levels.bid", "strongest_levels.ask")
SLACK = Decimal("1.000001")
"""What floats may add to half a unit."""


def side(levels: Any) -> Side:
    """Levels of the wire (pairs of strings or numbers) without the empty ones."""
    pairs = [(Decimal(str(price)), Decimal(str(quantity))) for price, quantity in levels]
    return [(price, quantity) for price, quantity in pairs if quantity != 0]


def depth(bids: Side, asks: Side, levels: int = 20) -> dict[str, Any]:
    """The numbers of GET /metrics/depth for an accepted book, unrounded, as one flat mapping."""
    bids, asks = bids[:levels], asks[:levels]
    numbers: dict[str, Any] = {
        "liquidity.total": _volume(bids) + _volume(asks),
        "order_book_quality.bid_levels": len(bids),
        "order_book_quality.ask_levels": len(asks),
        "order_book_quality.total_levels": len(bids) + len(asks),
    }
    numbers |= _one_side("bid", bids) | _one_side("ask", asks)
    return numbers | _both_sides(bids, asks)


def _volume(levels: Side) -> Decimal:
    return sum((quantity for _, quantity in levels), Decimal(0))


def _notional(levels: Side) -> Decimal:
    return sum((price * quantity for price, quantity in levels), Decimal(0))


def _one_side(name: str, levels: Side) -> dict[str, Any]:
    if not levels:
        parts: dict[str, Any] = dict.fromkeys(("volume", "depth_5", "depth_10", "notional", "best", "vwap"))
        strongest = None
    else:
        parts = {
            "volume": _volume(levels),
            "depth_5": _volume(levels[:5]),
            "depth_10": _volume(levels[:10]),
            "notional": _notional(levels),
            "best": levels[0][0],
            "vwap": _notional(levels) / _volume(levels),
        }
        strongest = levels[0]
        for level in levels[1:]:
            if level[1] > strongest[1]:
                strongest = level
    return {
        f"imbalance.{name}_volume": parts["volume"],
        f"liquidity.{name}_depth_5": parts["depth_5"],
        f"liquidity.{name}_depth_10": parts["depth_10"],
        f"liquidity.{name}_notional": parts["notional"],
        f"spread.best_{name}": parts["best"],
        f"vwap.{name}": parts["vwap"],
        f"strongest_levels.{name}.price": strongest and strongest[0],
        f"strongest_levels.{name}.volume": strongest and strongest[1],
    }


def _both_sides(bids: Side, asks: Side) -> dict[str, Any]:
    names = (
        "imbalance.ratio", "imbalance.percent", "pressure.buy_pressure", "pressure.sell_pressure",
        "pressure.net_pressure", "spread.spread_abs", "spread.mid_price", "spread.spread_bps",
        "spread.microprice", "vwap.spread",
    )  # fmt: skip
    if not (bids and asks):
        return dict.fromkeys(names)
    bid_volume, ask_volume = _volume(bids), _volume(asks)
    (bid, bid_quantity), (ask, ask_quantity) = bids[0], asks[0]
    ratio = (bid_volume - ask_volume) / (bid_volume + ask_volume)
    buy = 100 * bid_volume / (bid_volume + ask_volume)
    sell = 100 * ask_volume / (bid_volume + ask_volume)
    mid = (bid + ask) / 2
    values = (
        ratio, 100 * ratio, buy, sell, buy - sell, ask - bid, mid, 10_000 * (ask - bid) / mid,
        (bid * ask_quantity + ask * bid_quantity) / (bid_quantity + ask_quantity),
        _notional(asks) / ask_volume - _notional(bids) / bid_volume,
    )  # fmt: skip
    return dict(zip(names, values, strict=True))


def interpretation(net_pressure: Decimal | None) -> str | None:
    if net_pressure is None:
        return None
    return "bullish" if net_pressure > 20 else "bearish" if net_pressure < -20 else "neutral"


def differences(answer: dict[str, Any], bids: Side, asks: Side, levels: int = 20) -> list[str]:
    """Every number of a served depth answer that is not the exact one, to the digits it is promised with."""
    expected = depth(bids, asks, levels)
    prices = [price for price, _ in bids[:levels] + asks[:levels]]
    wrong = [
        f"{path}: served {served}, exact {exact}"
        for path, exact in expected.items()
        if not same(served := dig(answer, path), exact, _tolerance(path, exact, prices))
    ]
    meaning = interpretation(expected["pressure.net_pressure"])
    if answer["pressure"]["interpretation"] != meaning:
        wrong.append(f"interpretation: served {answer['pressure']['interpretation']}, exact {meaning}")
    return wrong


def same(served: float | None, exact: Decimal | int | None, tolerance: Decimal) -> bool:
    """Is `served` within `tolerance` of the exact number, or are both unknown?"""
    if served is None or exact is None:
        return served is None and exact is None
    return abs(Decimal(repr(served)) - exact) <= tolerance


def rounding(decimals: int) -> Decimal:
    """How far rounding to so many decimals may take a number."""
    return Decimal(5).scaleb(-decimals - 1) * SLACK


def digits(exact: Decimal, count: int = 12) -> Decimal:
    """How far rounding to so many significant digits may take a number."""
    return Decimal(5).scaleb(exact.adjusted() - count) * SLACK


def price_ratio(exact: Decimal) -> Decimal:
    """How far a spread in basis points may be off: 6 significant digits and 4 decimals."""
    return min(digits(exact, 6), rounding(4))


def mid(exact: Decimal, prices: list[Decimal]) -> Decimal:
    """How far a mid may be off: 12 significant digits, or those of the prices."""
    return digits(exact, max(12, *(digits_of(price) for price in prices)))


def digits_of(number: Decimal) -> int:
    """Significant digits of a number."""
    return len(number.normalize().as_tuple().digits)


def _tolerance(path: str, exact: Any, prices: list[Decimal]) -> Decimal:
    if exact is None or isinstance(exact, int) or path.startswith(AS_SENT):
        return Decimal(0)
    if path in DECIMALS:
        return rounding(DECIMALS[path])
    if path == "spread.spread_bps":
        return price_ratio(exact)
    return mid(exact, prices) if path == "spread.mid_price" else digits(exact)


def dig(answer: dict[str, Any], path: str) -> Any:
    """`answer["a"]["b"]` for "a.b"; None where a part on the way is None."""
    found: Any = answer
    for part in path.split("."):
        found = None if found is None else found[part]
    return found

"""A served answer of liquidity against exact decimals, number by number, to the digits it is promised with."""

from decimal import Decimal
from typing import Any

from tests import liquidity_oracle, oracle

FLOATS = Decimal("1.01")
"""By how much of half a digit floats may miss besides, where the sum lies just between two digits."""


def check_bands(
    answer: dict[str, Any],
    bids: oracle.Side,
    asks: oracle.Side,
    dollars: Decimal | None,
    edges: tuple[Decimal, Decimal] | None = None,
) -> None:
    """`edges` are the prices up to which the sides are known, their last ones where nothing is said."""
    middle = liquidity_oracle.mid(bids, asks)
    assert answer["mid_price"] == float(middle)
    bid_edge, ask_edge = edges or (bids[-1][0], asks[-1][0])
    sides = (("bid", bids, bid_edge), ("ask", asks, ask_edge))
    for name, _, edge in sides:
        reach = liquidity_oracle.reach(edge, middle)
        assert oracle.same(answer["known_to_bps"][name], reach, oracle.price_ratio(reach) * FLOATS)
    for band in answer["bands"]:
        both = []
        for name, side, edge in sides:
            exact = liquidity_oracle.within(side, middle, Decimal(repr(band["bps"])), edge)
            both.append(exact)
            assert (band[name] is None) == (exact is None)
            if exact:
                check_sum(band[name]["quantity"], exact[0])
                check_sum(band[name]["notional"], exact[1])
                check_sum(band[name]["usd"], None if dollars is None else exact[1] * dollars)
        bid, ask = both
        imbalance = liquidity_oracle.imbalance(bid[0], ask[0]) if bid and ask else None
        assert oracle.same(band["imbalance"], imbalance, oracle.rounding(4) * FLOATS)


def check_costs(
    answer: dict[str, Any], bids: oracle.Side, asks: oracle.Side, dollars: Decimal | None
) -> None:
    middle = liquidity_oracle.mid(bids, asks)
    for cost in answer["costs"]:
        notional = None if dollars is None else Decimal(repr(cost["size_usd"])) / dollars
        check_sum(cost["notional"], notional)
        for way, side in (("buy", asks), ("sell", bids)):
            exact = notional and liquidity_oracle.cost(side, middle, notional)
            assert (cost[way] is None) == (exact is None)
            if exact:
                check_way(cost[way], exact, side[0][0])


def check_way(served: dict[str, float], exact: liquidity_oracle.Costs, best: Decimal) -> None:
    assert Decimal(repr(served["worst_price"])) == exact.worst
    digits = max(12, *(oracle.digits_of(price) for price in (best, exact.worst)))
    an_ulp = exact.average * Decimal("5e-16")
    assert oracle.same(served["average_price"], exact.average, oracle.digits(exact.average, digits) + an_ulp)
    for name in ("bps", "bps_of_best"):
        ratio = getattr(exact, name)
        cancelled = abs(ratio) * Decimal("1e-7") + Decimal("1e-11")
        assert oracle.same(
            served[name], ratio, (oracle.price_ratio(ratio) if ratio else Decimal(0)) + cancelled
        )


def check_sum(served: float | None, exact: Decimal | None) -> None:
    """Twelve digits."""
    assert oracle.same(served, exact, oracle.digits(exact) * FLOATS if exact else Decimal(0))

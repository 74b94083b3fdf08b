"""Definitions of liquidity once more, slowly, level by level in exact decimals: what the fast code is held against.

Nothing here imports the product.
"""

from decimal import Decimal
from typing import NamedTuple

from tests.oracle import Side

BPS = 10_000


class Costs(NamedTuple):
    average: Decimal
    worst: Decimal
    bps: Decimal
    bps_of_best: Decimal


def mid(bids: Side, asks: Side) -> Decimal:
    return (bids[0][0] + asks[0][0]) / 2


def reach(edge: Decimal, middle: Decimal) -> Decimal:
    """How far a side is known."""
    return abs(edge - middle) / middle * BPS


def within(levels: Side, middle: Decimal, bps: Decimal, edge: Decimal) -> tuple[Decimal, Decimal] | None:
    """Quantity and notional of one side that lie so near; None where not all of that is known."""
    is_bid = levels[0][0] < middle
    limit = middle * (BPS - bps if is_bid else BPS + bps) / BPS
    if limit < edge if is_bid else limit > edge:
        return None
    inside = [(price, held) for price, held in levels if (price >= limit if is_bid else price <= limit)]
    return (
        sum((held for _, held in inside), Decimal(0)),
        sum((price * held for price, held in inside), Decimal(0)),
    )


def imbalance(bid: Decimal, ask: Decimal) -> Decimal | None:
    return (bid - ask) / (bid + ask) if bid + ask else None


def cost(levels: Side, middle: Decimal, notional: Decimal) -> Costs | None:
    """What taking so much from one side costs; None where it holds less."""
    left, taken = notional, Decimal(0)
    for price, held in levels:
        here = min(held, left / price)
        taken += here
        left -= here * price
        if here < held or left <= 0:
            worst, left = price, Decimal(0)
            break
    if left:
        return None
    average, best = notional / taken, levels[0][0]
    sign = -1 if best < middle else 1
    return Costs(average, worst, sign * BPS * (average / middle - 1), sign * BPS * (average / best - 1))


def least_cost(levels: Side, middle: Decimal, notional: Decimal) -> Decimal:
    """Basis points of that, as if its last level held any amount."""
    price, _ = levels[-1]
    found = cost([*levels[:-1], (price, notional / price * 2)], middle, notional)
    assert found
    return found.bps


# -- Flow ------------------------------------------------------------------------------------


def order_flow(before: tuple[Side, Side], after: tuple[Side, Side], level: int = 0) -> Decimal:
    """What a book adds to the one before, at one level of both, which may be missing."""
    (bid, bid_held), (ask, ask_held) = (_level(side, level) for side in after)
    (old_bid, old_bid_held), (old_ask, old_ask_held) = (_level(side, level) for side in before)
    flow = Decimal(0)
    if old_bid is None or (bid is not None and bid >= old_bid):
        flow += bid_held
    if bid is None or (old_bid is not None and bid <= old_bid):
        flow -= old_bid_held
    if old_ask is None or (ask is not None and ask <= old_ask):
        flow -= ask_held
    if ask is None or (old_ask is not None and ask >= old_ask):
        flow += old_ask_held
    return flow


def _level(side: Side, level: int) -> tuple[Decimal | None, Decimal]:
    return side[level] if level < len(side) else (None, Decimal(0))

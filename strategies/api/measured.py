"""What evaluators measured, as clients read it beside the parameters it is compared with."""

from collections.abc import Mapping
from math import ceil
from typing import Annotated, TypedDict

from msgspec import Meta

from configuration.api.shapes import Moment
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.parameters import label_of
from metrics.answers.liquidity_shapes import CostOfSize, LiquidityNow
from metrics.domain.rounding import price_ratio
from strategies.domain.comparison import as_read
from strategies.domain.distribution import Distribution
from strategies.domain.evaluators import Evaluator
from strategies.domain.measurements import ALL, Measured
from strategies.domain.measuring import Comparison, Holds, PositionLimit, Purpose
from strategies.domain.signal import moment

EDGE_DIGITS = 6
HOUR_MINUTES = 60


class ComparedParameter(TypedDict):
    """The condition that a parameter is the limit of."""

    parameter: str
    quantity: Annotated[str, Meta(description="What is held against it, by its name in `quantities`.")]
    label: Annotated[str, Meta(description="The quantity as people call it.")]
    unit: Annotated[str | None, Meta(description="Of both; null where the label says it.")]
    holds: Annotated[Holds, Meta(description="How the quantity must lie to the value.")]
    purpose: Annotated[
        Purpose,
        Meta(description="decides: a side is chosen; admits: what was measured is looked at any further."),
    ]


class MeasuredBucket(TypedDict):
    low: float
    high: float
    count: int


class MeasuredQuantity(TypedDict):
    """How one quantity was distributed."""

    count: Annotated[int, Meta(description="How often it was measured.")]
    lowest: float
    highest: float
    buckets: Annotated[
        list[MeasuredBucket],
        Meta(description="By value, each 2 % wide at most; where nothing was measured there is none."),
    ]


class MeasuredSpan(TypedDict):
    since: Annotated[
        Moment, Meta(description="Of the first that was measured; an hour ago, or up to five minutes more.")
    ]
    until: Moment
    minutes: Annotated[int, Meta(description="Since then, rounded up; 60 where it is an hour.")]
    quantities: dict[str, MeasuredQuantity]


class CostOfPosition(TypedDict):
    size: Annotated[int, Meta(description="In US dollars.")]
    bps: Annotated[
        float | None,
        Meta(
            description="What buying and selling so much at once loses against the best prices, in basis points of "
            "them; null where less is known to rest there, or what the quote asset is worth is not."
        ),
    ]


class PositionCosts(TypedDict):
    """What positions cost now, in the book of the followed market."""

    parameter: Annotated[str, Meta(description="The size of a position.")]
    gap: Annotated[str, Meta(description="The parameter, in percent, that it should cost less than.")]
    costs: list[CostOfPosition]


class MeasuredHour(TypedDict):
    strategy_id: str
    symbol: str | None
    counted: Annotated[
        str | None, Meta(description="What was measured: books, trades; null where nothing ever is.")
    ]
    parameters: list[ComparedParameter]
    of_symbol: Annotated[MeasuredSpan | None, Meta(description="Null where nothing was measured of it.")]
    of_all_symbols: Annotated[MeasuredSpan | None, Meta(description="Null where nothing was measured.")]
    position: Annotated[
        PositionCosts | None, Meta(description="Of one symbol, where the strategy has a size of positions.")
    ]


def measured_answer(
    evaluator: Evaluator,
    symbol: str | None,
    found: Mapping[str, Measured],
    now: float,
    book: LiquidityNow | None,
) -> MeasuredHour:
    """What was measured by a strategy, of a symbol and of ALL; and what its positions cost in a book of the symbol."""
    measuring = evaluator.measuring
    compares = measuring.compares if measuring else {}
    return {
        "strategy_id": evaluator.strategy_id,
        "symbol": symbol,
        "counted": measuring.counted if measuring else None,
        "parameters": [_compared(evaluator, name, each) for name, each in compares.items()],
        "of_symbol": _span(found.get(symbol), now) if symbol else None,
        "of_all_symbols": _span(found.get(ALL), now),
        "position": _position(measuring.position, book)
        if measuring and measuring.position and symbol
        else None,
    }


def _compared(evaluator: Evaluator, name: str, comparison: Comparison) -> ComparedParameter:
    label = label_of(comparison.quantity)
    unit = CATALOGUE[evaluator.strategy_id].parameters[name].unit
    return {
        "parameter": name,
        "quantity": comparison.quantity,
        "label": label,
        "unit": None if unit == label.lower() else unit,
        "holds": comparison.holds,
        "purpose": comparison.purpose,
    }


def _position(limit: PositionLimit, book: LiquidityNow | None) -> PositionCosts:
    known = {each["size_usd"]: each for each in book["costs"]} if book else {}
    return {
        "parameter": limit.parameter,
        "gap": limit.gap,
        "costs": [{"size": size, "bps": _both_ways(known.get(size))} for size in limit.sizes],
    }


def _both_ways(cost: CostOfSize | None) -> float | None:
    if cost is None or cost["buy"] is None or cost["sell"] is None:
        return None
    return price_ratio(cost["buy"]["bps_of_best"] + cost["sell"]["bps_of_best"])


def _span(measured: Measured | None, now: float) -> MeasuredSpan | None:
    if measured is None:
        return None
    return {
        "since": moment(measured.since),
        "until": moment(measured.until),
        "minutes": min(HOUR_MINUTES, max(1, ceil((now - measured.since) / 60))),
        "quantities": {name: _quantity(each) for name, each in measured.quantities.items()},
    }


def _quantity(distribution: Distribution) -> MeasuredQuantity:
    return {
        "count": distribution.count,
        "lowest": as_read(distribution.lowest),
        "highest": as_read(distribution.highest),
        "buckets": [
            {"low": _edge(each.low), "high": _edge(each.high), "count": each.count}
            for each in distribution.buckets()
        ],
    }


def _edge(value: float) -> float:
    return float(f"{value:.{EDGE_DIGITS}g}")

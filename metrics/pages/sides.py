"""The figures of one symbol that stand side by side for bids and asks."""

from collections.abc import Callable, Mapping
from functools import partial, reduce
from typing import Any, NamedTuple

from metrics.templatetags.figures import compact, fixed, quantity


class Line(NamedTuple):
    """`path` leads to a figure in the depth answer, with {} for the side; `unit` is base, quote or none."""

    label: str
    path: str
    format: str
    unit: str


LIQUIDITY = (
    Line("Best 5 levels", "liquidity.{}_depth_5", "quantity", "base"),
    Line("Best 10 levels", "liquidity.{}_depth_10", "quantity", "base"),
    Line("All levels", "imbalance.{}_volume", "quantity", "base"),
    Line("Notional", "liquidity.{}_notional", "compact", "quote"),
)
PRICES = (
    Line("VWAP", "vwap.{}", "fine", "quote"),
    Line("Strongest level", "strongest_levels.{}.price", "price", "quote"),
    Line("Its quantity", "strongest_levels.{}.volume", "quantity", "base"),
    Line("Levels seen", "order_book_quality.{}_levels", "count", ""),
)


def side_rows(
    lines: tuple[Line, ...], depth: Mapping[str, Any] | None, **context: Any
) -> list[dict[str, str]]:
    """The lines with their figures as text; `context` has decimals, base and quote."""
    return [_row(line, depth, **context) for line in lines]


def _row(line: Line, depth: Mapping[str, Any] | None, *, decimals: int, **assets: str) -> dict[str, str]:
    write = _formats(decimals)[line.format]
    paths = {side: line.path.format(side) for side in ("bid", "ask")}
    return {
        "label": line.label,
        "format": line.format,
        "unit": assets.get(line.unit, ""),
        **{side: write(_follow(path, depth)) for side, path in paths.items()},
        **{f"{side}_path": path for side, path in paths.items()},
    }


def _formats(decimals: int) -> dict[str, Callable[[float | None], str]]:
    return {
        "price": partial(fixed, decimals=decimals),
        "fine": partial(fixed, decimals=decimals + 2),
        "count": partial(fixed, decimals=0),
        "quantity": quantity,
        "compact": compact,
    }


def _follow(path: str, body: Mapping[str, Any] | None) -> Any:
    return reduce(lambda part, name: None if part is None else part[name], path.split("."), body)

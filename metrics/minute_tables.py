"""Minutes as tables, for people: resampled with pandas, as JSON rows or CSV."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from math import isnan
from typing import Any

from metrics.domain.market import MarketId
from metrics.domain.minutes import RESOLUTIONS
from metrics.domain.rounding import balance, digits_of, price, price_ratio, quotient, rounded
from metrics.kept_minutes import minutes_of
from spreadsheets import csv_of

Columns = Mapping[str, Sequence[Any]]
"""Values by name, all of one length."""
AGGREGATES = {
    "pressure_open": "first",
    "pressure_high": "max",
    "pressure_low": "min",
    "pressure_close": "last",
    "pressure_mean": "mean",
    "mid_open": "first",
    "mid_high": "max",
    "mid_low": "min",
    "mid_close": "last",
    "mid_mean": "mean",
    "spread_bps_mean": "mean",
    "spread_bps_min": "min",
    "spread_bps_max": "max",
    "depth_mean": "mean",
    "cost_bps_mean": "mean",
    "cost_bps_min": "min",
    "cost_bps_max": "max",
    "cost_samples": "sum",
    "depth_usd_mean": "mean",
    "depth_usd_min": "min",
    "depth_usd_max": "max",
    "depth_samples": "sum",
    "ofi": "sum",
    "ofi_5": "sum",
    "touch_mean": "mean",
    "trades": "sum",
    "bought": "sum",
    "sold": "sum",
    "traded": "sum",
    "updates": "sum",
    "seconds_not_live": "sum",
}
WEIGHTS = {name: "updates" for name, how in AGGREGATES.items() if how == "mean"} | {
    "cost_bps_mean": "cost_samples",
    "depth_usd_mean": "depth_samples",
}
"""Of each mean, how many it is of."""
FLOWS = ("ofi", "ofi_5")
COUNTS = {*WEIGHTS.values(), "trades"}
STORED = ["minute", *AGGREGATES]


def history_table(markets: list[MarketId], start: datetime, end: datetime, resolution: str) -> Columns:
    """Roll-ups of a market from start to end, one row per step that has any; empty where none has.

    `markets` are as `kept_minutes.meant` tells them. The first column is `timestamp`, the start of the step in UTC.
    Means over several minutes are weighted by the updates, or samples, of each; a number that cannot be known is None.
    """
    minutes = {row[0]: row for row in minutes_of(markets, start, end).values_list(*STORED)}
    if not minutes:
        return {}
    columns: Columns = dict(zip(STORED, zip(*minutes.values(), strict=True), strict=True))
    if resolution != "1m":
        columns = _coarser(columns, RESOLUTIONS[resolution])
    times = [minute.strftime("%Y-%m-%dT%H:%M:%SZ") for minute in columns["minute"]]
    price_digits = _most_digits(_shown(columns["mid_close"], price))
    shown = {name: _shown(columns[name], _rule(name, price_digits)) for name in AGGREGATES}
    vwaps = _shown(_vwaps(columns), partial(quotient, price_digits=price_digits))
    return {"timestamp": times} | shown | {name: _balances(columns, name) for name in FLOWS} | {"vwap": vwaps}


def history_rows(table: Columns) -> list[dict[str, Any]]:
    """The table as JSON rows."""
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


def history_csv(table: Columns) -> str:
    """The same rows as CSV with a header; an unknown number is an empty field."""
    return csv_of([table, *zip(*table.values(), strict=True)])


def _coarser(columns: Columns, step: str) -> Columns:
    """The same by steps of several minutes."""
    import pandas as pd  # a fifth of the time in which a process starts, and only this needs it

    table = pd.DataFrame(columns).set_index("minute").astype(float)
    weighted = table.assign(**{name: table[name] * table[weight] for name, weight in WEIGHTS.items()})
    groups = weighted.groupby(pd.DatetimeIndex(weighted.index).floor(step))
    added = [name for name, how in AGGREGATES.items() if how in ("sum", "mean")]
    others = {name: how for name, how in AGGREGATES.items() if name not in added}
    coarse = groups.agg(others).join(groups[added].sum(min_count=1))
    counts = {weight: coarse[weight].where(coarse[weight] > 0) for weight in {*WEIGHTS.values()}}
    means = coarse.assign(**{name: coarse[name] / counts[weight] for name, weight in WEIGHTS.items()})
    return {"minute": list(means.index)} | {name: means[name].tolist() for name in AGGREGATES}


def _balances(columns: Columns, name: str) -> list[float | None]:
    """What flowed may cancel: it is as exact as what rested."""
    return [
        None if value is None or isnan(value) else balance(value, held) if held > 0 else quotient(value)
        for value, held in zip(columns[name], columns["depth_mean"], strict=True)
    ]


def _vwaps(columns: Columns) -> Iterator[float | None]:
    """Prices of what was traded, weighted by quantity; None where nothing was."""
    for bought, sold, traded in zip(columns["bought"], columns["sold"], columns["traded"], strict=True):
        yield (bought + sold) / traded if traded else None


def _shown(values: Iterable[float | None], rule: Callable[[float], float]) -> list[float | None]:
    return [None if value is None or isnan(value) else rule(value) for value in values]


def _rule(name: str, price_digits: int) -> Callable[[float], float]:
    """How numbers of a column are rounded; `price_digits` are those of the mids."""
    if name in COUNTS:
        return int
    if name.startswith("pressure_"):
        return partial(rounded, decimals=2)
    if name.startswith(("spread_bps_", "cost_bps_")):
        return price_ratio
    if name == "mid_mean":
        return partial(quotient, price_digits=price_digits)
    if name.startswith("mid_"):
        return price
    return partial(rounded, decimals=1) if name == "seconds_not_live" else quotient


def _most_digits(prices: Iterable[float | None]) -> int:
    return max((digits_of(known) for known in prices if known is not None), default=0)

"""Minutes as tables, for people: resampled with pandas, as JSON rows or CSV."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from math import isnan
from typing import Any

import pandas as pd

from metrics.answers.rounding import rounded, significant
from metrics.rollups import minutes_of

RESOLUTIONS = {"1m": "1min", "5m": "5min", "1h": "1h"}
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
    "spread_bps_max": "max",
    "depth_mean": "mean",
    "updates": "sum",
    "seconds_not_live": "sum",
}
MEANS = [name for name, how in AGGREGATES.items() if how == "mean"]


def history_table(symbol: str, start: datetime, end: datetime, resolution: str) -> pd.DataFrame:
    """Roll-ups of `symbol` from start to end, one row per step that has any, indexed by its start (UTC).

    Means over several minutes are weighted by the updates of each.
    """
    columns = ["minute", *AGGREGATES]
    minutes = list(minutes_of(symbol, start, end).values_list(*columns))
    table = pd.DataFrame.from_records(minutes, columns=columns).set_index("minute")
    if table.empty or resolution == "1m":
        return table
    weights = table["updates"]
    weighted = table.assign(**{name: table[name] * weights for name in MEANS})
    groups = weighted.groupby(pd.DatetimeIndex(weighted.index).floor(RESOLUTIONS[resolution]))
    coarse = groups.agg({name: "sum" if how == "mean" else how for name, how in AGGREGATES.items()})
    updates = coarse["updates"].where(coarse["updates"] > 0)
    return coarse.assign(**{name: coarse[name] / updates for name in MEANS})


def history_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The table as JSON rows; a number that cannot be known is None."""
    columns = _columns(table)
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def history_csv(table: pd.DataFrame) -> str:
    """The same rows as CSV with a header; an unknown number is an empty field."""
    return pd.DataFrame(_columns(table)).to_csv(index=False)


def _columns(table: pd.DataFrame) -> dict[str, list[Any]]:
    times = pd.DatetimeIndex(table.index).strftime("%Y-%m-%dT%H:%M:%SZ").tolist()
    return {"timestamp": times} | {name: _shown(table[name].tolist(), _rule(name)) for name in AGGREGATES}


def _shown(values: list[float | None], rule: Callable[[float], float | None]) -> list[float | None]:
    return [None if value is None or isnan(value) else rule(value) for value in values]


def _rule(name: str) -> Callable[[float], float | None]:
    """How numbers of a column are rounded."""
    if name == "updates":
        return int
    if name.startswith("pressure_"):
        return partial(rounded, digits=2)
    if name.startswith("spread_bps_"):
        return partial(rounded, digits=4)
    return partial(rounded, digits=1) if name == "seconds_not_live" else significant

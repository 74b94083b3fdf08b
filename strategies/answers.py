"""Bodies clients get: names, units and rounding."""

from typing import Annotated, Any, TypedDict

import msgspec
from msgspec import Meta

from rest.shapes import Moment
from strategies.convergence import LevelInForce
from strategies.domain.signal import KeptSignal, moment
from strategies.receipts import AppliedRow, Status


class AppliedItem(TypedDict):
    """One process in the answer of /applied."""

    instance: Annotated[str, Meta(description="Host, process id and partition.")]
    version: Annotated[int | None, Meta(description="In use there.")]
    hash: Annotated[str | None, Meta(description="Names the parameter set in use there.")]
    applied_at: Annotated[Moment | None, Meta(description="When it was taken into use.")]
    lag_ms: Annotated[
        int | None,
        Meta(description="From saving to use; null where the process was not running then."),
    ]
    status: Status
    reason: Annotated[
        str | None, Meta(description="Why it was rejected, or what is the matter with the process.")
    ]


def applied_row(row: AppliedRow) -> AppliedItem:
    """One process in the answer of /applied."""
    return {
        "instance": row.instance,
        "version": row.version,
        "hash": row.hash,
        "applied_at": None if row.applied_at is None else moment(row.applied_at),
        "lag_ms": None if row.lag is None else round(1000 * row.lag),
        "status": row.status,
        "reason": row.reason,
    }


def level_answer(level: LevelInForce) -> dict[str, Any]:
    """One level, for those who watch it live."""
    slowest = level.slowest_lag
    return {
        "strategy_id": level.strategy_id,
        "symbol": level.symbol,
        "version": level.version,
        "hash": level.hash,
        "converged": level.converged,
        "applied": level.applied,
        "processes": [applied_row(row) for row in level.processes],
        "slowest_lag_ms": None if slowest is None else round(1000 * slowest),
    }


def signal_answer(signal: KeptSignal, *, with_parameters: bool) -> dict[str, Any]:
    """A signal and its fate; the parameters behind it only for those who may see configuration."""
    body: dict[str, Any] = msgspec.to_builtins(signal)
    if not with_parameters:
        used = body["metadata"]["strategy_config"]
        body["metadata"]["strategy_config"] = {name: used[name] for name in used if name != "parameters"}
    return body

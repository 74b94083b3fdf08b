"""The ledger as people ask it: signals of a choice, page by page, and what became of them on average."""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import Avg, Count, Max, Min, Q, QuerySet

from metrics.domain.rounding import mean_price_ratio
from strategies.domain.outcomes import SPANS, Outcome
from strategies.domain.signal import KeptSignal, SeenThen
from strategies.ledger.records import fate_of
from strategies.models import SignalRecord

By = Literal["strategy", "symbol", "version"]
COLUMNS: dict[By, tuple[str, ...]] = {
    "strategy": ("strategy_id",),
    "symbol": ("strategy_id", "symbol"),
    "version": ("strategy_id", "version"),
}
MOST_GROUPS = 1_000


class Choice(NamedTuple):
    """Which signals are wanted: what is None is left open. `part` is in the symbol; decided from `start` on and before
    `end`."""

    strategy: str | None = None
    symbol: str | None = None
    part: str | None = None
    action: str | None = None
    state: str | None = None
    min_confidence: float | None = None
    version: int | None = None
    start: datetime | None = None
    end: datetime | None = None

    @property
    def records(self) -> QuerySet[SignalRecord]:
        wanted = {
            "strategy_id": self.strategy,
            "symbol": self.symbol,
            "symbol__contains": self.part,
            "action": self.action,
            "state": self.state,
            "confidence__gte": self.min_confidence,
            "version": self.version,
            "decided_at__gte": self.start,
            "decided_at__lt": self.end,
        }
        return SignalRecord.objects.filter(
            **{lookup: value for lookup, value in wanted.items() if value is not None}
        )


class Place(NamedTuple):
    """Between two signals of the ledger, the newest first: behind this one."""

    decided_at: datetime
    id: UUID


class Group(NamedTuple):
    """What is alike of some signals; how many they are and when the first and the last was decided; and of each span
    how many have an outcome, and its mean in basis points, None where none has."""

    strategy_id: str
    symbol: str | None
    version: int | None
    signals: int
    first: datetime
    last: datetime
    known: dict[str, int]
    mean_bps: dict[str, float | None]


def page(choice: Choice, after: Place | None, limit: int) -> tuple[list[KeptSignal], Place | None]:
    """The newest signals of a choice behind a place, and the place behind the last, None where there is no more."""
    rows = choice.records.order_by("-decided_at", "-id")
    if after:
        rows = rows.filter(decided_at__lte=after.decided_at).exclude(
            Q(decided_at=after.decided_at) & Q(id__gte=after.id)
        )
    found = list(rows[: limit + 1])
    listed = found[:limit]
    is_more = len(found) > limit
    return [as_listed(row) for row in listed], Place(
        listed[-1].decided_at, listed[-1].id
    ) if is_more else None


def as_listed(row: SignalRecord) -> KeptSignal:
    """A signal as it was published, with what became of it and of the price."""
    signal = msgspec.json.decode(row.sent_as, type=KeptSignal)
    fate = fate_of(row)
    return msgspec.structs.replace(
        signal,
        state=fate.state,
        halted_by=fate.halted_by,
        market=SeenThen(row.mid, row.spread_bps, row.cost_at_least_bps),
        outcome={span: _outcome(row, span) for span in SPANS},
    )


def summary(choice: Choice, by: By) -> list[Group]:
    """The signals of a choice by what is alike of them, the most numerous first."""
    known = {f"known_{span}": Count(f"bps_{span}") for span in SPANS}
    means = {f"mean_{span}": Avg(f"bps_{span}") for span in SPANS}
    groups = (
        choice.records.order_by()
        .values(*COLUMNS[by])
        .annotate(signals=Count("id"), first=Min("decided_at"), last=Max("decided_at"), **known, **means)
        .order_by("-signals", *COLUMNS[by])[:MOST_GROUPS]
    )
    return [
        Group(
            group["strategy_id"],
            group.get("symbol"),
            group.get("version"),
            group["signals"],
            group["first"],
            group["last"],
            {span: group[f"known_{span}"] for span in SPANS},
            {span: _mean(group[f"mean_{span}"]) for span in SPANS},
        )
        for group in groups
    ]


def _mean(bps: float | None) -> float | None:
    return None if bps is None else mean_price_ratio(bps)


def _outcome(row: SignalRecord, span: str) -> Outcome:
    mid, bps, unknown = (getattr(row, f"{name}_{span}") for name in ("mid", "bps", "unknown"))
    return Outcome(mid, bps, unknown or None)

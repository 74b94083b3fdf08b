"""The signals of a level in a span, counted in the ledger: how many, and how far prices moved their way."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Self, cast

import msgspec
from django.db.models import Case, Count, Q, Sum, When
from msgspec import Meta

from effects.domain.spans import LONGEST, Cut, Span
from metrics.domain.rounding import mean_price_ratio, rounded
from strategies.domain.decision import BUY, HOLD, SELL
from strategies.domain.outcomes import SPANS
from strategies.domain.signal import STATES
from strategies.ledger.reading import Choice
from strategies.models import SignalRecord

MOST_COUNTED = 30_000
"""Signals on each side of a change, the nearest to it; those of other strategies count where a symbol is looked up."""
SIDES = (BUY, SELL, HOLD)
SUMS = (
    {"signals": Count("id")}
    | {f"state_{state}": Count("id", Q(state=state)) for state in STATES}
    | {f"side_{side}": Count("id", Q(action=side)) for side in SIDES}
    | {f"known_{span}": Count(f"bps_{span}") for span in SPANS}
    | {f"sum_{span}": Sum(f"bps_{span}") for span in SPANS}
)
"""As the database works them out, and as they can be added up."""
Group = Mapping[str, Any]


class SignalsInSpan(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger has in a span."""

    signals: int
    per_hour: Annotated[float | None, Meta(description="Null of a span without length.")]
    states: Annotated[dict[str, int], Meta(description="How many were sent, halted, held back.")]
    sides: Annotated[dict[str, int], Meta(description="How many buy, sell, hold.")]
    known: Annotated[dict[str, int], Meta(description="By span, of how many the outcome is known.")]
    mean_bps: Annotated[
        dict[str, float | None],
        Meta(description="By span, the mean of these outcomes; null where there are none."),
    ]

    @classmethod
    def of(cls, sums: Mapping[str, Any], lasted: timedelta) -> Self:
        """What the database has added up in so long a span."""
        signals, hours = sums["signals"], lasted / timedelta(hours=1)
        known: dict[str, int] = {span: sums[f"known_{span}"] for span in SPANS}
        return cls(
            signals=signals,
            per_hour=rounded(signals / hours, 1) if hours else None,
            states={state: sums[f"state_{state}"] for state in STATES},
            sides={side: sums[f"side_{side}"] for side in SIDES},
            known=known,
            mean_bps={
                span: mean_price_ratio(sums[f"sum_{span}"] / number) if number else None
                for span, number in known.items()
            },
        )


class Counted(msgspec.Struct, frozen=True):
    """The signals of a span, and how many each symbol has of them."""

    signals: SignalsInSpan
    by_symbol: dict[str, int]


def kept_since() -> datetime | None:
    """When the first signal of any strategy was decided that is kept; None where none is."""
    oldest_first = SignalRecord.objects.order_by("decided_at", "id")
    return oldest_first.values_list("decided_at", flat=True).first()


def limits(
    strategy_id: str, symbol: str | None, at: datetime, since: datetime | None
) -> dict[Cut, timedelta]:
    """How far from a change signals can be counted, on both sides: back to where the ledger begins (`since`), and as
    far as there are no more than MOST_COUNTED."""
    found: dict[Cut, timedelta] = {} if since is None else {"ledger": at - since}
    before = Choice(strategy_id, symbol, start=at - LONGEST, end=at).among.order_by("-decided_at", "-id")
    after = Choice(strategy_id, symbol, start=at, end=at + LONGEST).among.order_by("decided_at", "id")
    ends = [
        *before.values_list("decided_at", flat=True)[MOST_COUNTED - 1 : MOST_COUNTED],
        *after.values_list("decided_at", flat=True)[MOST_COUNTED : MOST_COUNTED + 1],
    ]
    if ends:
        found["many_signals"] = min(abs(end - at) for end in ends)
    return found


def counted(
    strategy_id: str, symbol: str | None, spans: Sequence[Span], left_out: Collection[str]
) -> dict[Span, Counted]:
    """Those of a strategy about one symbol, or about all (None) but some, in spans of which each lies in the next.
    Every row is read once, for the first span that has it."""
    first = Case(
        *(
            When(decided_at__gte=span.start, decided_at__lt=span.end, then=place)
            for place, span in enumerate(spans)
        )
    )
    chosen = Choice(strategy_id, symbol, start=spans[-1].start, end=spans[-1].end).records
    rows = chosen.order_by().annotate(first=first).values("first", "symbol").annotate(**SUMS)
    groups = [group for group in cast(Iterable[Group], rows) if group["symbol"] not in left_out]
    return {
        span: _summed([group for group in groups if group["first"] <= place], span.end - span.start)
        for place, span in enumerate(spans)
    }


def _summed(groups: Sequence[Group], lasted: timedelta) -> Counted:
    by_symbol = Counter[str]()
    for group in groups:
        by_symbol[group["symbol"]] += group["signals"]
    return Counted(SignalsInSpan.of(_added(groups), lasted), by_symbol)


def _added(groups: Sequence[Group]) -> dict[str, Any]:
    totals: dict[str, Any] = dict.fromkeys(SUMS, 0)
    for group in groups:
        for name in SUMS:
            totals[name] += group[name] or 0
    return totals

"""The ledger as people ask it: signals of a choice, page by page, and what became of them on average."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec
from django.db.models import Avg, Count, Max, Min, QuerySet
from django.db.models.functions import TruncHour

from metrics.domain.rounding import mean_price_ratio
from strategies.domain.outcomes import SPANS, Outcome, Span
from strategies.domain.signal import KeptSignal, SeenThen, Timestamp, moment
from strategies.ledger.records import fate_of
from strategies.models import SignalRecord

By = Literal["strategy", "symbol", "version", "hour"]
COLUMNS: dict[By, tuple[str, ...]] = {
    "strategy": ("strategy_id",),
    "symbol": ("strategy_id", "symbol"),
    "version": ("strategy_id", "version"),
    "hour": ("strategy_id", "hour", "action"),
}
MOST_GROUPS = 1_000
LOOKED_THROUGH = 10_000
"""Signals that one question looks through at most: however many are kept, and however rare the wanted are."""
COUNTED_THROUGH = 100_000
"""Signals that a summary looks through at most: it groups them, and is asked for less often."""
NEWEST_FIRST = ("-decided_at", "-id")
BETWEEN = "~"


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
        others = {
            "strategy_id": self.strategy,
            "symbol": self.symbol,
            "symbol__contains": self.part,
            "action": self.action,
            "state": self.state,
            "confidence__gte": self.min_confidence,
            "version": self.version,
        }
        return _filtered(self.among, others)

    @property
    def is_by_index(self) -> bool:
        """Is nothing looked through that is not wanted?"""
        others = (self.part, self.action, self.state, self.min_confidence, self.version)
        return others == (None,) * len(others) and None in (self.strategy, self.symbol)

    @property
    def among(self) -> QuerySet[SignalRecord]:
        """What is looked through for them: those that one index has side by side, the newest first."""
        by_index = {"symbol": self.symbol} if self.symbol else {"strategy_id": self.strategy}
        span = {"decided_at__gte": self.start, "decided_at__lt": self.end}
        return _filtered(SignalRecord.objects.all(), by_index | span)


def _filtered(rows: QuerySet[SignalRecord], wanted: dict[str, Any]) -> QuerySet[SignalRecord]:
    return rows.filter(**{lookup: value for lookup, value in wanted.items() if value is not None})


class Place(NamedTuple):
    """Between two signals of the ledger, the newest first: behind this one. `text` is how clients give it back."""

    decided_at: datetime
    id: UUID

    @classmethod
    def read(cls, text: str) -> "Place":
        """Raises ValueError where it is none."""
        at, _, signal_id = text.partition(BETWEEN)
        return cls(datetime.fromisoformat(msgspec.convert(at, Timestamp)), UUID(signal_id))

    @property
    def text(self) -> str:
        return f"{moment(self.decided_at.timestamp())}{BETWEEN}{self.id}"

    def behind(self, rows: QuerySet[SignalRecord]) -> QuerySet[SignalRecord]:
        """Those of the rows that are older."""
        return rows.filter(decided_at__lte=self.decided_at).exclude(
            decided_at=self.decided_at, id__gte=self.id
        )

    def up_to(self, rows: QuerySet[SignalRecord]) -> QuerySet[SignalRecord]:
        """The others, itself the last of them."""
        return rows.filter(decided_at__gte=self.decided_at).exclude(
            decided_at=self.decided_at, id__lt=self.id
        )


class Group(NamedTuple):
    """What is alike of some signals; how many they are and when the first and the last was decided; and of each span
    how many have an outcome, and its mean in basis points, None where none has."""

    strategy_id: str
    symbol: str | None
    version: int | None
    hour: datetime | None
    action: str | None
    signals: int
    first: datetime
    last: datetime
    known: dict[Span, int]
    mean_bps: dict[Span, float | None]


class Summary(NamedTuple):
    """The signals of a choice by what is alike of them. Counted are those decided from `since` on; None is all that is
    kept."""

    groups: list[Group]
    since: datetime | None


class Tally(NamedTuple):
    """How many signals of a choice are among the newest that were looked through, and what became of them: of each span
    how many have an outcome, and its mean. Looked through was as far as `since`; None is all that is kept."""

    signals: int
    since: datetime | None
    known: dict[Span, int]
    mean_bps: dict[Span, float | None]


class Aftermath(NamedTuple):
    """What the ledger knows of a signal besides: the market when it was decided, and what became of the price."""

    market: SeenThen
    outcome: dict[Span, Outcome]


def page(choice: Choice, after: Place | None, limit: int) -> tuple[list[KeptSignal], Place | None]:
    """The newest signals of a choice behind a place, and the place from which to look on, None where there is no more.
    There may be fewer than `limit`, or none, and more further on."""
    rows, place = records_behind(choice, after, limit)
    return [as_listed(row) for row in rows], place


def records_behind(
    choice: Choice, after: Place | None, limit: int
) -> tuple[list[SignalRecord], Place | None]:
    """The same as rows."""
    among, wanted = (after.behind(rows) if after else rows for rows in (choice.among, choice.records))
    end = None if choice.is_by_index and limit < LOOKED_THROUGH else last_of(among, LOOKED_THROUGH)
    if end:
        wanted = end.up_to(wanted)
    found = list(wanted.order_by(*NEWEST_FIRST)[: limit + 1])
    if len(found) > limit:
        return found[:limit], Place(found[limit - 1].decided_at, found[limit - 1].id)
    return found, end


def all_records(choice: Choice, at_once: int) -> Iterator[list[SignalRecord]]:
    """All of a choice, the newest first, in parts; nothing is held between two of them."""
    rows, place = records_behind(choice, None, at_once)
    yield rows
    while place:
        rows, place = records_behind(choice, place, at_once)
        yield rows


def tally(choice: Choice) -> Tally:
    """Of the newest that one question looks through."""
    end = last_of(choice.among, LOOKED_THROUGH)
    found = (end.up_to(choice.records) if end else choice.records).aggregate(signals=Count("id"), **OUTCOMES)
    return Tally(found["signals"], end.decided_at if end else None, *_outcomes_of(found))


def aftermaths(ids: Iterable[str]) -> dict[str, Aftermath]:
    """Of those of some signals that are in the ledger; what is no id of one is not."""
    keys = [key for key in map(key_of, ids) if key]
    return {
        str(row.id): aftermath_of(row) for row in SignalRecord.objects.filter(pk__in=keys).defer("sent_as")
    }


def signals_of(ids: Iterable[str]) -> list[KeptSignal]:
    """Those of some signals that are in the ledger."""
    keys = [key for key in map(key_of, ids) if key]
    return [as_listed(row) for row in SignalRecord.objects.filter(pk__in=keys)]


def key_of(signal_id: str) -> UUID | None:
    """The key of its row; None where it can have none."""
    try:
        return UUID(signal_id)
    except ValueError:
        return None


def last_of(among: QuerySet[SignalRecord], most: int) -> Place | None:
    """The last of so many, the newest first; None where there are not as many."""
    last = among.order_by(*NEWEST_FIRST).values_list("decided_at", "id")[most - 1 : most]
    return next((Place(*each) for each in last), None)


def as_listed(row: SignalRecord) -> KeptSignal:
    """A signal as it was published, with what became of it and of the price."""
    signal = msgspec.json.decode(row.sent_as, type=KeptSignal)
    fate, aftermath = fate_of(row), aftermath_of(row)
    return msgspec.structs.replace(
        signal,
        state=fate.state,
        halted_by=fate.halted_by,
        market=aftermath.market,
        outcome=aftermath.outcome,
    )


def aftermath_of(row: SignalRecord) -> Aftermath:
    """As its row has it."""
    seen = SeenThen(row.mid, row.spread_bps, row.cost_at_least_bps)
    return Aftermath(seen, {span: _outcome(row, span) for span in SPANS})


OUTCOMES = {f"known_{span}": Count(f"bps_{span}") for span in SPANS} | {
    f"mean_{span}": Avg(f"bps_{span}") for span in SPANS
}
"""As the database works them out."""


def _outcomes_of(found: dict[str, Any]) -> tuple[dict[Span, int], dict[Span, float | None]]:
    known = {span: found[f"known_{span}"] for span in SPANS}
    return known, {span: _mean(found[f"mean_{span}"]) for span in SPANS}


def summary(choice: Choice, by: By) -> Summary:
    """The most numerous first; hours, by side, the newest first. Of the newest that a summary looks through, and all
    that were decided in the same millisecond as the last of them: whoever asks for what was before `since` goes on
    where it ended."""
    end = last_of(choice.among, COUNTED_THROUGH)
    since = end.decided_at if end else None
    rows = _filtered(choice.records, {"decided_at__gte": since}).order_by()
    if by == "hour":
        rows = rows.annotate(hour=TruncHour("decided_at", tzinfo=UTC))
    groups = (
        rows.values(*COLUMNS[by])
        .annotate(signals=Count("id"), first=Min("decided_at"), last=Max("decided_at"), **OUTCOMES)
        .order_by("-hour" if by == "hour" else "-signals", *COLUMNS[by])[:MOST_GROUPS]
    )
    return Summary([_group(each) for each in groups], since)


def _group(found: dict[str, Any]) -> Group:
    return Group(
        found["strategy_id"],
        found.get("symbol"),
        found.get("version"),
        found.get("hour"),
        found.get("action"),
        found["signals"],
        found["first"],
        found["last"],
        *_outcomes_of(found),
    )


def _mean(bps: float | None) -> float | None:
    return None if bps is None else mean_price_ratio(bps)


def _outcome(row: SignalRecord, span: str) -> Outcome:
    mid, bps, unknown = (getattr(row, f"{name}_{span}") for name in ("mid", "bps", "unknown"))
    return Outcome(mid, bps, unknown or None)

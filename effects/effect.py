"""What a change did: signals and market in equal spans before and after it, and what else happened around it.

Nothing of this is called its cause. Of a change for all symbols those signals are counted that are about symbols
without a value of their own of anything it changed, as their levels stood then.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

import msgspec
from django.db.models import Q
from msgspec import Meta

from configuration.addressing import strategy_name
from configuration.models import GLOBAL, Change, StrategyConfig
from desk.changes import newest_of
from effects import market, signals
from effects.domain.market import MarketInSpan
from effects.domain.spans import Cut, Length, Pair, Span, pairs
from effects.nearby import AroundChange, nearby
from effects.signals import Counted, SignalsInSpan
from what_if.records import of_change


class SideOfChange(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a change: from `start` on, and before `end`."""

    start: datetime
    end: datetime
    signals: SignalsInSpan
    market: MarketInSpan


class EffectInSpans(msgspec.Struct, frozen=True, kw_only=True):
    """Equal spans on both sides of a change."""

    length: Annotated[Length, Meta(description="How long either side is to become.")]
    seconds: Annotated[float, Meta(description="How long either side is by now.")]
    fills_until: Annotated[datetime | None, Meta(description="Null once it is over.")]
    cut_by: Annotated[
        Cut | None, Meta(description="Why either side stays shorter than its length; null where not.")
    ]
    before: SideOfChange
    after: SideOfChange


class NeighbouringChange(msgspec.Struct, frozen=True, kw_only=True):
    """The change of the same level before or after one."""

    id: str
    version: int
    at: datetime

    @classmethod
    def of(cls, change: Change | None) -> Self | None:
        """None where there is none."""
        return (
            None
            if change is None
            else cls(id=str(change.history_id), version=change.version, at=change.history_date)
        )


class AskedOutcomes(msgspec.Struct, frozen=True):
    """What became of prices after some signals of a what-if, as far as it was known when it was answered."""

    known: Annotated[dict[str, int], Meta(description="By span, of how many the outcome was known.")]
    mean_bps: Annotated[
        dict[str, float | None],
        Meta(description="By span, the mean of these outcomes; null where there were none."),
    ]


class AskedBefore(msgspec.Struct, frozen=True, kw_only=True):
    """The what-if that a change refers to, in signals, and what became of prices after them."""

    id: str
    asked_at: Annotated[datetime, Meta(description="When it was answered.")]
    start: datetime
    end: datetime
    in_force: int
    proposed: int
    gone: int
    new: int
    outcomes: Annotated[
        dict[str, AskedOutcomes],
        Meta(description="Of `in_force`, `proposed`, `gone` and `new`; empty where they were not kept."),
    ]


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """What the ledger, the minutes and the logs have around a change."""

    change_id: str
    strategy_id: str
    strategy: Annotated[str, Meta(description="Its name.")]
    symbol: Annotated[str | None, Meta(description="Null for all symbols.")]
    version: int
    at: datetime
    read_at: Annotated[datetime, Meta(description="What is later is not known yet.")]
    previous: Annotated[NeighbouringChange | None, Meta(description="The change of this level before it.")]
    next: Annotated[NeighbouringChange | None, Meta(description="The change of this level after it.")]
    left_out: Annotated[
        list[str],
        Meta(
            description="Symbols whose signals are not counted: they had a value of their own of what was changed."
        ),
    ]
    market_of: Annotated[
        list[str],
        Meta(description="Whose markets are shown: of all symbols, the five with the most signals."),
    ]
    ledger_since: Annotated[
        datetime | None, Meta(description="When the first signal was decided that is kept.")
    ]
    asked_before: Annotated[
        AskedBefore | None,
        Meta(description="What a what-if of these very values had said; null where none was asked."),
    ]
    comparisons: Annotated[list[EffectInSpans], Meta(description="The shortest first.")]
    nearby: AroundChange


def effect_of(change: Change, now: datetime, *, may_see_alerts: bool) -> Effect:
    """As it can be told at that moment."""
    symbol, at = change.symbol or None, change.history_date
    before, after = neighbours(change)
    since = signals.kept_since()
    limits = signals.limits(change.strategy_id, symbol, at, since)
    if before:
        limits["previous_change"] = at - before.history_date
    if after:
        limits["next_change"] = after.history_date - at
    left_out = levels_left_out(change)
    spans = pairs(at, now, limits)
    counted: dict[Span, Counted] = {}
    for side in ([pair.before for pair in spans], [pair.after for pair in spans]):
        counted |= signals.counted(change.strategy_id, symbol, list(dict.fromkeys(side)), left_out)
    widest = spans[-1]
    symbols = [symbol] if symbol else market.busiest([counted[widest.before], counted[widest.after]])
    minutes = market.kept(symbols, Span(widest.before.start, widest.after.end))
    return Effect(
        change_id=str(change.history_id),
        strategy_id=change.strategy_id,
        strategy=strategy_name(change.strategy_id),
        symbol=symbol,
        version=change.version,
        at=at,
        read_at=now,
        previous=NeighbouringChange.of(before),
        next=NeighbouringChange.of(after),
        left_out=left_out,
        market_of=symbols,
        ledger_since=since,
        asked_before=asked_before(change),
        comparisons=[_comparison(pair, counted, minutes) for pair in spans],
        nearby=nearby(change, pairs(at, now, {})[0], may_see_alerts=may_see_alerts),
    )


def asked_before(change: Change) -> AskedBefore | None:
    """None where it refers to no what-if."""
    record = of_change(change)
    if record is None:
        return None
    return AskedBefore(
        id=str(record.id),
        asked_at=record.answered_at,
        start=record.since,
        end=record.until,
        in_force=record.in_force,
        proposed=record.proposed,
        gone=record.gone,
        new=record.new,
        outcomes={which: AskedOutcomes(**found) for which, found in record.outcomes.items()},
    )


def neighbours(change: Change) -> tuple[Change | None, Change | None]:
    """The changes of the same level before and after it."""
    level = StrategyConfig.history.of_level(change.strategy_id, change.symbol)
    before, after = level.filter(version__lt=change.version), level.filter(version__gt=change.version)
    return before.first(), after.last()


def levels_left_out(change: Change) -> list[str]:
    """Of a change for all symbols: which had a value of their own of what it changed, as it was made or at one stroke
    with it."""
    if change.symbol:
        return []
    until = Q(history_id__lt=change.history_id)
    if change.batch:
        until |= Q(batch=change.batch)
    of_symbols = StrategyConfig.history.of_strategy(change.strategy_id).exclude(symbol=GLOBAL).filter(until)
    levels = StrategyConfig.history.filter(history_id__in=newest_of(of_symbols, "symbol"))
    return sorted(
        level.symbol for level in levels if change.changes.keys() & (level.new_parameters or {}).keys()
    )


def _comparison(pair: Pair, counted: Mapping[Span, Counted], minutes: market.Kept) -> EffectInSpans:
    def side(span: Span) -> SideOfChange:
        return SideOfChange(
            start=span.start, end=span.end, signals=counted[span].signals, market=market.seen(minutes, span)
        )

    return EffectInSpans(
        length=pair.length,
        seconds=pair.lasted.total_seconds(),
        fills_until=pair.fills_until,
        cut_by=pair.cut_by,
        before=side(pair.before),
        after=side(pair.after),
    )

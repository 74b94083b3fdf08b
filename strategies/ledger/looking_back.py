"""Mid prices at the moments that are due, as the feeds' histories have them, and what follows for the ledger.

A feed keeps every book of the last 15 minutes, by market: whoever looks there a little later misses nothing that came
while a strategy process was starting again. What is due waits in the database, so any process may look.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import numpy as np

from metrics.domain.holding import held
from metrics.domain.market import MarketId, MarketRow
from metrics.domain.rounding import price_ratio
from metrics.domain.window import TIMEFRAMES
from metrics.store.keys import HISTORY_SECONDS
from metrics.store.reader import StoreReader
from strategies.domain.decision import Action, Side
from strategies.domain.outcomes import SPANS, Sight, Span, Touch, never_known, outcome_of, touch_of
from strategies.ledger.records import Due, Found, due, give_outcomes

SETTLED_SECONDS = 3.0
"""So long after a moment its books have arrived in the histories."""
AT_ONCE = 1_000
WITHIN = timedelta(seconds=60)
"""Moments that are looked up together: what is read of a history reaches from the first to the last."""
ROW_SECONDS = 10.0
"""A row speaks of a moment that is no further from its own."""

DECISION = timedelta()
SPAN_AT: dict[timedelta, Span] = {timedelta(seconds=TIMEFRAMES[span]): span for span in SPANS}
NEXT: dict[timedelta, Span | None] = dict(zip([DECISION, *SPAN_AT], [*SPANS, None], strict=True))
"""After the decision, and after each span, the span that is looked up next."""


def look_back(reader: StoreReader) -> int:
    """Look up some of what is due; how many? To be called again while there are any.

    Raises django.db.Error, and redis.exceptions.RedisError while the store is away: then it waits.
    """
    now = reader.clock()
    waiting = due(datetime.fromtimestamp(now - SETTLED_SECONDS, UTC), AT_ONCE, WITHIN)
    if waiting:
        give_outcomes(found(reader, waiting, now))
    return len(waiting)


def found(reader: StoreReader, waiting: Sequence[Due], now: float) -> list[Found]:
    """What is known of each at its moment; in two round trips to the store."""
    rows = reader.markets_of_each(sorted({each.symbol for each in waiting}))
    touches = _touches(reader, waiting)
    results = []
    for each in waiting:
        touch, known = touches.get((_market(each), each.due_at)), rows.get(each.symbol, [])
        is_reached = now - each.due_at.timestamp() <= HISTORY_SECONDS
        if each.due_at == each.decided_at:
            values = _entry(each, touch, is_reached=is_reached) | {"cost_at_least_bps": _cost(each, known)}
        else:
            followed = known[0].market if known else ""
            values = _later(each, Sight(touch.mid if touch else None, followed, is_reached))
        results.append(Found(each, values))
    return results


def _market(each: Due) -> MarketId:
    return MarketId(each.symbol, each.market)


def _touches(reader: StoreReader, waiting: Sequence[Due]) -> dict[tuple[MarketId, datetime], Touch]:
    """The newest of each market at each of its moments, without those that are stale by then or have one side only."""
    moments: dict[MarketId, set[datetime]] = {}
    for each in waiting:
        if each.market:
            moments.setdefault(_market(each), set()).add(each.due_at)
    stale_after = reader.expiry.stale_after
    first, last = (how(each.due_at for each in waiting).timestamp() for how in (min, max))
    touches = {}
    for market, quotes in reader.quotes(list(moments), first - stale_after, last).items():
        at = np.array([moment.timestamp() for moment in moments[market]])
        sides = (held(side, quotes.times, at, stale_after).tolist() for side in (quotes.bids, quotes.asks))
        for moment, bid, ask in zip(moments[market], *sides, strict=True):
            if touch := touch_of(bid, ask):
                touches[market, moment] = touch
    return touches


def _entry(each: Due, touch: Touch | None, *, is_reached: bool) -> dict[str, Any]:
    """What is known of the moment of the decision; where there will be no outcome, that is written at once. A mid price
    that is there already is that of the very book it was decided on."""
    seen: dict[str, Any] = {}
    entry = each.mid
    if entry is None and touch:
        entry = touch.mid
        seen = {"mid": entry, "spread_bps": touch.spread_bps}
    why = never_known(cast(Action, each.action), entry, is_reached=is_reached)
    never = {f"unknown_{span}": why for span in SPANS} if why else {}
    return {**seen, **never, "due_at": None if why else _due_next(each)}


def _later(each: Due, sight: Sight) -> dict[str, Any]:
    """The outcome at one span."""
    span = SPAN_AT[each.due_at - each.decided_at]
    outcome = outcome_of(cast(Side, each.action), each.market, cast(float, each.mid), sight)
    return {
        f"mid_{span}": outcome.mid,
        f"bps_{span}": outcome.bps,
        f"unknown_{span}": outcome.unknown or "",
        "due_at": _due_next(each),
    }


def _due_next(each: Due) -> datetime | None:
    span = NEXT[each.due_at - each.decided_at]
    return None if span is None else each.decided_at + timedelta(seconds=TIMEFRAMES[span])


def _cost(each: Due, rows: Sequence[MarketRow]) -> float | None:
    """What the size costs at least, by a row of its market that speaks of the moment."""
    for row in rows:
        if row.market == each.market and abs(row.received_at - each.due_at.timestamp()) <= ROW_SECONDS:
            cost = row.cost_at_least_bps_10s
            return None if cost is None else price_ratio(cost)
    return None

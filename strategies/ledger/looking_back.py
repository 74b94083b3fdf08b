"""Mid prices at the moments that are due, as the feeds' histories have them, and what follows for the ledger.

A feed keeps every book of the last 15 minutes, by market: whoever looks there a little later misses nothing that came
while a strategy process was starting again. What is due waits in the database, so any process may look.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any, cast

import numpy as np

from metrics.domain.holding import held
from metrics.domain.market import MarketId, MarketRow
from metrics.domain.rounding import as_sent, price, price_ratio
from metrics.domain.window import TIMEFRAMES
from metrics.store.keys import HISTORY_SECONDS
from metrics.store.reader import StoreReader
from strategies.domain.decision import Action, Side
from strategies.domain.outcomes import SPANS, Sight, Span, never_known, outcome_of
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
Touch = tuple[float, float]
"""Best bid and best ask."""


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
        sight = Sight(price(sum(touch) / 2) if touch else None, known[0].market if known else "", is_reached)
        is_entry = each.due_at == each.decided_at
        values = _entry(each, sight, touch, known) if is_entry else _later(each, sight)
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
            if 0 < bid <= ask < inf:
                touches[market, moment] = (bid, ask)
    return touches


def _entry(each: Due, sight: Sight, touch: Touch | None, rows: Sequence[MarketRow]) -> dict[str, Any]:
    """What is known of the moment of the decision; where there will be no outcome, that is written at once."""
    why = never_known(cast(Action, each.action), sight)
    never = {f"unknown_{span}": why for span in SPANS} if why else {}
    return {
        "mid": sight.mid,
        "spread_bps": _spread_bps(*touch) if touch else None,
        "cost_at_least_bps": _cost(each, rows),
        "due_at": None if why else _due_next(each),
        **never,
    }


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


def _spread_bps(bid: float, ask: float) -> float:
    low, high = as_sent(bid), as_sent(ask)
    return price_ratio(20_000 * (high - low) / (high + low))


def _cost(each: Due, rows: Sequence[MarketRow]) -> float | None:
    """What the size costs at least, by a row of its market that speaks of the moment."""
    for row in rows:
        if row.market == each.market and abs(row.received_at - each.due_at.timestamp()) <= ROW_SECONDS:
            cost = row.cost_at_least_bps_10s
            return None if cost is None else price_ratio(cost)
    return None

"""What strategies decided before a moment, and how far back the ledger knows that."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import msgspec

from strategies.domain.pause import Earlier
from strategies.ledger.reading import Choice
from strategies.models import SignalRecord

AT_ONCE = 1_000


class _Leg(msgspec.Struct):
    venue: str


class _Sent(msgspec.Struct):
    """As much as is needed of a signal as it was published."""

    legs: list[_Leg] = []


_sent = msgspec.json.Decoder(_Sent).decode


def earlier(strategy_id: str, symbol: str | None, since: float, until: float) -> dict[str, list[Earlier]]:
    """By symbol the signals of a strategy, about one symbol or all, from one moment on and before another (seconds
    since the epoch), whatever became of them: a pause begins with the decision. Raises django.db.Error."""
    start, end = (datetime.fromtimestamp(at, UTC) for at in (since, until))
    rows = Choice(strategy=strategy_id, symbol=symbol, start=start, end=end).records
    found = defaultdict[str, list[Earlier]](list)
    for name, at, sent in rows.values_list("symbol", "decided_at", "sent_as").iterator(AT_ONCE):
        venues = frozenset(leg.venue for leg in _sent(sent).legs)
        found[name].append(Earlier(at.timestamp(), venues))
    return dict(found)


def known_since(now: float, days: int, rows: int) -> float:
    """From when on the ledger has every signal, where it keeps those of so many days, and no more than so many rows.

    Where it has more than half as many, the oldest may have gone. Raises django.db.Error.
    """
    horizon = now - timedelta(days=days).total_seconds()
    times = SignalRecord.objects.values_list("decided_at", flat=True)
    may_be_cut = times.order_by("-decided_at", "-id")[rows // 2 : rows // 2 + 1].exists()
    oldest = times.order_by("decided_at", "id").first() if may_be_cut else None
    return max(horizon, oldest.timestamp()) if oldest else horizon

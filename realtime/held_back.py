"""How many signals each halt has held back, for those who may not know the strategies."""

from collections.abc import Iterable
from datetime import datetime

from redis.exceptions import RedisError

from desk.halting import HeldBack
from halts.domain import HaltRecord, Scope
from strategies.reader import get_reader


def held_back(halts: Iterable[HaltRecord]) -> dict[Scope, HeldBack]:
    """At least so many, for no more than the newest are kept; of those that have; empty while the store is away."""
    try:
        counts, (kept, since) = get_reader().held_back(halts)
    except RedisError:
        return {}
    if since is None:
        return {}
    oldest = datetime.fromisoformat(since)
    return {scope: HeldBack(count, kept, oldest) for scope, count in counts.items() if count}

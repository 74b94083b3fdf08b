"""How many signals each halt has held back, for those who may not know the strategies."""

from collections.abc import Iterable

from redis.exceptions import RedisError

from halts.domain import HaltRecord, Scope
from strategies.reader import get_reader


def held_back(halts: Iterable[HaltRecord]) -> dict[Scope, int]:
    """At least so many, for no more than the newest are kept; empty while the store is away."""
    try:
        return get_reader().held_back(halts)
    except RedisError:
        return {}

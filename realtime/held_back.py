"""How many signals each halt has held back, for those who may not know the strategies."""

from collections.abc import Iterable
from datetime import datetime

from redis.exceptions import RedisError

from halts.domain import HaltRecord, Scope
from halts.held_back import HeldBack
from strategies.reader import get_reader


def held_back(halts: Iterable[HaltRecord]) -> dict[Scope, HeldBack]:
    """Without those whose count cannot be read; empty while the store is away."""
    try:
        counted = get_reader().held_back(halts)
    except RedisError:
        return {}
    return {
        scope: HeldBack(signals, datetime.fromisoformat(last) if last else None, is_complete)
        for scope, (signals, last, is_complete) in counted.items()
    }

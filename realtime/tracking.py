"""Which symbols the feeds track, and which anybody has heard of, for those who may not know the feeds."""

from concurrent.futures import ThreadPoolExecutor

from redis.exceptions import RedisError

from metrics.answers.feeds import current_not_live
from metrics.store.reader import get_reader
from strategies.reader import get_reader as get_strategies_reader

LOOK_SECONDS = 0.5
"""Somebody halts meanwhile."""
_lookers = ThreadPoolExecutor(2, "known symbols")


def tracked_symbols() -> list[str]:
    """In alphabetical order; empty while the store is away."""
    try:
        return list(get_reader().rows())
    except RedisError:
        return []


def known_symbols() -> set[str] | None:
    """Of markets, live or not, and of kept signals; None where it cannot be found within half a second.

    It can be only while a feed is heard: without one every market is forgotten after a while.
    """
    looking = _lookers.submit(_look)
    try:
        return looking.result(LOOK_SECONDS)
    except (RedisError, TimeoutError):
        return None
    finally:
        looking.cancel()


def _look() -> set[str] | None:
    reader = get_reader()
    now = reader.clock()
    heard = [report for report in reader.feeds() if not report.is_silent(now)]
    if not heard:
        return None
    not_live = {symbol for symbol, *_ in current_not_live(heard, now)}
    return not_live.union(reader.rows(), get_strategies_reader().symbols())

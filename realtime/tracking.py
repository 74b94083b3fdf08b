"""Which symbols the feeds track, for those who may not know the feeds."""

from redis.exceptions import RedisError

from metrics.store.reader import get_reader


def tracked_symbols() -> list[str]:
    """In alphabetical order; empty while the store is away."""
    try:
        return list(get_reader().rows())
    except RedisError:
        return []

"""One process at a time looks back: what two look up at the same time is looked up twice, and written once.

The turn only saves work. Whether a row is still to be written is asked by the statement that writes it, so a process
that was frozen in its turn, and goes on when another has had it, overwrites nothing.
"""

from collections.abc import Callable
from contextlib import suppress

from redis import Redis
from redis.exceptions import LockError

TURN_SECONDS = 10.0
"""A process that dies in its turn keeps the others from theirs for no longer. A step of the ledger takes less."""
ENDLESS = -1


class Turns:
    """`take` calls what it is given where nobody else does so at this moment, and returns 0 where somebody does."""

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis, self._key = redis, key
        self._lock = redis.lock(key, timeout=TURN_SECONDS, blocking=False)

    def take(self, look: Callable[[], int]) -> int:
        """Raises what `look` raises, and redis.exceptions.RedisError while the store is away."""
        if not self._lock.acquire():
            if self._redis.pttl(self._key) == ENDLESS:  # no turn is: somebody else has put it there
                self._redis.delete(self._key)
            return 0
        try:
            return look()
        finally:
            with suppress(LockError):  # it took so long that the turn was over
                self._lock.release()

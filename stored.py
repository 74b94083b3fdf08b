"""What stands in Redis is believed no further than it can be read.

Redis is memory that processes share, and no authority: whoever reaches it may write there. Nothing of it is executed,
and a value that cannot be read, or cannot be true, costs that value only. It is left out and counted by kind, and the
first of a kind is logged. Whoever owns a key puts what it should hold in the place of what it does.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar, cast

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError, ResponseError
from redis.retry import Retry

logger = logging.getLogger(__name__)

AHEAD_SECONDS = 60.0
"""What claims to be written so much later than now was not."""
ANSWER_SECONDS = 2.0
"""A store that has not answered for so long counts as away."""
LONGEST = 4 * 2**20
"""Bytes of a value; the longest of ours, the report of a process with very many levels, has a tenth of that."""

left_out: Counter[str] = Counter()
"""Values this process has left out or replaced since it started, by kind."""

FREE = """
local function free(key, wanted)
    local found = redis.call("TYPE", key).ok
    if found == wanted or found == "none" then return 0 end
    return redis.call("DEL", key)
end
"""
"""For scripts: delete a key of another type than the wanted one; how many keys that were."""
FREE_ALL = f"""
{FREE}
local freed = 0
for _, key in ipairs(KEYS) do freed = freed + free(key, ARGV[1]) end
return freed
"""

T = TypeVar("T")
B = TypeVar("B", bound=bytes | None)


def connected(url: str) -> Redis:
    """A client for those who keep nobody waiting.

    One retry, at once, for a connection that broke while idle; who is silent is not asked again, or pages would blame
    others meanwhile. The client's own default would keep every request waiting for seconds while the store is away.
    """
    return Redis.from_url(
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
    )


def leave_out(kind: str, why: object, times: int = 1) -> None:
    """Count values that are left out or replaced; the first of a kind is worth a line, the thousandth is not."""
    if kind not in left_out:
        logger.error("not_believed %s in Redis: %s; counted from now on, not logged again", kind, why)
    left_out[kind] += times


def errors() -> Counter[str]:
    """The same, as processes report it among what went wrong."""
    return Counter({f"not_believed_{kind}": times for kind, times in left_out.items()})


def is_of_another_type(error: object) -> bool:
    """Was a key asked for a hash, for instance, that is a string?"""
    return isinstance(error, ResponseError) and "WRONGTYPE" in str(error)


async def free(client: AsyncRedis, wanted: str, *keys: str) -> None:
    """Delete those of the keys that hold another type than the wanted one, so that they can be written."""
    note_freed(await cast(Any, client.eval(FREE_ALL, len(keys), *keys, wanted)))


def note_freed(keys: int) -> None:
    """So many keys were of another type, and are gone."""
    if keys:
        leave_out("keys", "one is of another type; deleted, and written anew", keys)


class Values(Generic[T]):
    """Values of one kind.

    `decode` and `check` raise ValueError (as all decoders here do) for what is none; `name` is what a value stands
    under, and `time` when it was written, in seconds since the epoch.
    """

    def __init__(
        self,
        kind: str,
        decode: Callable[[bytes], T],
        *,
        name: Callable[[T], str] | None = None,
        time: Callable[[T], float] = lambda _: 0.0,
        check: Callable[[T], object] | None = None,
    ) -> None:
        self.kind = kind
        self.time = time
        self._decode, self._name, self._check = decode, name, check

    def read(self, raw: bytes, now: float = 0.0, name: bytes | None = None) -> T | None:
        """The value, which stands under `name` where that is given; None where it is left out.

        `now` decides about kinds that have a time.
        """
        try:
            return self._believed(raw, now, name)
        except (ValueError, RecursionError) as error:
            leave_out(self.kind, error)
            return None

    def read_all(self, raws: Iterable[bytes], now: float) -> list[T]:
        """Those that can be read."""
        return [value for raw in raws if (value := self.read(raw, now)) is not None]

    def of_hash(self, client: Redis, key: str, now: float) -> list[T]:
        """What can be read of all that a hash holds."""
        found = cast(dict[bytes, bytes], self._asked(lambda: client.hgetall(key)) or {})
        return [value for name, raw in found.items() if (value := self.read(raw, now, name)) is not None]

    def of_names(self, client: Redis, key: str, names: list[str], now: float) -> list[T]:
        """What can be read of what a hash holds under some names."""
        found = cast(list[bytes | None], self._asked(lambda: client.hmget(key, names)) or [])
        return self.named(names, found, now)

    def named(self, names: Sequence[str], found: Sequence[bytes | None], now: float) -> list[T]:
        """What can be read of what stands under some names, None where nothing does."""
        named = zip(names, found, strict=False)
        values = (self.read(raw, now, name.encode()) for name, raw in named if raw is not None)
        return [value for value in values if value is not None]

    def listed(self, answer: list[B] | RedisError) -> list[B]:
        """What a pipeline was answered that asked for a list; raises what went wrong otherwise."""
        if isinstance(answer, list):
            return answer
        if not is_of_another_type(answer):
            raise answer
        leave_out(self.kind, answer)
        return []

    def _asked(self, ask: Callable[[], object]) -> object:
        try:
            return ask()
        except ResponseError as error:
            if not is_of_another_type(error):
                raise
            leave_out(self.kind, error)
            return None

    def _believed(self, raw: bytes, now: float, name: bytes | None) -> T:
        if len(raw) > LONGEST:
            raise ValueError(f"{len(raw)} bytes")
        value = self._decode(raw)
        if self._check:
            self._check(value)
        if self.time(value) > now + AHEAD_SECONDS:
            raise ValueError("dated ahead")
        if self._name and name is not None and name != self._name(value).encode():
            raise ValueError("stands under another name")
        return value

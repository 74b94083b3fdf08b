"""The reading side for pages and APIs: plain, synchronous, stateless."""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from heapq import merge
from itertools import islice, takewhile
from operator import attrgetter
from time import time
from typing import NamedTuple

import msgspec
import redis
from django.conf import settings

from configuration.domain.catalogue import CATALOGUE
from halts.domain import HaltRecord, Scope
from strategies.domain.signal import KeptSignal, SignalState, moment
from strategies.keys import KEPT_HALTED, KEPT_SIGNALS, StrategyKeys
from strategies.receipts import FORGOTTEN_AFTER_SECONDS, ProcessReport
from strategies.values import OUTLINES, PROCESSES, SIGNALS, counted, counted_since
from strategies.wanted import EVERYTHING, Outline, Wanted

Kept = tuple[str, list[bytes]]
"""A strategy, and what of its list was read."""
OUTLINED_SECONDS = 3.0
"""How long what all signals are is not asked again; it is much."""
TRIED = 3
"""Signals at an end of a list, of which the first that can be read counts."""


class Cut(NamedTuple):
    """What is read of one kind of list, of each strategy: from one place to another."""

    key: Callable[[str], str]
    first: int
    last: int


class HeldBack(NamedTuple):
    """The signals that a halt has held back, and the time of the last, None where none is known of; not `is_complete`
    where the halt is older than the count."""

    signals: int
    last: str | None
    is_complete: bool


class Dropped(NamedTuple):
    """Of the signals of a strategy that no halt held back, the time from which on none is missing, None where none has
    been dropped; and whether any has been that a halt did hold back."""

    complete_from: str | None
    any_halted: bool

    def counts_least(self, state: str) -> bool:
        """May there have been more of this fate (of any, where it is empty) than are kept? What was halted only when
        NATS was back stands among those that were not."""
        return self.complete_from is not None or (self.any_halted and state in ("", "halted"))


class StrategiesReader:
    """Reads what the strategy processes wrote. Raises redis.exceptions.RedisError while the store is away."""

    def __init__(self, client: redis.Redis, keys: StrategyKeys, clock: Callable[[], float] = time) -> None:
        self.clock = clock
        self._redis, self._keys = client, keys
        self._outlined: tuple[float, list[Outline]] = (0.0, [])

    def processes(self, strategy_id: str | None = None) -> list[ProcessReport]:
        """The last report of every process (that runs a strategy), dead ones included, by instance."""
        now = self.clock()
        reports = PROCESSES.of_hash(self._redis, self._keys.processes, now)
        recent = [report for report in reports if now - report.reported_at < FORGOTTEN_AFTER_SECONDS]
        asked = [report for report in recent if strategy_id in (None, *report.strategies)]
        return sorted(asked, key=lambda report: report.instance)

    def signals_and_kept_since(
        self,
        *,
        strategy_id: str | None = None,
        symbol: str | None = None,
        state: SignalState | None = None,
        limit: int = 100,
    ) -> tuple[list[KeptSignal], str | None]:
        """The newest kept signals, newest first, and the time from which on no signal (of the strategy) is missing, but
        for those that were halted; None where none has been dropped. In one round trip."""
        cuts = self._newest(limit, symbol or state)
        sent, halted, oldest = self._lists(_names(strategy_id), *cuts, self._oldest)
        arrived = [self._about(symbol, name, raws) for name, raws in sent + halted]
        return _merged(arrived, state, limit), self._kept_since(oldest)

    def signals_since(
        self,
        place: str,
        *,
        strategy_id: str | None = None,
        wanted: Wanted = EVERYTHING,
        limit: int = 100,
    ) -> tuple[list[KeptSignal], str]:
        """The newest wanted signals that have arrived since a reading, newest first, and the place of this reading.

        A place is the newest signal of each list, so that one that arrives late, with a time before the
        newest of another strategy, is not overlooked. An empty place is before everything.
        """
        seen = set(place.split(",")) - {""}
        sent, halted = self._lists(_names(strategy_id), *self._newest(limit, not wanted.is_all))
        kept = sent + halted
        arrived = [self._since(seen, wanted, name, raws) for name, raws in kept]
        firsts = [self._first(name, raws) for name, raws in kept]
        return _merged(arrived, None, limit), ",".join(first.id for first in firsts if first)

    def outlines(self) -> list[Outline]:
        """Every signal that is kept, as it was a few seconds ago at most."""
        asked_at, outlines = self._outlined
        now = self.clock()
        if not 0 <= now - asked_at < OUTLINED_SECONDS:
            lists = self._lists(CATALOGUE, Cut(self._keys.signals, 0, -1), Cut(self._keys.halted, 0, -1))
            raws = [(name, raw) for kept in lists for name, found in kept for raw in found]
            read = (OUTLINES.read(raw, now, name.encode()) for name, raw in raws)
            outlines = [outline for outline in read if outline is not None]
            self._outlined = now, outlines
        return outlines

    def held_back(self, halts: Iterable[HaltRecord]) -> dict[Scope, HeldBack]:
        """What each halt has held back, of several that cover a signal the widest; without those whose count cannot be
        read. In one round trip."""
        records = list(halts)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.get(self._keys.counted_since)
        for halt in records:
            pipeline.hgetall(self._keys.held_back(halt))
        since, *answers = pipeline.execute(raise_on_error=False)
        begun = counted_since(since)
        found = {}
        for halt, answer in zip(records, answers, strict=True):
            if count := counted(answer):
                is_complete = begun is not None and begun <= moment(halt.began)
                found[halt.scope] = HeldBack(count.signals, count.last, is_complete)
        return found

    def dropped(self) -> dict[str, Dropped]:
        """Of each strategy what may have made room for newer ones."""
        sent, halted = self._lists(CATALOGUE, self._oldest, Cut(self._keys.halted, KEPT_HALTED - TRIED, -1))
        return {
            name: Dropped(self._kept_since([(name, raws)]), self._kept_since([(name, held)]) is not None)
            for (name, raws), (_, held) in zip(sent, halted, strict=True)
        }

    def symbols(self) -> set[str]:
        """Those that there is a kept signal about."""
        sent, halted = self._lists(CATALOGUE, Cut(self._keys.signals, 0, -1), Cut(self._keys.halted, 0, -1))
        return {signal.symbol for name, raws in sent + halted for signal in self._read(name, raws)}

    def newest_of_each(self) -> dict[str, str | None]:
        """When each strategy last signalled, in the catalogue's order; None where that is not known."""
        (kept,) = self._lists(CATALOGUE, Cut(self._keys.signals, 0, TRIED - 1))
        newest = {name: self._first(name, raws) for name, raws in kept}
        return {name: signal.timestamp if signal else None for name, signal in newest.items()}

    def _newest(self, limit: int, is_filtered: object) -> tuple[Cut, Cut]:
        """The lists in which the newest so many are; where only some are wanted, they may be anywhere."""
        last = -1 if is_filtered else limit - 1
        return Cut(self._keys.signals, 0, last), Cut(self._keys.halted, 0, last)

    @property
    def _oldest(self) -> Cut:
        """The end of the lists that are full."""
        return Cut(self._keys.signals, KEPT_SIGNALS - TRIED, -1)

    def _lists(self, names: Collection[str], *cuts: Cut) -> list[list[Kept]]:
        """For each cut the lists of these strategies as they are stored; in one round trip."""
        pipeline = self._redis.pipeline(transaction=False)
        for cut in cuts:
            for name in names:
                pipeline.lrange(cut.key(name), cut.first, cut.last)
        answers = iter(pipeline.execute(raise_on_error=False))
        return [[(name, SIGNALS.listed(next(answers))) for name in names] for _ in cuts]

    def _kept_since(self, oldest: Iterable[Kept]) -> str | None:
        ends = [self._first(name, reversed(raws)) for name, raws in oldest if len(raws) == TRIED]
        return max((signal.timestamp for signal in ends if signal), default=None)

    def _read(self, strategy_id: str, kept: Iterable[bytes]) -> Iterator[KeptSignal]:
        """Those of a strategy's list that can be read."""
        now = self.clock()
        signals = (SIGNALS.read(raw, now, strategy_id.encode()) for raw in kept)
        return (signal for signal in signals if signal is not None)

    def _first(self, strategy_id: str, kept: Iterable[bytes]) -> KeptSignal | None:
        return next(self._read(strategy_id, kept), None)

    def _since(
        self, seen: set[str], wanted: Wanted, strategy_id: str, kept: Iterable[bytes]
    ) -> Iterator[KeptSignal]:
        """The wanted ones before the first that was seen, which itself may not be wanted."""
        possible = kept if seen else (raw for raw in kept if wanted.can_be(raw))
        new = takewhile(lambda signal: signal.id not in seen, self._read(strategy_id, possible))
        return filter(wanted.has, new)

    def _about(self, symbol: str | None, strategy_id: str, kept: Iterable[bytes]) -> Iterator[KeptSignal]:
        """Signals as they are wanted; those that cannot be about the symbol are not even decoded."""
        if symbol is None:
            return self._read(strategy_id, kept)
        spelled = b'"symbol":' + msgspec.json.encode(symbol)
        about = self._read(strategy_id, (raw for raw in kept if spelled in raw))
        return (signal for signal in about if signal.symbol == symbol)


def _names(strategy_id: str | None) -> list[str]:
    """The strategy asked about, or all."""
    return [strategy_id] if strategy_id else list(CATALOGUE)


def _merged(
    arrived: Iterable[Iterable[KeptSignal]], state: SignalState | None, limit: int
) -> list[KeptSignal]:
    """The newest of several lists, newest first, those of one fate if asked."""
    merged = merge(*arrived, key=attrgetter("timestamp"), reverse=True)
    return list(islice((signal for signal in merged if state in (None, signal.state)), limit))


def store_client() -> redis.Redis:
    """To be asked by one thread after the other; who does not answer within two seconds is away."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, health_check_interval=30
    )


@cache
def get_reader() -> StrategiesReader:
    """The reader of this process, connected as the settings have it."""
    return StrategiesReader(store_client(), StrategyKeys(settings.STORE_PREFIX))

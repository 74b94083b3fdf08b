"""A staged market for what-if, and what strategies decide about it live."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from functools import cache
from random import Random
from typing import Any, NamedTuple

from configuration.domain.catalogue import CATALOGUE
from halts.domain import Halts
from journal.stream import Passed
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from markets.simulation.scenarios import SCENARIOS
from strategies.domain.in_force import InForce, Resolved, defaults, take_over
from strategies.domain.signal import Signal
from strategies.engine import Engine
from tests.factories import Clock
from what_if.domain.decided import Decided
from what_if.domain.timeline import Timeline
from what_if.replay import DECIDE_SECONDS, Replay

BEGIN = 1_800_000_020.0
SECONDS = 60.0


class Message(NamedTuple):
    """Bytes, and when they were received."""

    at: float
    data: bytes


class Held:
    """Messages as a journal has them."""

    is_past = False

    def __init__(self, messages: Sequence[Message]) -> None:
        self.first, self.end = messages[0].at, messages[-1].at + 1e-6
        self._messages = messages

    async def read(self, since: float, until: float) -> AsyncGenerator[list[Passed]]:
        yield [Passed(at, "", data) for at, data in self._messages if since <= at < until]


class Key(NamedTuple):
    """What makes two signals the same, whoever decided them."""

    at: float
    symbol: str
    action: str
    price: float
    confidence: float


@cache
def staged(symbols: int = 3, seconds: float = SECONDS) -> tuple[Message, ...]:
    """A market in which every strategy has something to say."""
    rng = Random(4)
    market = SCENARIOS["signals"](SimulatedMarket(listings(symbols, "mixed", rng), 10.0, rng))
    times = [BEGIN + tick * market.tick_seconds for tick in range(round(seconds / market.tick_seconds))]
    return tuple(Message(at, frame.payload) for at in times for frame in market.tick(round(1000 * at)))


def in_force(strategy_id: str, symbol: str | None = None, version: int = 2, **changed: Any) -> InForce:
    """The defaults, with some values set at one level."""
    level = Resolved(
        strategy_id=strategy_id,
        symbol=symbol,
        parameters={**CATALOGUE[strategy_id].defaults, **changed},
        version=version,
        source="symbol" if symbol else "global",
        is_override=symbol is not None,
        hash="made",
        changed_at=None,
    )
    configuration, rejected = take_over(defaults(), [level])
    assert not rejected
    return configuration


def live(
    strategy_id: str,
    messages: Iterable[Message],
    configuration: InForce,
    since: float,
    until: float,
    *,
    begin: float = BEGIN,
    step_seconds: float = DECIDE_SECONDS,
) -> list[Key]:
    """What a strategy process would decide about these messages from a moment on: an engine of its own, whose clock is
    set by hand. Where nothing waits, as books do, it may let time pass in longer steps."""
    found: list[Key] = []
    clock = Clock(begin)

    def keep(signal: Signal) -> None:
        if since <= clock.now < until:
            found.append(Key(clock.now, signal.symbol, signal.action, signal.price, signal.confidence))

    engine = Engine([strategy_id], keep, clock=clock)
    engine.strategies.in_force = configuration
    step = 1
    for at, data in messages:
        while begin + step * step_seconds < at:
            clock.now = begin + step * step_seconds
            engine.pass_time()
            step += 1
        clock.now = at
        engine.process(data)
    assert not engine.strategies.failures
    return found


def keys(signals: Iterable[Decided]) -> list[Key]:
    """The same of what a replay brought."""
    return [Key(each.at, each.symbol, each.action, each.price, each.confidence) for each in signals]


def replayed(
    strategy_id: str,
    messages: Sequence[Message],
    configurations: Sequence[Timeline[InForce]],
    *,
    halts: Timeline[Halts] | None = None,
    since: float = BEGIN,
    until: float = BEGIN + SECONDS,
    **options: Any,
) -> Replay:
    """A replay that has taken all of them."""
    replay = Replay(
        strategy_id,
        configurations,
        halts or Timeline(Halts()),
        since=since,
        until=until,
        **options,
    )
    for at, data in messages:
        replay.take(at, data)
    replay.end(until)
    return replay

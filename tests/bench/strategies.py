"""What the strategies cost: from NATS to signals, and what each kind of message takes of it."""

import gc
import time
from statistics import median
from typing import NamedTuple

from configuration.domain.catalogue import CATALOGUE
from strategies.domain.signal import Signal
from strategies.engine import Engine
from tests.bench.cores import divided
from tests.bench.load import Moment, market
from tests.bench.page import table
from tests.bench.reading import Reading, read
from tests.bench.servers import servers

TITLE = "Strategies"
SYMBOLS = 100
BEGIN = 1_800_000_000.0


def section(short: bool) -> str:
    """The strategy process beside an empty handler, and the engine by itself."""
    seconds, rounds = (20, 1) if short else (90, 5)
    moments = list(market(SYMBOLS, seconds, BEGIN))
    pairs = end_to_end(moments, seconds, rounds)
    rows = [
        (f"{ours.rate:,.0f}", f"{bare.rate:,.0f}", f"{ours.rate / bare.rate:.0%}", f"{ours.cpu_us:.1f}")
        for ours, bare in pairs
    ]
    shares = [ours.rate / bare.rate for ours, bare in pairs]
    printed = pairs[-1][0].printed
    return f"""All six strategies in one process, {SYMBOLS} symbols: {len(moments):,} messages, which is what
`simulate_market --scenario signals` sends in {seconds} s (books of 20+20 levels, trades, tickers, touches,
dominance, on-chain flows), as fast as they are taken, beside nats-py with a handler that only counts, in turn.
The engine's clock runs with the market, so that windows are as full as they are live. {divided()}

{table(("strategies, messages/s", "empty handler, messages/s", "share", "strategies, processor µs a message"), rows)}

Median {median(ours.rate for ours, _ in pairs):,.0f} messages/s, {median(shares):.0%} of the empty handler;
{printed["signals"]:,.0f} signals of {printed["strategies"]:.0f} strategies a run.

The engine by itself, from bytes to signals, by kind of message:

{table(("kind", "messages", "µs each", "share of the time"), by_kind(moments))}"""


def end_to_end(moments: list[Moment], seconds: float, rounds: int) -> list[tuple[Reading, Reading]]:
    """(strategies, empty handler) in turn over the same messages."""
    frames, cores = [moment.payload for moment in moments], divided()
    with servers(cores.servers) as environment:
        pairs = [
            (
                read("strategies", frames, environment, cores, str(seconds), str(BEGIN)),
                read("empty", frames, environment, cores),
            )
            for _ in range(rounds)
        ]
    assert not any(ours.printed["failures"] for ours, _ in pairs), pairs
    return pairs


class Cost(NamedTuple):
    """A line of the table."""

    kind: str
    messages: str
    microseconds: str
    share: str


def by_kind(moments: list[Moment]) -> list[Cost]:
    """What the engine takes for each kind, most expensive first."""
    signals: list[Signal] = []
    now = [BEGIN]
    engine = Engine(tuple(CATALOGUE), signals.append, clock=lambda: now[0])
    took: dict[str, list[float]] = {}
    gc.freeze()
    for at, kind, payload in moments:
        now[0] = at
        began = time.perf_counter()
        engine.process(payload)
        took.setdefault(kind, []).append(time.perf_counter() - began)
    gc.unfreeze()
    total = sum(map(sum, took.values()))
    return [
        Cost(kind, f"{len(each):,}", f"{1e6 * sum(each) / len(each):.1f}", f"{sum(each) / total:.0%}")
        for kind, each in sorted(took.items(), key=lambda item: -sum(item[1]))
    ]

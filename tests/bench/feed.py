"""How many depth frames a second one core carries from NATS to stored metrics."""

from statistics import median

from tests.bench.cores import divided
from tests.bench.load import book_frames, of_now
from tests.bench.page import table
from tests.bench.reading import Reading, read
from tests.bench.servers import servers

TITLE = "Feed throughput"


def section(short: bool) -> str:
    """The feed beside an empty handler."""
    frames, rounds = (40_000, 1) if short else (250_000, 5)
    pairs = measure(frames, rounds)
    rows = [
        (f"{ours.rate:,.0f}", f"{bare.rate:,.0f}", f"{ours.rate / bare.rate:.0%}", f"{ours.cpu_us:.1f}")
        for ours, bare in pairs
    ]
    shares = [ours.rate / bare.rate for ours, bare in pairs]
    return f"""Frames a second, 20+20 levels, 100 symbols, from NATS until the last one is stored and pushed, beside
nats-py with a handler that only counts, {frames:,} frames each, in turn. The publisher waits for the reader, so
nothing is dropped, and every frame was accepted. {divided()}

{table(("feed, frames/s", "empty handler, frames/s", "share", "feed, processor µs a frame"), rows)}

Median {median(ours.rate for ours, _ in pairs):,.0f} frames/s, {median(shares):.0%} of the empty handler."""


def measure(count: int, rounds: int) -> list[tuple[Reading, Reading]]:
    """(feed, empty handler) in turn over the same frames of 100 symbols."""
    frames, cores = book_frames(100, count), divided()
    with servers(cores.servers) as environment:
        return [
            (read("feed", of_now(frames), environment, cores), read("empty", frames, environment, cores))
            for _ in range(rounds)
        ]

"""What a frame costs the feed with few and with many symbols."""

from statistics import median

from tests.bench.cores import divided
from tests.bench.load import book_frames
from tests.bench.page import table
from tests.bench.reading import read
from tests.bench.servers import servers

TITLE = "Number of symbols"
COUNTS = (1, 100, 1000, 5000)


def section(short: bool) -> str:
    """Cost of a frame by number of symbols."""
    frames, rounds = (40_000, 1) if short else (250_000, 3)
    costs = measure(frames, rounds)
    rows = [(f"{count:,}", f"{cost:.1f} µs", f"{cost / costs[1]:.2f} ×") for count, cost in costs.items()]
    return f"""Processor time of the whole feed per frame, at full speed, by number of symbols; publishing is in it.
Medians of {rounds} runs of {frames:,} frames in turn. {divided()}

{table(("symbols", "per frame", "against one symbol"), rows)}"""


def measure(count: int, rounds: int) -> dict[int, float]:
    """Median processor microseconds a frame at each number of symbols, runs in turn."""
    batches, cores = {symbols: book_frames(symbols, count) for symbols in COUNTS}, divided()
    costs: dict[int, list[float]] = {symbols: [] for symbols in COUNTS}
    with servers(cores.servers) as environment:
        for _ in range(rounds):
            for symbols, frames in batches.items():
                costs[symbols].append(read("feed", frames, environment, cores).cpu_us)
    return {symbols: median(measured) for symbols, measured in costs.items()}

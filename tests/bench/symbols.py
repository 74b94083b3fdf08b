"""What a frame costs the feed with few and with many symbols."""

from statistics import median

from tests.bench.cores import divided
from tests.bench.load import book_frames, of_now
from tests.bench.page import table
from tests.bench.reading import read
from tests.bench.servers import servers

TITLE = "Number of symbols"
COUNTS = (1, 100, 1000, 5000)


def section(short: bool) -> str:
    """Cost of a frame by number of symbols."""
    frames, rounds = (40_000, 1) if short else (250_000, 5)
    costs = measure(frames, rounds)
    rows = [
        (f"{count:,}", f"{median(each):.1f} µs", *(f"{ratio:.2f} ×" for ratio in against_one(each, costs[1])))
        for count, each in costs.items()
    ]
    return f"""Processor time of the whole feed per frame, at full speed, by number of symbols; publishing is in it.
{rounds} rounds of {frames:,} frames at each number in turn. {divided()} Medians; what a frame costs against one symbol
is taken within each round.

{table(("symbols", "per frame", "against one symbol", "least", "most"), rows)}"""


def against_one(costs: list[float], of_one: list[float]) -> tuple[float, float, float]:
    """Median, smallest and greatest ratio of two costs of one round."""
    ratios = [cost / one for cost, one in zip(costs, of_one, strict=True)]
    return median(ratios), min(ratios), max(ratios)


def measure(count: int, rounds: int) -> dict[int, list[float]]:
    """Processor microseconds a frame at each number of symbols, in every round."""
    batches, cores = {symbols: book_frames(symbols, count) for symbols in COUNTS}, divided()
    costs: dict[int, list[float]] = {symbols: [] for symbols in COUNTS}
    with servers(cores.servers) as environment:
        for _ in range(rounds):
            for symbols, frames in batches.items():
                costs[symbols].append(read("feed", of_now(frames), environment, cores).cpu_us)
    return costs

"""How many depth frames a second one core carries from NATS to stored metrics."""

import json
import subprocess
import sys
from statistics import median

from tests.bench.load import Blaster, book_frames
from tests.bench.servers import ROOT, servers

READER, OTHERS = {0}, {1}
"""The reader has a core to itself; NATS, Valkey and the publisher share the other."""


def run(kind: str, frames: list[bytes], environment: dict[str, str]) -> dict[str, float]:
    """One reader, fresh, takes all frames."""
    command = ["taskset", "-c", "0", sys.executable, "-m", "tests.bench.consumer", kind, str(len(frames))]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        blaster = Blaster(environment["NATS_URL"])
        blaster.blast(frames)
        result = json.loads(reader.stdout.readline())
        blaster.close()
    if kind == "feed":
        assert result["accepted"] == result["messages"] == len(frames), result
    return {
        "rate": result["messages"] / result["wall"],
        "cpu_us": 1e6 * result["cpu"] / result["messages"],
        "cpu_rate": result["messages"] / result["cpu"],
    }


def against_empty_handler(messages: int, pairs: int) -> list[tuple[dict[str, float], dict[str, float]]]:
    """(feed, empty handler) in turn over the same 100-symbol frames."""
    frames = book_frames(100, messages)
    with servers(OTHERS) as environment:
        return [(run("feed", frames, environment), run("empty", frames, environment)) for _ in range(pairs)]


def by_symbols(messages: int, counts: list[int], rounds: int) -> dict[int, float]:
    """Median processor microseconds a frame costs the feed at each number of symbols, runs in turn."""
    batches = {count: book_frames(count, messages) for count in counts}
    costs: dict[int, list[float]] = {count: [] for count in counts}
    with servers(OTHERS) as environment:
        for _ in range(rounds):
            for count, frames in batches.items():
                costs[count].append(run("feed", frames, environment)["cpu_us"])
    return {count: median(measured) for count, measured in costs.items()}

"""The feed as it is beside the feed of an earlier revision: the same frames to both, step by step in turn.

    python -m tests.bench.against REVISION

A machine that does other things as well is faster now and slower then. Two processes that take turns every tenth of a
second are so together, and the ratio of a step is not touched by it: against itself a feed comes out within 2 %.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from markets.simulation.moving import moved
from tests.bench.cores import divided, on
from tests.bench.load import BEGIN, book_frames, of_now
from tests.bench.page import table
from tests.bench.reading import Reading, read
from tests.bench.servers import ROOT, running, servers

TITLE = "The feed beside the feed before liquidity"
BEFORE_LIQUIDITY = "fec06619"
SYMBOLS = 100
PUSH_SECONDS = 0.25
READ, ROUNDS = 150_000, 6
"""Frames that a process takes from NATS, and how often each does."""
FIRST = 3
"""Steps in which everything is new, and which do not count."""


class Load(NamedTuple):
    """How many frames come between two pushes, and how often that is measured."""

    name: str
    frames: int
    steps: int


LOADS = (
    Load("as much as it takes in: 80,000 frames/s", 20_000, 12),
    Load("25,000 frames/s", 6_250, 60),
    Load("10 frames/s a symbol", 250, 400),
)


class Step(NamedTuple):
    """Processor seconds of taking frames in, and of publishing what became of them."""

    taking: float
    publishing: float


Pair = tuple[Step, Step]
"""One step, of the earlier revision and of this one."""


def main(revision: str) -> None:
    """Print how many frames a second it takes, and what a frame costs more or less now."""
    with checked_out(revision) as before, servers(divided().servers) as environment:
        print(from_nats(before, environment, READ, ROUNDS))
        print(measured(before, environment, LOADS))


def section(short: bool) -> str:
    """What order flow, trades, costs and bands of rows, heat maps and medians cost a frame."""
    if not is_known(BEFORE_LIQUIDITY):
        return f"Not measured: {BEFORE_LIQUIDITY} is not in the history of this checkout."
    loads = [load._replace(steps=max(2 * FIRST, load.steps // 10)) for load in LOADS] if short else LOADS
    frames, rounds = (40_000, 1) if short else (READ, ROUNDS)
    with checked_out(BEFORE_LIQUIDITY) as before, servers(divided().servers) as environment:
        whole = from_nats(before, environment, frames, rounds)
        parts = measured(before, environment, loads)
    return f"""The feed as it is and as it was at `{BEFORE_LIQUIDITY}`, the last revision without order flow, trades,
costs, bands and heat maps: each as a process of its own that takes {frames:,} frames of 20+20 levels, {SYMBOLS}
symbols, from NATS as fast as it can, in turn, {rounds} times. Medians, ratios within each turn. {divided()}

{whole}

And what of that is the feed's own: processor time per frame, without NATS. Two processes on one core take the same
frames in turn, a quarter of a second of its clock at a time, and publish to Valkey. Medians of the steps, ratios within
each. Taking a frame in is what every message costs, publishing what every changed symbol costs four times a second,
however many messages came.

{parts}"""


def from_nats(before: Path, environment: dict[str, str], count: int, rounds: int) -> str:
    """A table: frames a second of whole processes, and their processor time a frame."""
    prepared, cores = book_frames(SYMBOLS, count), divided()
    pairs: list[tuple[Reading, Reading]] = []
    for number in range(rounds):
        trees = (before, ROOT) if number % 2 else (ROOT, before)
        found = {tree: read("feed", of_now(prepared), environment, cores, tree=tree) for tree in trees}
        pairs.append((found[before], found[ROOT]))
    theirs, ours = zip(*pairs, strict=True)
    rates = sorted(now.rate / then.rate - 1 for then, now in pairs)
    rows = [
        (
            f"{median(each.rate for each in theirs):,.0f}",
            f"{median(each.rate for each in ours):,.0f}",
            f"{median(rates):+.1%}",
            f"{rates[0]:+.1%} to {rates[-1]:+.1%}",
            f"{median(now.cpu_us / then.cpu_us - 1 for then, now in pairs):+.1%}",
        )
    ]
    return table(("before, frames/s", "now", "ratio", "all rounds", "processor a frame"), rows)


def measured(before: Path, environment: dict[str, str], loads: Sequence[Load]) -> str:
    """A table: before and now at each load, step by step."""
    found = {load: [*steps((before, ROOT), load, environment)] for load in loads}
    rows = [(load.name, *compared(pairs, load)) for load, pairs in found.items()]
    return table(("load", "", "before", "now", "ratio", "middle half", "taking in", "publishing"), rows)


def compared(pairs: Sequence[Pair], load: Load) -> tuple[str, ...]:
    """How many steps, microseconds a frame before and now, and by how much they differ."""
    before, now = ([1e6 * sum(step) / load.frames for step in steps] for steps in zip(*pairs, strict=True))
    ratios = sorted(sum(now) / sum(before) - 1 for before, now in pairs)
    quarter = len(ratios) // 4
    parts = (median(now[part] / before[part] - 1 for before, now in pairs) for part in range(2))
    return (
        f"{len(pairs)} steps",
        f"{median(before):.1f} µs",
        f"{median(now):.1f} µs",
        f"{median(ratios):+.1%}",
        f"{ratios[quarter]:+.1%} to {ratios[-1 - quarter]:+.1%}",
        *(f"{part:+.1%}" for part in parts),
    )


def steps(trees: tuple[Path, Path], load: Load, environment: dict[str, str]) -> Iterator[Pair]:
    """Every step of both; who is first changes."""
    with TemporaryDirectory() as directory, ExitStack() as stack:
        path, begin = Path(directory) / "frames", time.time()
        path.write_bytes(b"\n".join(frames(load, begin)))
        feeds = [stack.enter_context(stepping(tree, path, load, begin, environment)) for tree in trees]
        for number in range(load.steps):
            pair = {feed: step(feed) for feed in (feeds if number % 2 else reversed(feeds))}
            if number >= FIRST:
                yield pair[feeds[0]], pair[feeds[1]]


def frames(load: Load, begin: float) -> Iterator[bytes]:
    """Those of all steps, each with the time at which its step begins."""
    for number, frame in enumerate(book_frames(SYMBOLS, load.frames * load.steps)):
        yield moved(frame, round(1e6 * (begin - BEGIN + number // load.frames * PUSH_SECONDS)))


@contextmanager
def stepping(
    tree: Path, path: Path, load: Load, begin: float, environment: dict[str, str]
) -> Iterator[subprocess.Popen]:
    """A feed of this tree that waits for its first step."""
    script = ROOT / "tests" / "bench" / "stepping.py"
    arguments = [str(path), str(load.frames), str(PUSH_SECONDS), str(begin)]
    command = on(divided().reader, [sys.executable, "-P", str(script), *arguments])
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with running(command, cwd=tree, env=environment | {"PYTHONPATH": str(tree)}, **pipes) as feed:
        assert feed.stdout
        assert feed.stdout.readline() == "ready\n"
        yield feed


def step(feed: subprocess.Popen) -> Step:
    """One more step of a feed, which refuses nothing."""
    assert feed.stdin
    assert feed.stdout
    feed.stdin.write("\n")
    feed.stdin.flush()
    taking, publishing, refused = feed.stdout.readline().split()
    assert refused == "0", f"{refused} frames were refused"
    return Step(float(taking), float(publishing))


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """The tree of a revision, beside this one for the time of the block."""
    with TemporaryDirectory() as directory:
        tree = Path(directory) / "before"
        subprocess.run(
            ["git", "worktree", "add", "--quiet", "--detach", tree, revision], check=True, cwd=ROOT
        )
        try:
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], check=True, cwd=ROOT)


def is_known(revision: str) -> bool:
    """Does the history of this checkout have it?"""
    return not subprocess.run(
        ["git", "cat-file", "-e", f"{revision}^{{commit}}"], cwd=ROOT, stderr=subprocess.DEVNULL
    ).returncode


if __name__ == "__main__":
    main(sys.argv[1])

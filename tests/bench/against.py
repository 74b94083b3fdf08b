"""The feed as it is beside the feed of an earlier revision, in turn over the same frames.

    python -m tests.bench.against REVISION [PAIRS] [FRAMES]

Only ratios within a pair mean something where a machine does other things as well; of many their median does.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.cores import divided
from tests.bench.load import book_frames, of_now
from tests.bench.page import table
from tests.bench.reading import read
from tests.bench.servers import ROOT, servers

TITLE = "The feed beside the feed before liquidity"
BEFORE_LIQUIDITY = "fec06619"
PAIRS, FRAMES, SYMBOLS = 15, 150_000, 100

Pair = tuple[float, float]
"""Processor microseconds a frame, of an earlier revision and of this one."""


def main(revision: str, pairs: int = PAIRS, frames: int = FRAMES) -> None:
    """Print every pair, and what a frame costs more or less now."""
    found = []
    with checked_out(revision) as before:
        for earlier, now in measure(before, pairs, frames):
            found.append((earlier, now))
            print(f"{earlier:6.2f} µs → {now:6.2f} µs  {now / earlier - 1:+.1%}", flush=True)
    print(f"\nProcessor time of a frame of 20+20 levels, {SYMBOLS} symbols, against {revision}:\n")
    print(compared(found))


def section(short: bool) -> str:
    """What order flow, trades, costs and bands of rows, heat maps and medians cost a frame."""
    if not is_known(BEFORE_LIQUIDITY):
        return f"Not measured: {BEFORE_LIQUIDITY} is not in the history of this checkout."
    pairs, frames = (3, 50_000) if short else (PAIRS, FRAMES)
    with checked_out(BEFORE_LIQUIDITY) as before:
        found = [*measure(before, pairs, frames)]
    return f"""Processor time of the whole feed per frame of 20+20 levels at full speed, publishing included, as it is
and as it was at `{BEFORE_LIQUIDITY}`, the last revision without order flow, trades, costs, bands and heat maps:
{frames:,} frames of {SYMBOLS} symbols each, in turn, a fresh process each time. {divided()} Ratios are taken within
each pair.

{compared(found)}"""


def compared(pairs: Sequence[Pair]) -> str:
    """A table of how much more or less a frame costs."""
    ratios = sorted(now / earlier - 1 for earlier, now in pairs)
    quarter = len(ratios) // 4
    middle = ratios[quarter : len(ratios) - quarter]
    before, after = (min(costs) for costs in zip(*pairs, strict=True))
    heads = ("pairs", "fastest before", "fastest now", "", "median of the pairs", "middle half")
    fastest = (f"{before:.1f} µs", f"{after:.1f} µs", f"{after / before - 1:+.1%}")
    row = (str(len(pairs)), *fastest, f"{median(ratios):+.1%}", f"{middle[0]:+.1%} to {middle[-1]:+.1%}")
    return table(heads, [row])


def is_known(revision: str) -> bool:
    """Does the history of this checkout have it?"""
    return not subprocess.run(
        ["git", "cat-file", "-e", f"{revision}^{{commit}}"], cwd=ROOT, stderr=subprocess.DEVNULL
    ).returncode


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


def measure(before: Path, pairs: int, count: int) -> Iterator[Pair]:
    """Each pair in turn; who comes first changes."""
    frames, cores = book_frames(SYMBOLS, count), divided()
    with servers(cores.servers) as environment:
        for number in range(pairs):
            times = {}
            for tree in (before, ROOT) if number % 2 else (ROOT, before):
                times[tree] = read("feed", of_now(frames), environment, cores, tree=tree).cpu_us
            yield times[before], times[ROOT]


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

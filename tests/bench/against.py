"""The feed as it is beside the feed of an earlier revision, in turn over the same frames.

    python -m tests.bench.against REVISION [PAIRS] [FRAMES]

Only ratios within a pair mean something where a machine does other things as well; of many their median does.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.cores import divided
from tests.bench.load import book_frames, of_now
from tests.bench.page import table
from tests.bench.reading import read
from tests.bench.servers import ROOT, servers

PAIRS, FRAMES, SYMBOLS = 15, 150_000, 100


def main(revision: str, pairs: int = PAIRS, frames: int = FRAMES) -> None:
    """Print every pair, and what a frame costs more or less now."""
    found = []
    with checked_out(revision) as before:
        for earlier, now in measure(before, pairs, frames):
            found.append((earlier, now))
            print(f"{earlier:6.2f} µs → {now:6.2f} µs  {now / earlier - 1:+.1%}", flush=True)
    ratios = sorted(now / earlier - 1 for earlier, now in found)
    middle = ratios[len(ratios) // 4 : -(len(ratios) // 4) or None]
    fastest = min(now for _, now in found) / min(earlier for earlier, _ in found) - 1
    heads = ("pairs", "median", "middle half", "fastest of each")
    row = (str(pairs), f"{median(ratios):+.1%}", f"{middle[0]:+.1%} to {middle[-1]:+.1%}", f"{fastest:+.1%}")
    print(f"\nProcessor time of a frame of 20+20 levels, {SYMBOLS} symbols, against {revision}:\n")
    print(table(heads, [row]))


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


def measure(before: Path, pairs: int, count: int) -> Iterator[tuple[float, float]]:
    """Processor microseconds a frame, of the earlier revision and of this one; who comes first changes."""
    frames, cores = book_frames(SYMBOLS, count), divided()
    with servers(cores.servers) as environment:
        for number in range(pairs):
            times = {}
            for tree in (before, ROOT) if number % 2 else (ROOT, before):
                times[tree] = read("feed", of_now(frames), environment, cores, tree=tree).cpu_us
            yield times[before], times[ROOT]


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

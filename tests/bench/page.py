"""How figures stand on the page."""

from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import NamedTuple

import numpy as np

Row = Sequence[object]
WIDTH = 118


class Spread(NamedTuple):
    """What many measurements of one thing show, in their own unit."""

    p50: float
    p95: float
    p99: float
    most: float
    samples: int


def spread(values: Sequence[float]) -> Spread:
    """Percentiles, the largest, and how many there were."""
    array = np.array(values)
    p50, p95, p99 = map(float, np.percentile(array, (50, 95, 99)))
    return Spread(p50, p95, p99, float(array.max()), len(values))


def laid_out(text: str) -> str:
    """Paragraphs filled to the width of the page; tables as they are."""
    blocks = text.strip().split("\n\n")
    return "\n\n".join(block if block.startswith("|") else fill(block, WIDTH) for block in blocks)


def table(head: Row, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    lines = [list(map(str, head)), ["---"] * len(head), *[list(map(str, row)) for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def ms(value: float) -> str:
    return f"{value:.1f} ms" if value < 1000 else f"{value:,.0f} ms"


def spreads(results: dict[str, Spread], what: str = "samples") -> str:
    """A table of milliseconds, one line for each thing that was measured."""
    rows = [
        (name, *map(ms, (found.p50, found.p95, found.p99, found.most)), f"{found.samples:,}")
        for name, found in results.items()
    ]
    return table(("", "p50", "p95", "p99", "max", what), rows)

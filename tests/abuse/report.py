"""What was found, as a table, and which aims were missed."""

from collections.abc import Iterable, Iterator

from tests.abuse.measuring import BACK_SECONDS, Found
from tests.bench.page import ms, table

LARGEST_AGE, LONGEST_ANSWER = 1000.0, 100.0
"""Milliseconds that 99 of a hundred may take."""
HEAD = (
    "flood",
    "opened, refused, ended",
    "age of data",
    "REST",
    "a new page",
    "memory: before, peak, after",
    "of a core",
)


def laid_out(findings: Iterable[Found]) -> str:
    return table(HEAD, map(row, findings))


def row(found: Found) -> tuple[str, ...]:
    _, before, peak, after, seconds = found.memory
    counts = (f"{found.counts[name]:,}" for name in ("opened", "refused", "ended"))
    return (
        found.flood.name,
        ", ".join(counts) if found.flood.kinds else "–",
        *map(time_of, (found.age, found.answer, found.arrival)),
        f"{before:.0f}, {peak:.0f}, {after:.0f} MB after {seconds:.0f} s",
        f"{found.cores:.0%}",
    )


def missed(found: Found) -> Iterator[str]:
    """What honest clients had to suffer that they should not."""
    if found.age is None or found.age >= LARGEST_AGE:
        yield f"data were {time_of(found.age)} old"
    if found.answer is None or found.answer >= LONGEST_ANSWER:
        yield f"answers took {time_of(found.answer)}"
    if not found.memory.is_back:
        yield f"memory was not back after {BACK_SECONDS:.0f} s"
    if found.troubles:
        yield f"{len(found.troubles)} troubles, such as {found.troubles[0]}"


def time_of(value: float | None) -> str:
    return "none" if value is None else ms(value)

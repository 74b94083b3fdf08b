"""How long questions about signals take when very many are kept: the page's, REST's, those of the page of a change, and
the ledger's own."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.bench.ledger_written import KEPT_DAYS, signals
from tests.bench.page import spread

BASE = 10_000
"""Rows that are written one by one; the others are copies of them at other times."""
ROUNDS = 30
SHOWN = 50
DUE = 5_000
"""Of which outcomes are to be looked up."""
Questions = dict[str, Callable[[], Any]]


def fill(rows: int) -> datetime:
    """So many, spread evenly over the days that are kept; when the newest was decided."""
    from django.db import connection
    from django.db.models import F

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
    sent.filter(decided_at__gt=datetime.fromtimestamp(now - DUE / 1000, UTC)).update(due_at=F("decided_at"))
    return datetime.fromtimestamp(now, UTC)


def ask(rows: int) -> dict[str, dict[str, Any]]:
    """Milliseconds of every question of the page and REST, and whether one reads the whole table; and the same of those
    that are bounded by what they say, or are asked beside people."""
    newest = fill(rows)
    middle = newest - timedelta(days=KEPT_DAYS / 2)
    return {
        "page": _asked(of_the_page(newest, middle), ROUNDS),
        "beside": _asked(beside_the_page(newest, middle, rows), ROUNDS // 3),
    }


def of_the_page(newest: datetime, middle: datetime) -> Questions:
    """Of `/signals/`, and of `/api/v1/signals`."""
    from strategies.ledger.reading import Choice, Place, aftermaths, page, tally

    whole = page(Choice(), None, SHOWN)[0]
    behind = Place(middle, UUID(int=0))
    oldest = Place(newest - timedelta(days=KEPT_DAYS - 1), UUID(int=0))
    hour = Choice(part="NONE", start=middle, end=middle + timedelta(hours=1))
    skew = "orderbook_skew"

    def pages(choice: Choice, place: Place | None = behind) -> Callable[[], Any]:
        return lambda: page(choice, place, SHOWN)

    return {
        "what became of the 50 newest": lambda: aftermaths([each.id for each in whole]),
        "the newest": pages(Choice(), None),
        "those of a fortnight ago": pages(Choice()),
        "those of a month ago": pages(Choice(), oldest),
        "of a strategy": pages(Choice(strategy=skew)),
        "about a symbol": pages(Choice(symbol="S0006USDT")),
        "of a strategy about a symbol": pages(Choice(strategy=skew, symbol="S0006USDT")),
        "about a part of a symbol": pages(Choice(part="0007")),
        "sells": pages(Choice(action="sell")),
        "halted": pages(Choice(state="halted")),
        "confidence from 0.9": pages(Choice(min_confidence=0.9)),
        "of a version": pages(Choice(version=3)),
        "of a strategy, sells, halted, confidence from 0.9": pages(
            Choice(strategy=skew, action="sell", state="halted", min_confidence=0.9)
        ),
        "of a version that was never in force": pages(Choice(version=99), None),
        "of an hour, a part of a symbol that is none": pages(hour, None),
        "counts and means of all": lambda: tally(Choice()),
        "counts and means of a strategy": lambda: tally(Choice(strategy=skew, action="buy")),
        "counts and means of a version": lambda: tally(Choice(version=3)),
    }


def beside_the_page(newest: datetime, middle: datetime, rows: int) -> Questions:
    """Summaries, files, the page of a change, and what the ledger asks for itself."""
    from metrics.exceptions import NotTracked
    from strategies.api.export import parts
    from strategies.ledger.pruning import pruning
    from strategies.ledger.reading import Choice, summary
    from strategies.ledger.records import due

    skew = "orderbook_skew"

    def begin(choice: Choice) -> None:
        with suppress(NotTracked):  # with few rows it is known at once that there is none
            parts(choice)

    long_ago = newest - timedelta(days=2 * KEPT_DAYS)

    return {
        "summary by strategy": lambda: summary(Choice(), "strategy"),
        "summary of a strategy by symbol": lambda: summary(Choice(strategy=skew), "symbol"),
        "summary of a strategy by version": lambda: summary(Choice(strategy=skew), "version"),
        "summary of a symbol": lambda: summary(Choice(symbol="S0006USDT"), "symbol"),
        "summary of a strategy's day by hour": lambda: summary(
            Choice(strategy=skew, start=newest - timedelta(days=1)), "hour"
        ),
        "a file of all, until it begins": lambda: begin(Choice()),
        "a file of a version that was never in force, until it begins": lambda: begin(Choice(version=99)),
        "the page of a change for all symbols": effect_of_a_change(None, middle),
        "the page of a change for a symbol": effect_of_a_change("S0006USDT", middle),
        "1,000 outcomes that are due": lambda: due(newest, 1_000, timedelta(days=KEPT_DAYS)),
        "a step of counting those that are too many": lambda: next(pruning(long_ago, KEPT_DAYS, rows // 2)),
    }


def effect_of_a_change(symbol: str | None, at: datetime) -> Callable[[], Any]:
    """What a change did that was made then: all that its page asks of the database."""
    from django.db.models import QuerySet

    from configuration import services
    from configuration.models import Source, StrategyConfig
    from configuration.services import Author
    from effects.effect import effect_of

    author = Author(source=Source.ADMIN, name="bench", reason="to be measured")
    change = services.write("orderbook_skew", symbol, {"top_levels": 7}, author=author).change
    assert change is not None
    QuerySet(StrategyConfig.history.model).filter(pk=change.history_id).update(history_date=at)
    dated = StrategyConfig.history.get(pk=change.history_id)
    return lambda: effect_of(dated, datetime.now(UTC), may_see_alerts=True)


def _asked(questions: Questions, rounds: int) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    found = {}
    for name, question in questions.items():
        with CaptureQueriesContext(connection) as asked:
            question()
        times = [_timed(question) for _ in range(rounds)]
        found[name] = {"spread": spread(times), "scans": any(_scans(each["sql"]) for each in asked)}
    return found


def _timed(question: Callable[[], Any]) -> float:
    began = time.perf_counter()
    question()
    return 1000 * (time.perf_counter() - began)


def _scans(sql: str) -> bool:
    """Does the plan of a question read the ledger from end to end?"""
    from django.db import connection

    from strategies.ledger.records import TABLE

    explain = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        cursor.execute(f"{explain} {sql}")
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())
    lines = [line for line in plan.splitlines() if TABLE in line]
    return any("Seq Scan" in line or (line.startswith("SCAN") and "INDEX" not in line) for line in lines)

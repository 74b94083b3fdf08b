"""Signals on their way to the ledger: in bulk, bounded, and never in anybody's way."""

import asyncio
from functools import partial

import pytest
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from django.db import DataError, OperationalError

from strategies.ledger import writer
from strategies.ledger.writer import SENT, Kept, Ledger
from strategies.models import SignalRecord
from tests.factories import Clock
from tests.strategies.ledger.database import Rows
from tests.strategies.ledger.signals import HALTED, TOO_OLD, signal

KEPT = Kept(30, 1_000)


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def ledger(rows: Rows) -> Ledger:
    return Ledger(KEPT, int, write_rows=rows.write)


def test_what_was_put_is_written_in_parts_with_what_became_of_it(ledger: Ledger, rows: Rows, monkeypatch):
    monkeypatch.setattr(writer, "AT_ONCE", 2)
    signals = [signal(second) for second in range(5)]
    for each in signals[:4]:
        ledger.put(each)
    ledger.put(signals[4], HALTED)
    ledger.put_right(signals[3].id, TOO_OLD)
    assert len(ledger) == 5
    assert async_to_sync(ledger.write_once)()
    assert rows.parts == [2, 2, 1]
    assert list(rows.fates.values()) == [SENT, SENT, SENT, TOO_OLD, HALTED]
    ledger.put_right(signals[0].id, HALTED)
    assert async_to_sync(ledger.write_once)()
    assert rows.fates[signals[0].id] == HALTED
    assert (len(ledger), ledger.dropped) == (0, 0)


def test_while_the_database_is_away_signals_wait_and_a_busy_strategy_pushes_out_only_its_own(
    ledger: Ledger, rows: Rows, monkeypatch
):
    monkeypatch.setattr(writer, "MOST_WAITING", 3)
    rows.error = OperationalError("away")
    rare, busy = signal(0, "btc_dominance"), [signal(second) for second in range(5)]
    ledger.put(rare)
    for each in busy[:3]:
        ledger.put(each)
    ledger.put_right(busy[2].id, HALTED)
    assert not async_to_sync(ledger.write_once)()
    for each in busy[3:]:
        ledger.put(each)
    assert (len(ledger), ledger.dropped) == (4, 2)
    rows.error = None
    assert async_to_sync(ledger.write_once)()
    assert [name for name in rows.fates if name != rare.id] == [each.id for each in busy[2:]]
    assert rare.id in rows.fates
    assert rows.fates[busy[2].id] == HALTED


def test_what_comes_while_a_part_fails_stands_behind_it(ledger: Ledger, rows: Rows, monkeypatch):
    monkeypatch.setattr(writer, "MOST_WAITING", 3)
    first, late = [signal(second) for second in range(3)], signal(3)
    for each in first:
        ledger.put(each)
    rows.answers.clear()
    rows.error = OperationalError("away")

    async def fail_meanwhile() -> None:
        writing = asyncio.create_task(ledger.write_once())
        await asyncio.sleep(0)
        ledger.put(late)
        rows.answers.set()
        assert not await writing

    async_to_sync(fail_meanwhile)()
    assert (len(ledger), ledger.dropped) == (3, 1)
    rows.error = None
    async_to_sync(ledger.write_once)()
    assert list(rows.fates) == [each.id for each in (*first[1:], late)]


def test_what_the_database_refuses_is_counted_and_holds_up_nothing(ledger: Ledger, rows: Rows):
    rows.error = DataError("no such number")
    ledger.put(signal(0))
    assert async_to_sync(ledger.write_once)()
    assert (len(ledger), ledger.dropped) == (0, 1)


def test_what_cannot_be_made_a_row_of_is_counted_as_dropped(ledger: Ledger, rows: Rows):
    rows.error = ValueError("no such id")
    ledger.put(signal(0))
    with pytest.raises(ValueError, match="no such id"):
        async_to_sync(ledger.write_once)()
    assert (len(ledger), ledger.dropped) == (0, 1)


def test_corrections_are_bounded_too(ledger: Ledger, rows: Rows, monkeypatch):
    monkeypatch.setattr(writer, "MOST_CORRECTED", 2)
    signals = [signal(second) for second in range(3)]
    for each in signals:
        ledger.put(each)
        ledger.put_right(each.id, HALTED)
    async_to_sync(ledger.write_once)()
    assert list(rows.fates.values()) == [SENT, HALTED, HALTED]
    assert ledger.dropped == 1


def test_a_database_that_hangs_holds_up_no_other_question(ledger: Ledger, rows: Rows):
    """Configuration and halts are asked for in the thread that all other questions share."""
    ledger.put(signal(0))
    rows.answers.clear()

    async def ask_meanwhile() -> None:
        writing = asyncio.create_task(ledger.write_once())
        await asyncio.sleep(0)
        assert await database_sync_to_async(lambda: "answered")() == "answered"
        assert not writing.done()
        rows.answers.set()
        assert await writing

    async_to_sync(ask_meanwhile)()


def test_looking_back_goes_on_while_anything_is_due_and_ends_where_that_is_very_much():
    left = [3, 2, 1, 0, 9]
    ledger = Ledger(KEPT, partial(left.pop, 0))
    assert async_to_sync(ledger.look_back_once)()
    assert left == [9]
    looked: list[int] = []

    def endless() -> int:
        looked.append(1)
        return 1_000

    async_to_sync(Ledger(KEPT, endless).look_back_once)()
    assert len(looked) == writer.PARTS_AT_ONCE


def test_a_round_that_took_long_is_followed_by_the_next_at_once(rows: Rows, monkeypatch):
    now, took = [0.0], [0.25, 3.0, 0.0]
    pauses: list[float] = []

    def look() -> int:
        now[0] += took[len(pauses)]
        return 0

    async def pause(stop: asyncio.Event, seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == len(took):
            stop.set()

    monkeypatch.setattr(writer, "monotonic", lambda: now[0])
    monkeypatch.setattr(writer, "pause", pause)
    monkeypatch.setattr(writer, "pruning", lambda *_: iter(()))
    async_to_sync(Ledger(KEPT, look, write_rows=rows.write).run)(asyncio.Event())
    assert pauses == [0.75, 0.0, 1.0]


def test_looking_back_waits_for_a_database_that_is_away():
    def away() -> int:
        raise OperationalError("away")

    assert not async_to_sync(Ledger(KEPT, away).look_back_once)()


def test_a_mistake_in_the_ledger_ends_nothing_and_is_counted(rows: Rows):
    stop = asyncio.Event()

    def mistaken() -> int:
        stop.set()
        raise KeyError("no such span")

    ledger = Ledger(KEPT, mistaken, write_rows=rows.write)
    ledger.put(signal(0))
    async_to_sync(ledger.run)(stop)
    assert ledger.errors == {"KeyError": 1}
    assert len(rows.fates) == 1


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_a_process_that_ends_writes_what_waits_and_another_prunes_it(clock: Clock):
    ledger = Ledger(Kept(1, 1_000), int, clock=clock)
    ledger.put(signal(0))

    async def run_and_end() -> None:
        stop = asyncio.Event()
        stop.set()
        await ledger.run(stop)
        await ledger.leave()

    async_to_sync(run_and_end)()
    assert SignalRecord.objects.count() == 1
    clock.advance(86_401)
    later = Ledger(Kept(1, 1_000), int, clock=clock)

    async def prune_and_end() -> None:
        assert [await later.prune_once(), await later.prune_once()] == [True, False]
        await later.leave()

    async_to_sync(prune_and_end)()
    assert SignalRecord.objects.count() == 0

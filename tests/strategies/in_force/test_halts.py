"""Halts and resumptions from the database, the file of the machine and the bus, and which of them count."""

import time

import pytest

from halts import emergency_file, in_process
from halts.domain import Scope
from halts.emergency_file import EmergencyHalts
from tests.strategies.in_force.process import PAST, Database, Process, halted
from tests.strategies.scenes import START
from tests.strategies.test_engine import resolved

# The database is asked by hand, but the way there looks after the connection of the test.
pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_halt_in_the_database_is_in_force_after_one_refresh(tmp_path):
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path)
    process.refresh()
    database.set(resolved("orderbook_skew"), halts=[halted()])
    process.refresh()
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    database.set(resolved("orderbook_skew"), halts=[halted(START + 1, halted=False)])
    process.refresh()
    assert not process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_halt_issued_on_this_machine_is_found_and_handed_over_when_the_database_is_back(tmp_path, adopted):
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path)
    process.refresh()
    database.is_away = True
    process.refresh()
    EmergencyHalts(tmp_path).add(halted(START + 50))
    process.keeper.halts.watch_once()
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    process.refresh()
    assert adopted == []
    database.is_away = False
    process.refresh()
    assert adopted == [halted(START + 50)]
    database.set(resolved("orderbook_skew"), halts=[halted(START + 50)])
    process.refresh()
    assert adopted == [halted(START + 50)]
    database.set(resolved("orderbook_skew"), halts=[halted(START + 60, halted=False)])
    process.refresh()
    assert not process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")  # a later word lifts it


def test_what_is_heard_on_the_bus_survives_a_restart(tmp_path):
    database = Database(resolved("orderbook_skew"))
    first = Process(database, tmp_path)
    first.refresh()
    database.is_away = True
    first.hear(halted(START + 50))
    assert first.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    second = Process(database, tmp_path)
    second.refresh()
    assert second.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    second.hear(halted(START + 51, halted=False))
    second.hear(halted(START + 50))  # late and old
    assert not second.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_resumption_on_the_bus_lifts_nothing_while_the_database_answers(tmp_path, adopted):
    database = Database(resolved("orderbook_skew"), halts=[halted(START + 40)])
    process = Process(database, tmp_path)
    process.refresh()
    process.hear(halted(START + 50, halted=False))
    assert process.keeper.woken.is_set()  # the database is asked whether it is so
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    process.refresh()
    database.is_away = True
    process.refresh()
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")  # it has been asked since
    assert adopted == []


def test_a_resumption_on_the_bus_counts_once_the_database_is_found_away(tmp_path):
    database = Database(resolved("orderbook_skew"), halts=[halted(START + 40)])
    process = Process(database, tmp_path)
    process.refresh()
    database.is_away = True
    process.hear(halted(START + 50, halted=False))
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    process.refresh()
    assert not process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_resumption_on_the_bus_ends_when_the_database_is_back_and_never_goes_on_record(tmp_path, adopted):
    database = Database(resolved("orderbook_skew"), halts=[halted(START + 40)])
    process = Process(database, tmp_path)
    process.refresh()
    database.is_away = True
    process.refresh()
    process.hear(halted(START + 50, halted=False))
    assert not process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    database.is_away = False
    process.refresh()
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    assert adopted == []
    database.set(resolved("orderbook_skew"), halts=[halted(START + 50, halted=False)])
    process.refresh()
    assert not process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_resumption_issued_on_this_machine_counts_and_is_handed_over(tmp_path, adopted):
    database = Database(resolved("orderbook_skew"), halts=[halted(PAST)])
    process = Process(database, tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(halted(PAST + 10, halted=False))
    process.keeper.halts.watch_once()
    process.refresh()
    assert not process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    assert adopted == [halted(PAST + 10, halted=False)]


def test_a_resumption_in_the_file_that_is_dated_after_its_writing_is_none(tmp_path, adopted):
    process = Process(Database(resolved("orderbook_skew"), halts=[halted(PAST)]), tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(halted(time.time() + 60, halted=False))
    process.keeper.halts.watch_once()
    process.refresh()
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    assert adopted == []


def test_a_halt_in_the_file_that_is_dated_ahead_counts_as_found_now_for_everybody(tmp_path, adopted):
    ahead, bitcoin = START + 3600, halted(START + 90, Scope("", "BTCUSDT"))
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(bitcoin)
    EmergencyHalts(tmp_path).add(halted(ahead))
    process.keeper.halts.watch_once()
    assert process.engine.strategies.halts.records == {Scope(): halted(START + 100), bitcoin.scope: bitcoin}
    process.clock.now += 10
    beside = Process(database, tmp_path)  # another of this machine finds what the first has written
    beside.clock.now += 10
    beside.refresh()
    assert beside.engine.strategies.halts == process.engine.strategies.halts
    process.refresh()
    assert [record.at for record in adopted] == [START + 90, START + 100] * 2
    database.set(resolved("orderbook_skew"), halts=[halted(START + 105, halted=False)])
    process.refresh()
    assert list(process.engine.strategies.halts.records) == [bitcoin.scope]  # what was decided later holds


def test_a_halt_from_the_future_is_never_taken_for_older_than_the_word_it_came_after(tmp_path):
    resumed = halted(START + 130, halted=False)  # by a clock ahead of this one
    process = Process(Database(resolved("orderbook_skew"), halts=[resumed]), tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(halted(4e9))
    process.keeper.halts.watch_once()
    assert process.engine.strategies.halts.records == {Scope(): halted(START + 130)}


def test_a_halt_from_the_future_that_was_lifted_under_its_date_stays_lifted(tmp_path):
    lifted = halted(START + 3600.001, halted=False)
    EmergencyHalts(tmp_path).add(halted(START + 3600))
    process = Process(Database(resolved("orderbook_skew"), halts=[lifted]), tmp_path)
    process.refresh()
    assert not process.engine.strategies.halts.records
    process.keeper.halts.watch_once()
    assert not process.engine.strategies.halts.records


def test_a_halt_from_the_future_in_a_file_nobody_may_write_counts_all_the_same(tmp_path, monkeypatch):
    process = Process(Database(resolved("orderbook_skew")), tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(halted(4e9))

    def refuse(path, content):
        raise PermissionError(path)

    monkeypatch.setattr(emergency_file, "write_whole", refuse)
    process.keeper.halts.watch_once()
    assert process.engine.strategies.halts.records == {Scope(): halted(START + 100)}


def test_a_halt_on_the_bus_that_is_dated_ahead_counts_as_issued_now(tmp_path, adopted):
    bitcoin = Scope("", "BTCUSDT")
    resumed = halted(START + 130, halted=False)  # by a clock ahead of this one
    process = Process(Database(resolved("orderbook_skew"), halts=[resumed]), tmp_path)
    process.refresh()
    process.hear(halted(4e9))
    process.hear(halted(4e9, bitcoin))
    assert process.engine.strategies.halts.records == {
        Scope(): halted(START + 130),
        bitcoin: halted(START + 100, bitcoin),
    }
    process.refresh()
    assert [record.at for record in adopted] == [START + 130, START + 100]


def test_a_disk_that_refuses_does_not_keep_a_halt_from_landing(tmp_path):
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path / "file" / "in")
    process.refresh()
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a directory should be")
    process.keeper.halts._file = EmergencyHalts(blocked)
    process.hear(halted(START + 50))
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_broken_halt_file_changes_nothing(tmp_path):
    process = Process(Database(resolved("orderbook_skew")), tmp_path)
    process.refresh()
    process.hear(halted(START + 50))
    (tmp_path / "halts.json").write_text("{")
    process.keeper.halts.watch_once()
    (tmp_path / "halts.json").unlink()
    (tmp_path / "halts.json").mkdir()
    process.keeper.halts.watch_once()
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_halt_that_could_not_be_written_holds_when_the_file_changes_and_is_written_with_the_next(
    tmp_path, monkeypatch
):
    process = Process(Database(resolved("orderbook_skew")), tmp_path)
    process.refresh()

    def full(path, content):
        raise OSError("no space left")

    bitcoin, ether = Scope("", "BTCUSDT"), Scope("", "ETHUSDT")
    with monkeypatch.context() as patched:
        patched.setattr(emergency_file, "write_whole", full)
        process.hear(halted(START + 50, bitcoin))
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    EmergencyHalts(tmp_path).add(halted(START + 51, ether))
    process.keeper.halts.watch_once()
    assert set(process.engine.strategies.halts.records) == {bitcoin, ether}
    process.hear(halted(START + 52, Scope("", "SOLUSDT")))
    beside = Process(Database(resolved("orderbook_skew")), tmp_path)
    beside.refresh()
    assert bitcoin in beside.engine.strategies.halts.records


def test_halts_on_record_leave_room_for_others_on_the_bus(tmp_path, monkeypatch):
    monkeypatch.setattr(in_process, "MOST_SYMBOLS", 3)
    recorded = [halted(START + 40, Scope("", f"A{number}USDT")) for number in range(3)]
    process = Process(Database(resolved("orderbook_skew"), halts=recorded), tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(*recorded)
    process.keeper.halts.watch_once()
    process.hear(halted(START + 50, Scope("", "BTCUSDT")))
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_halt_right_after_a_resumption_is_not_taken_for_a_repetition(tmp_path):
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path)
    process.refresh()
    process.hear(halted(START + 99.5))
    database.set(resolved("orderbook_skew"), halts=[halted(START + 99.7, halted=False)])
    process.refresh()
    assert not process.engine.strategies.halts.records
    process.hear(halted(START + 99.9))
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")

"""Keeping the engine on what is in force, step by step; the database's answers are given by hand."""

import asyncio
import threading
import time

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError

from configuration.domain.halts import HaltRecord, Scope
from strategies import configuration_in_force, state_files
from strategies.configuration_in_force import ConfigurationInForce, pause_after
from strategies.configuration_source import Loaded
from strategies.domain.signal import Signal
from strategies.engine import Engine
from strategies.state_files import EmergencyHalts, LastKnownGood
from tests.strategies.scenes import START
from tests.strategies.test_engine import Clock, depth, resolved

# The database is asked by hand, but the way there looks after the connection of the test.
pytestmark = pytest.mark.django_db
SKEW = ("orderbook_skew", None)
PAST = 1_700_000_000.0


class Database:
    """Answers like the real source, or is away."""

    def __init__(self, *levels, halts=()):
        self.loaded = Loaded("1", list(levels), list(halts))
        self.is_away = False
        self.asked = 0

    def set(self, *levels, halts=()):
        self.loaded = Loaded(str(int(self.loaded.token) + 1), list(levels), list(halts))

    def __call__(self, known_token):
        self.asked += 1
        if self.is_away:
            raise OperationalError("away")
        return None if known_token == self.loaded.token else self.loaded


@pytest.fixture(autouse=True)
def adopted(monkeypatch):
    taken: list[HaltRecord] = []
    monkeypatch.setattr(configuration_in_force, "adopt", taken.extend)
    return taken


class Process:
    def __init__(self, database, directory, strategies=("orderbook_skew",)):
        self.clock = Clock(START + 100)
        self.signals: list[Signal] = []
        self.engine = Engine(strategies, self.signals.append, clock=self.clock)
        self.keeper = ConfigurationInForce(
            self.engine,
            LastKnownGood(directory),
            EmergencyHalts(directory),
            read=database,
            clock=self.clock,
        )

    def refresh(self):
        async_to_sync(self.keeper.refresh_once)()

    def used(self, symbol="BTCUSDT"):
        return self.engine.in_force.of("orderbook_skew", symbol).used


EVERYTHING = Scope()


def halted(at=START, scope=EVERYTHING, halted=True):
    return HaltRecord(**scope._asdict(), halted=halted, reason="why", actor="somebody", at=at)


def test_nothing_leaves_before_anything_is_known(tmp_path):
    process = Process(Database(resolved("orderbook_skew")), tmp_path)
    process.engine.process(depth(2, 1, 1))
    assert process.signals == []
    assert process.engine.suppressed == {"orderbook_skew": 1}
    process.refresh()
    process.engine.process(depth(1, 1, 2))
    process.engine.process(depth(2, 1, 3))
    assert len(process.signals) == 1


def test_a_change_is_in_use_after_one_refresh_and_its_lag_is_measured(tmp_path):
    database = Database(resolved("orderbook_skew", version=1))
    process = Process(database, tmp_path)
    process.refresh()
    assert process.keeper.receipts[SKEW].lag is None  # it was saved before this process ran
    database.set(resolved("orderbook_skew", version=2, top_levels=7))
    process.clock.now = START + 0.4
    process.refresh()
    receipt = process.keeper.receipts[SKEW]
    assert (receipt.version, receipt.hash, receipt.applied_at) == (2, "hash of 2", START + 0.4)
    assert receipt.lag == pytest.approx(0.4)
    assert process.keeper.lags.counts[3] == 1
    assert process.used().parameters["top_levels"] == 7


def test_what_did_not_change_keeps_its_receipt(tmp_path):
    database = Database(resolved("orderbook_skew"), resolved("orderbook_skew", "BTCUSDT", 4))
    process = Process(database, tmp_path)
    process.refresh()
    before = process.keeper.receipts["orderbook_skew", "BTCUSDT"]
    database.set(resolved("orderbook_skew", version=2), resolved("orderbook_skew", "BTCUSDT", 4))
    process.clock.now += 5
    process.refresh()
    assert process.keeper.receipts["orderbook_skew", "BTCUSDT"] == before
    assert process.keeper.receipts[SKEW].version == 2
    database.set(resolved("orderbook_skew", version=2))
    process.refresh()
    assert ("orderbook_skew", "BTCUSDT") not in process.keeper.receipts
    assert process.used().version == 2


def test_without_news_it_is_one_small_question(tmp_path):
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path)
    process.refresh()
    in_force = process.engine.in_force
    process.refresh()
    assert database.asked == 2
    assert process.engine.in_force is in_force


def test_a_set_it_must_reject_keeps_the_old_one_and_says_why(tmp_path):
    database = Database(resolved("orderbook_skew", version=1))
    process = Process(database, tmp_path)
    process.refresh()
    bad = resolved("orderbook_skew", version=2, top_levels=100_000, buy_threshold="much")
    database.set(bad, resolved("orderbook_skew", "ETHUSDT", 3, top_levels=9))
    process.refresh()
    assert process.used().version == 1
    receipt = process.keeper.receipts[SKEW]
    assert (receipt.version, receipt.hash) == (1, "hash of 1")
    assert receipt.rejected == "top_levels must be <= 20, got 100000; buy_threshold must be a number"
    assert process.used("ETHUSDT").version == 3  # the good level is in use all the same
    database.set(resolved("orderbook_skew", version=3))
    process.refresh()
    assert process.keeper.receipts[SKEW].rejected is None
    assert process.used().version == 3


def test_a_restart_on_a_rejected_set_goes_back_to_the_last_good_one(tmp_path):
    database = Database(resolved("orderbook_skew", version=1, top_levels=3))
    Process(database, tmp_path).refresh()
    database.set(resolved("orderbook_skew", version=2, top_levels=0))
    Process(database, tmp_path).refresh()
    restarted = Process(database, tmp_path)
    restarted.refresh()
    assert restarted.used().version == 1
    assert restarted.used().parameters["top_levels"] == 3
    assert restarted.keeper.receipts[SKEW].rejected


def test_while_the_database_is_away_the_configuration_stays(tmp_path):
    database = Database(resolved("orderbook_skew", version=5))
    process = Process(database, tmp_path)
    process.refresh()
    database.is_away = True
    process.refresh()
    assert (process.keeper.database_answers, process.keeper.source) == (False, "database")
    assert process.used().version == 5
    database.is_away = False
    database.set(resolved("orderbook_skew", version=6))
    process.refresh()
    assert process.keeper.database_answers
    assert process.used().version == 6


def test_a_restart_without_the_database_runs_on_the_last_known_good_and_says_so(tmp_path):
    database = Database(
        resolved("orderbook_skew", version=5, top_levels=3), halts=[halted(scope=Scope("", "ETHUSDT"))]
    )
    Process(database, tmp_path).refresh()
    database.is_away = True
    restarted = Process(database, tmp_path)
    assert restarted.engine.halts.is_halted("orderbook_skew", "BTCUSDT")  # until the database has been asked
    restarted.refresh()
    assert (restarted.keeper.source, restarted.keeper.database_answers) == ("disk", False)
    assert restarted.used().version == 5
    assert not restarted.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
    assert restarted.engine.halts.is_halted("orderbook_skew", "ETHUSDT")
    database.is_away = False
    restarted.refresh()
    assert restarted.keeper.source == "database"


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"token":'])
def test_with_neither_database_nor_a_readable_file_nothing_leaves(tmp_path, content):
    if content is not None:
        (tmp_path / "last_known_good.json").write_bytes(content)
    database = Database()
    database.is_away = True
    process = Process(database, tmp_path)
    process.refresh()
    assert process.keeper.source == "none"
    assert process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_database_that_hangs_counts_as_away_and_collects_no_threads(tmp_path, monkeypatch):
    monkeypatch.setattr(configuration_in_force, "ANSWER_SECONDS", 0.05)
    answer, asked = threading.Event(), []

    def hang(_token):
        asked.append(1)
        answer.wait(10)
        return Loaded("1", [resolved("orderbook_skew", version=9)], [])

    process = Process(hang, tmp_path)

    async def ask_thrice():
        for _ in range(3):
            await process.keeper.refresh_once()
        assert process.keeper.source == "none"
        answer.set()
        while process.keeper.source == "none":
            await process.keeper.refresh_once()

    async_to_sync(ask_thrice)()
    assert len(asked) == 1
    assert process.used().version == 9


def test_a_halt_in_the_database_is_in_force_after_one_refresh(tmp_path):
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path)
    process.refresh()
    database.set(resolved("orderbook_skew"), halts=[halted()])
    process.refresh()
    assert process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
    database.set(resolved("orderbook_skew"), halts=[halted(START + 1, halted=False)])
    process.refresh()
    assert not process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_halt_said_on_this_machine_is_found_and_handed_over_when_the_database_is_back(tmp_path, adopted):
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path)
    process.refresh()
    database.is_away = True
    process.refresh()
    EmergencyHalts(tmp_path).add(halted(START + 50))
    process.keeper.watch_emergency_once()
    assert process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
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
    assert not process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")  # a later word lifts it


def test_what_is_heard_on_the_bus_survives_a_restart(tmp_path):
    database = Database(resolved("orderbook_skew"))
    first = Process(database, tmp_path)
    first.refresh()
    database.is_away = True
    first.keeper.hear(halted(START + 50))
    assert first.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
    second = Process(database, tmp_path)
    second.refresh()
    assert second.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
    second.keeper.hear(halted(START + 51, halted=False))
    second.keeper.hear(halted(START + 50))  # late and old
    assert not second.engine.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_resumption_on_the_bus_lifts_nothing_while_the_database_answers(tmp_path, adopted):
    database = Database(resolved("orderbook_skew"), halts=[halted(START + 40)])
    process = Process(database, tmp_path)
    process.refresh()
    process.keeper.hear(halted(START + 50, halted=False))
    assert process.keeper.woken.is_set()  # the database is asked whether it is so
    assert process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
    process.refresh()
    database.is_away = True
    process.refresh()
    assert process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")  # it has been asked since
    assert adopted == []


def test_a_resumption_on_the_bus_counts_once_the_database_is_found_away(tmp_path):
    database = Database(resolved("orderbook_skew"), halts=[halted(START + 40)])
    process = Process(database, tmp_path)
    process.refresh()
    database.is_away = True
    process.keeper.hear(halted(START + 50, halted=False))
    assert process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
    process.refresh()
    assert not process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_resumption_on_the_bus_ends_when_the_database_is_back_and_never_goes_on_record(tmp_path, adopted):
    database = Database(resolved("orderbook_skew"), halts=[halted(START + 40)])
    process = Process(database, tmp_path)
    process.refresh()
    database.is_away = True
    process.refresh()
    process.keeper.hear(halted(START + 50, halted=False))
    assert not process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
    database.is_away = False
    process.refresh()
    assert process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
    assert adopted == []
    database.set(resolved("orderbook_skew"), halts=[halted(START + 50, halted=False)])
    process.refresh()
    assert not process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_resumption_said_on_this_machine_counts_and_is_handed_over(tmp_path, adopted):
    database = Database(resolved("orderbook_skew"), halts=[halted(PAST)])
    process = Process(database, tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(halted(PAST + 10, halted=False))
    process.keeper.watch_emergency_once()
    process.refresh()
    assert not process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
    assert adopted == [halted(PAST + 10, halted=False)]


def test_a_resumption_in_the_file_that_is_dated_after_its_writing_is_none(tmp_path, adopted):
    process = Process(Database(resolved("orderbook_skew"), halts=[halted(PAST)]), tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(halted(time.time() + 60, halted=False))
    process.keeper.watch_emergency_once()
    process.refresh()
    assert process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")
    assert adopted == []


def test_a_halt_in_the_file_that_is_dated_ahead_counts_as_found_now_for_everybody(tmp_path, adopted):
    ahead, bitcoin = START + 3600, halted(START + 90, Scope("", "BTCUSDT"))
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(bitcoin)
    EmergencyHalts(tmp_path).add(halted(ahead))
    process.keeper.watch_emergency_once()
    assert process.engine.halts.records == {Scope(): halted(START + 100), bitcoin.scope: bitcoin}
    process.clock.now += 10
    beside = Process(database, tmp_path)  # another of this machine finds what the first has written
    beside.clock.now += 10
    beside.refresh()
    assert beside.engine.halts == process.engine.halts
    process.refresh()
    assert [record.at for record in adopted] == [START + 90, START + 100] * 2
    database.set(resolved("orderbook_skew"), halts=[halted(START + 105, halted=False)])
    process.refresh()
    assert list(process.engine.halts.records) == [bitcoin.scope]  # what was decided later holds


def test_a_halt_from_the_future_is_never_taken_for_older_than_the_word_it_came_after(tmp_path):
    resumed = halted(START + 130, halted=False)  # by a clock ahead of this one
    process = Process(Database(resolved("orderbook_skew"), halts=[resumed]), tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(halted(4e9))
    process.keeper.watch_emergency_once()
    assert process.engine.halts.records == {Scope(): halted(START + 130)}


def test_a_halt_from_the_future_that_was_lifted_under_its_date_stays_lifted(tmp_path):
    lifted = halted(START + 3600.001, halted=False)
    EmergencyHalts(tmp_path).add(halted(START + 3600))
    process = Process(Database(resolved("orderbook_skew"), halts=[lifted]), tmp_path)
    process.refresh()
    assert not process.engine.halts.records
    process.keeper.watch_emergency_once()
    assert not process.engine.halts.records


def test_a_halt_from_the_future_in_a_file_nobody_may_write_counts_all_the_same(tmp_path, monkeypatch):
    process = Process(Database(resolved("orderbook_skew")), tmp_path)
    process.refresh()
    EmergencyHalts(tmp_path).add(halted(4e9))

    def refuse(path, content):
        raise PermissionError(path)

    monkeypatch.setattr(state_files, "_replace", refuse)
    process.keeper.watch_emergency_once()
    assert process.engine.halts.records == {Scope(): halted(START + 100)}


def test_a_halt_on_the_bus_that_is_dated_ahead_counts_as_said_now(tmp_path, adopted):
    bitcoin = Scope("", "BTCUSDT")
    resumed = halted(START + 130, halted=False)  # by a clock ahead of this one
    process = Process(Database(resolved("orderbook_skew"), halts=[resumed]), tmp_path)
    process.refresh()
    process.keeper.hear(halted(4e9))
    process.keeper.hear(halted(4e9, bitcoin))
    assert process.engine.halts.records == {
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
    process.keeper._emergency = EmergencyHalts(blocked)
    process.keeper.hear(halted(START + 50))
    assert process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_a_broken_halt_file_changes_nothing(tmp_path):
    process = Process(Database(resolved("orderbook_skew")), tmp_path)
    process.refresh()
    process.keeper.hear(halted(START + 50))
    (tmp_path / "halts.json").write_text("{")
    process.keeper.watch_emergency_once()
    (tmp_path / "halts.json").unlink()
    (tmp_path / "halts.json").mkdir()
    process.keeper.watch_emergency_once()
    assert process.engine.halts.is_halted("orderbook_skew", "BTCUSDT")


def test_files_are_replaced_whole_and_leave_nothing_behind(tmp_path):
    file = LastKnownGood(tmp_path)
    for token in "123":
        file.save(Loaded(token, [resolved("orderbook_skew")], [halted()]))
    assert file.load() == Loaded("3", [resolved("orderbook_skew")], [halted()])
    assert [path.name for path in tmp_path.iterdir()] == ["last_known_good.json"]


def test_a_slow_answer_is_part_of_the_second():
    assert [pause_after(took) for took in (0.0, 0.5, 0.75, 4.0)] == [1.0, 0.5, 0.25, 0.25]


def test_it_refreshes_when_woken_and_every_second(tmp_path, monkeypatch):
    monkeypatch.setattr(configuration_in_force, "POLL_SECONDS", 0.05)
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path)

    async def run():
        stop = asyncio.Event()
        task = asyncio.create_task(process.keeper.run(stop))
        while database.asked < 4:
            await asyncio.sleep(0.01)
        monkeypatch.setattr(configuration_in_force, "POLL_SECONDS", 600)
        for _ in range(3):  # the first may still be the end of a short pause
            asked = database.asked
            process.keeper.woken.set()
            while database.asked == asked:
                await asyncio.sleep(0.01)
        stop.set()
        await task

    async_to_sync(run)()

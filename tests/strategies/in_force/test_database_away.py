"""While the database is away the last known good configuration holds."""

import logging
import threading

import pytest
from asgiref.sync import async_to_sync

from halts.domain import Scope
from strategies import configuration_in_force
from strategies.configuration_source import Loaded
from strategies.state_files import LastKnownGood
from tests.strategies.in_force.process import Database, Process, halted
from tests.strategies.test_engine import resolved

# The database is asked by hand, but the way there looks after the connection of the test.
pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_while_the_database_is_away_the_configuration_stays(tmp_path):
    database = Database(resolved("orderbook_skew", version=5))
    process = Process(database, tmp_path)
    process.refresh()
    database.is_away = True
    process.refresh()
    assert (process.keeper.database_answers, process.keeper.loaded_from) == (False, "database")
    assert process.used().version == 5
    database.is_away = False
    database.set(resolved("orderbook_skew", version=6))
    process.refresh()
    assert process.keeper.database_answers
    assert process.used().version == 6


def test_a_restart_without_the_database_runs_on_the_last_known_good_and_reports_it(tmp_path):
    database = Database(
        resolved("orderbook_skew", version=5, top_levels=3), halts=[halted(scope=Scope("", "ETHUSDT"))]
    )
    Process(database, tmp_path).refresh()
    database.is_away = True
    restarted = Process(database, tmp_path)
    assert restarted.engine.strategies.halts.is_halted(
        "orderbook_skew", "BTCUSDT"
    )  # until the database has been asked
    restarted.refresh()
    assert (restarted.keeper.loaded_from, restarted.keeper.database_answers) == ("disk", False)
    assert restarted.used().version == 5
    assert not restarted.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")
    assert restarted.engine.strategies.halts.is_halted("orderbook_skew", "ETHUSDT")
    database.is_away = False
    restarted.refresh()
    assert restarted.keeper.loaded_from == "database"


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"token":'])
def test_with_neither_database_nor_a_readable_file_nothing_leaves(tmp_path, content):
    if content is not None:
        (tmp_path / "last_known_good.json").write_bytes(content)
    database = Database()
    database.is_away = True
    process = Process(database, tmp_path)
    process.refresh()
    assert process.keeper.loaded_from == "none"
    assert process.engine.strategies.halts.is_halted("orderbook_skew", "BTCUSDT")


@pytest.mark.parametrize("stored", [True, False])
def test_an_outage_is_reported_once_and_its_end_too(tmp_path, caplog: pytest.LogCaptureFixture, stored: bool):
    caplog.set_level(logging.INFO, configuration_in_force.__name__)
    database = Database(resolved("orderbook_skew"))
    if stored:
        Process(database, tmp_path).refresh()
    process = Process(database, tmp_path)
    caplog.clear()
    for _ in range(2):
        database.is_away = True
        for _ in range(3):
            process.refresh()
        database.is_away = False
        for _ in range(3):
            process.refresh()
    logged = [line for line in map(logging.LogRecord.getMessage, caplog.records) if "database" in line]
    assert logged == [
        "database_away OperationalError: away; the configuration in force stays", "database_answers",
    ] * 2  # fmt: skip


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
        assert process.keeper.loaded_from == "none"
        answer.set()
        while process.keeper.loaded_from == "none":
            await process.keeper.refresh_once()

    async_to_sync(ask_thrice)()
    assert len(asked) == 1
    assert process.used().version == 9


def test_files_are_replaced_whole_and_leave_nothing_behind(tmp_path):
    file = LastKnownGood(tmp_path)
    for token in "123":
        file.save(Loaded(token, [resolved("orderbook_skew")], [halted()]))
    assert file.load() == Loaded("3", [resolved("orderbook_skew")], [halted()])
    assert [path.name for path in tmp_path.iterdir()] == ["last_known_good.json"]

"""A change comes into use, is measured, or is rejected with its reason."""

import pytest

from tests.strategies.in_force.process import SKEW, Database, Process
from tests.strategies.scenes import START
from tests.strategies.test_engine import depth, resolved

# The database is asked by hand, but the way there looks after the connection of the test.
pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_nothing_leaves_before_anything_is_known(tmp_path):
    process = Process(Database(resolved("orderbook_skew")), tmp_path)
    process.engine.process(depth(2, 1, 1))
    assert process.signals == []
    assert process.engine.strategies.suppressed == {"orderbook_skew": 1}
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
    in_force = process.engine.strategies.in_force
    process.refresh()
    assert database.asked == 2
    assert process.engine.strategies.in_force is in_force


def test_a_set_it_must_reject_keeps_the_old_one_and_reports_why(tmp_path):
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

"""What of levels of the configuration is seen."""

import pytest

from alerts.watching.seen.levels import levels
from configuration import reading, services
from configuration.models import StrategyConfig
from configuration.services import Author, Source
from tests.factories import market_row
from tests.strategies.reports import receipt, report

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW, BTC = "orderbook_skew", "orderbook_skew/BTCUSDT"
AUTHOR = Author(source=Source.API)
ROWS = {"ETHUSDT": [market_row(symbol="ETHUSDT")]}


@pytest.fixture(autouse=True)
def _nothing_set(db: None) -> None:
    reading.reader.forget()


def seen(look):
    return {level.name: level for level in levels(look)}


def test_a_level_is_in_force_once_every_process_uses_it(reported):
    services.write(SKEW, None, {"top_levels": 9}, author=AUTHOR)
    wanted = reading.effective(SKEW).hash
    assert seen(reported.look())[SKEW].is_in_force is None
    reported.hears(report(receipt(hash=wanted), instance="a"), report(receipt(hash="old"), instance="b"))
    assert seen(reported.look())[SKEW].is_in_force is False
    reported.hears(report(receipt(hash=wanted), instance="b"))
    assert (seen(reported.look())[SKEW].is_in_force, seen(reported.look())[SKEW].is_rejected) == (True, False)


def test_a_level_is_rejected_while_a_process_says_so(reported):
    reported.hears(report(receipt(hash="old", rejected="top_levels is missing")))
    assert seen(reported.look())[SKEW].is_rejected is True


def test_a_level_is_changed_for_a_minute_also_where_it_is_removed(reported, clock):
    services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=AUTHOR)
    services.delete(SKEW, "BTCUSDT", author=AUTHOR)
    changes = StrategyConfig.history.filter(symbol="BTCUSDT")
    clock.now = max(change.history_date.timestamp() for change in changes)
    found = seen(reported.look())
    assert (found[BTC].is_changed, found[SKEW].is_changed) == (True, False)
    clock.advance(61)
    assert BTC not in seen(reported.look())


def test_values_of_a_symbol_that_no_market_is_known_of_are_untracked_unless_none_is_known_at_all(reported):
    services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=AUTHOR)
    services.write(SKEW, "ETHUSDT", {"top_levels": 9}, author=AUTHOR)
    found = seen(reported.look(ROWS))
    assert {name: found[name].is_untracked for name in (SKEW, BTC, "orderbook_skew/ETHUSDT")} == {
        SKEW: False,
        BTC: True,
        "orderbook_skew/ETHUSDT": False,
    }
    assert seen(reported.look())[BTC].is_untracked is None

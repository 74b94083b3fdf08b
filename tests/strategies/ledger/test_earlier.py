"""What was decided before a moment, and how far back that is known."""

import pytest

from strategies.domain.decision import BUY, SELL, Leg
from strategies.domain.pause import Earlier
from strategies.ledger.earlier import earlier, known_since
from tests.factories import START
from tests.strategies.ledger.signals import HALTED, signal, written

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW = "orderbook_skew"
DAY = 86_400.0


def test_signals_are_found_by_symbol_with_the_venues_of_their_legs_whatever_became_of_them():
    legs = tuple(Leg(venue, "spot", side, 1.0, 1.0) for venue, side in (("okx", BUY), ("kraken", SELL)))
    written(signal(1, legs=legs), signal(2, strategy_id="trade_momentum"), signal(5), signal(-0.5))
    written(signal(3, symbol="ETHUSDT"), fate=HALTED)
    assert earlier(SKEW, None, START, START + 5) == {
        "BTCUSDT": [Earlier(START + 1, frozenset({"okx", "kraken"}))],
        "ETHUSDT": [Earlier(START + 3)],
    }
    assert earlier(SKEW, "ETHUSDT", START, START + 5) == {"ETHUSDT": [Earlier(START + 3)]}


def test_of_the_days_that_are_kept_all_is_known_also_where_nothing_was_decided():
    assert known_since(START, days=2, rows=100) == START - 2 * DAY
    written(signal(-10))
    assert known_since(START, days=2, rows=100) == START - 2 * DAY


def test_where_there_may_have_been_more_rows_than_are_kept_it_is_known_from_the_oldest_on():
    written(*(signal(-each) for each in (10, 20, 30)))
    assert known_since(START, days=2, rows=5) == START - 30
    assert known_since(START, days=2, rows=6) == START - 2 * DAY
    written(signal(-3 * DAY))
    assert known_since(START, days=2, rows=5) == START - 2 * DAY

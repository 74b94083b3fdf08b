"""Rows of the ledger: written once and corrected."""

from datetime import timedelta

import msgspec
import pytest

from halts.domain import UNKNOWN
from strategies.domain.outcomes import SPANS
from strategies.domain.signal import Signal, fate_under
from strategies.ledger.records import due, fate_of, write
from strategies.models import SignalRecord
from tests.strategies.ledger.signals import HALTED, TOO_OLD, at, noted, row, signal, written

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_row_has_the_signal_as_it_was_published_and_what_is_asked_for_beside_it():
    sent = signal(1.5, confidence=0.71, version=9)
    written(sent)
    kept = row(sent)
    assert msgspec.json.decode(kept.sent_as, type=Signal) == msgspec.json.decode(
        msgspec.json.encode(sent), type=Signal
    )
    assert (kept.strategy_id, kept.symbol, kept.market, kept.action) == (
        "orderbook_skew", "BTCUSDT", "binance/spot", "buy",
    )  # fmt: skip
    assert (kept.confidence, kept.price, kept.version, kept.decided_at) == (0.71, 100.0, 9, at(1.5))
    assert (kept.state, kept.mid, kept.due_at) == ("sent", None, at(1.5))
    assert {getattr(kept, f"unknown_{span}") for span in SPANS} == {"not_yet"}


def test_a_signal_that_is_written_again_stays_as_it_is():
    first, second = signal(0), signal(1)
    written(first)
    SignalRecord.objects.update(mid=100.5)
    written(first, second)
    assert SignalRecord.objects.count() == 2
    assert row(first).mid == 100.5


def test_without_a_book_there_is_no_market():
    unseen = signal(book=None)
    written(unseen)
    assert row(unseen).market == ""


@pytest.mark.parametrize("fate", [HALTED, TOO_OLD, fate_under(UNKNOWN)])
def test_what_held_a_signal_back_is_kept(fate):
    from_the_start, later, only_later = signal(0), signal(1), signal(2)
    written(from_the_start, fate=fate)
    written(later)
    write(noted([only_later]), {later.id: fate, only_later.id: fate, signal(3).id: fate})
    assert [fate_of(row(each)) for each in (from_the_start, later, only_later)] == [fate] * 3
    assert SignalRecord.objects.count() == 3


def test_the_longest_due_come_first_and_only_those_of_about_one_time():
    written(*(signal(second) for second in (90, 0, 30)))

    def found(until: float, most: int = 10) -> list[float]:
        rows = due(at(until), most, timedelta(seconds=60))
        return [(each.due_at - at(0)).total_seconds() for each in rows]

    assert found(-1) == []
    assert found(30) == [0, 30]
    assert found(100) == [0, 30]
    assert found(100, most=1) == [0]
    SignalRecord.objects.filter(due_at=at(0)).update(due_at=None)
    assert found(100) == [30, 90]

"""Signals are kept for so many days, and so many of them; what is deleted is deleted in small steps."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from strategies.ledger import pruning as module
from strategies.ledger.pruning import pruning
from strategies.models import SignalRecord
from tests.strategies.ledger.signals import at, signal, written

pytestmark = [pytest.mark.database, pytest.mark.django_db]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DELETED_AT_ONCE", 2)
    monkeypatch.setattr(module, "COUNTED_AT_ONCE", 3)


def kept() -> list[float]:
    moments = SignalRecord.objects.order_by("decided_at").values_list("decided_at", flat=True)
    return [(moment - at(0)).total_seconds() for moment in moments]


def test_what_is_too_old_goes_and_then_what_is_too_many_a_part_at_a_time():
    written(*(signal(second) for second in range(12)))
    assert list(pruning(at(2) + DAY, 1, 100)) == [2, 1, *[0] * 3]
    assert kept() == list(range(3, 12))
    assert list(pruning(at(0), 1, 4)) == [0, 0, 2, 2, 1]
    assert kept() == [8, 9, 10, 11]
    assert list(pruning(at(0), 1, 4)) == [0, 0]
    assert list(pruning(at(9) + DAY, 1, 1)) == [2, 0, 1]
    assert kept() == [11]


def test_of_those_of_one_millisecond_all_go_or_none():
    written(*(signal(second // 2, symbol=f"S{second}USDT") for second in range(8)))
    assert sum(pruning(at(0), 1, 5)) == 4
    assert kept() == [2, 2, 3, 3]


def test_no_step_asks_for_more_than_a_part_however_many_there_are():
    written(*(signal(second) for second in range(40)))
    with CaptureQueriesContext(connection) as asked:
        assert sum(pruning(at(0), 1, 20)) == 20
    passed_by = [int(each["sql"].partition("OFFSET ")[2] or 0) for each in asked if "OFFSET" in each["sql"]]
    assert max(passed_by) < 3

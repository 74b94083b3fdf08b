"""What receipts say: who has applied a level, who has not and why, and how long it took."""

import pytest

from strategies.receipts import Lags, ProcessReport, compare, is_converged
from tests.factories import START
from tests.strategies.reports import receipt, report


@pytest.mark.parametrize(
    ("seen", "age", "status", "reason"),
    [
        (report(receipt()), 0, "applied", None),
        (report(receipt()), 3.1, "stale", "not heard for 3 s"),
        (report(receipt(hash="old")), 0, "pending", None),
        (report(receipt(hash="old"), database_answers=False), 0, "pending",
         "runs on the last known good configuration"),
        (report(receipt(hash="old", rejected="top_levels must be <= 20")), 0, "rejected",
         "top_levels must be <= 20"),
        (report(), 0, "pending", "has applied nothing yet"),
        (report(receipt(), receipt("BTCUSDT", "own")), 0, "pending", None),
    ],
)  # fmt: skip
def test_the_status_of_a_process(seen: ProcessReport, age: float, status: str, reason: str | None):
    row = compare(seen, "orderbook_skew", "BTCUSDT", "new", START + age)
    assert (row.status, row.reason) == (status, reason)
    assert is_converged([row]) is (status == "applied")


def test_nobody_is_not_everybody():
    assert not is_converged([])


def test_lags_fall_into_their_buckets():
    lags = Lags.none().with_lag(0.05).with_lag(0.3).with_lag(100.0).with_lag(-1.0)
    assert lags.counts[0] == 2
    assert lags.counts[3] == 1
    assert lags.counts[-1] == 1
    assert lags.total == pytest.approx(100.35)

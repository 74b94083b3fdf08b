"""A trade is told once."""

import pytest

from metrics.domain.admission.trades import TradeOrder
from metrics.domain.book import Refused


def take(order: TradeOrder, number: int, traded_at: float) -> bool:
    """Is this trade told?"""
    try:
        order.take(number, traded_at)
    except Refused as refusal:
        return refusal.reason != "repeated"
    return True


def after(number: int, traded_at: float) -> TradeOrder:
    order = TradeOrder()
    order.take(number, traded_at)
    return order


def test_trades_that_come_twice_are_told_once():
    order = TradeOrder()
    told = [take(order, number, float(number)) for number in (1, 1, 2, 2, 3, 3)]
    assert told == [True, False] * 3


def test_trades_that_are_sent_again_after_a_reconnection_are_not_told_again_however_many():
    order = TradeOrder()
    assert all(take(order, number, float(number)) for number in range(1_000))
    assert not any(take(order, number, float(number)) for number in range(1_000))


def test_trades_of_the_same_moment_as_the_last_one_are_copies():
    order = after(100, 5.0)
    assert not any(take(order, number, 5.0) for number in range(100))


def test_the_tenth_in_a_row_that_was_traded_later_begins_a_new_run():
    order = after(100, 5.0)
    assert [take(order, number, 5.0 + number) for number in range(1, 12)] == [False] * 9 + [True, True]


def test_a_copy_between_them_breaks_the_row():
    order = after(100, 5.0)
    rows = [(number, 5.0 + number) for number in range(1, 10)]
    assert not any(take(order, *each) for each in [*rows, (50, 4.0), *rows, (100, 5.0), *rows])


@pytest.mark.parametrize("numbers", [[1, 1, 2, 2], [2, 1, 4, 3]], ids=["doubled", "out of order"])
def test_a_new_run_is_recognised_where_trades_come_doubled_or_out_of_order(numbers: list[int]):
    order = after(100, 5.0)
    told = [take(order, 4 * step + number, 6.0 + step) for step in range(5) for number in numbers]
    assert any(told)


def test_one_trade_again_and_again_is_one():
    order = after(100, 5.0)
    assert not any(take(order, 1, 6.0) for _ in range(100))


def test_news_end_a_row():
    order = after(100, 5.0)
    assert not any(take(order, number, 6.0) for number in range(1, 10))
    assert take(order, 101, 5.5)
    assert not take(order, 10, 7.0)

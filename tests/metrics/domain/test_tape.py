"""Trades of the last minute: each once, of one stream, with what they cost."""

from collections.abc import Iterable

import pytest

from metrics.domain.frames import Trade, TradeStream
from metrics.domain.tape import KEPT_SECONDS, TradeTape
from tests.factories import START


def trade(number: int, price: float, *, sold: bool = False, stream: TradeStream = "trade") -> Trade:
    return Trade("BTCUSDT", "binance/spot", number, price, 2.0, sold, START, START + number, stream)


def tape(mids: Iterable[tuple[float, float]] = ()) -> TradeTape:
    """One that knows mid prices, so many seconds after the start."""
    found = TradeTape(stale_after=5.0)
    for at, mid in mids:
        found.mids.extend((START + at,), (mid,))
    return found


def test_spans_of_trades__with_what_they_cost():
    """The second one is too young to tell where the mid went: the impact is that of the first, not a difference of
    means."""
    heard = tape([(0, 100.25), (4, 100.40)])
    heard.take(trade(1, 100.55), START)
    heard.take(trade(2, 100.40, sold=True), START + 5)
    one, ten, minute = heard.over_spans(START + 5.5)
    assert one.imbalance == -1.0
    assert one == (1, 0.0, 200.8, 100.4, 0.0, None, None)
    assert ten == minute
    assert ten[:3] == (2, 201.1, 200.8)
    assert ten[3:] == pytest.approx((100.475, 59.85 / 2, 29.93, 29.93), rel=1e-3)


def test_where_no_trade_was_ever_heard_nothing_is_said__where_none_came_lately_there_is_none():
    heard = tape()
    assert heard.over_spans(START) == []
    heard.take(trade(1, 100.0), START)
    assert heard.over_spans(START + 70) == [(0, 0.0, 0.0, None, None, None, None)] * 3


def test_a_trade_counts_once__however_often_and_on_whichever_stream_it_is_told():
    heard = tape()
    for told in (
        trade(1, 100.0), trade(1, 100.0), trade(1, 100.0, stream="aggTrade"),
        trade(2, 100.0), trade(1, 100.0), trade(2, 100.0, stream="aggTrade"),
    ):  # fmt: skip
        heard.take(told, START)
    assert [span.number for span in heard.over_spans(START)] == [2, 2, 2]


def test_the_other_stream_is_heard_once_the_first_is_silent_for_a_minute():
    heard = tape()
    heard.take(trade(1, 100.0), START)
    heard.take(trade(9, 100.0, stream="aggTrade"), START + 60)
    heard.take(trade(10, 100.0, stream="aggTrade"), START + 61)
    assert heard.over_spans(START + 61)[2].number == 1


def test_memory_is_that_of_a_minute_and_what_follows_it():
    heard = tape()
    for second in range(200):
        heard.take(trade(second, 100.0), START + second)
        heard.mids.extend((START + second,), (100.0,))
        heard.expire(START + second)
    assert len(heard._times) == 60
    assert len(heard._rest) == 3 * 60
    assert len(heard.mids.times) == KEPT_SECONDS

"""The rows that a market leaves in its heat map: one in each second of the clock, with what was traded in between."""

import pytest

from metrics.domain.frames import Trade
from metrics.domain.heat_trail import HeatTrail
from metrics.domain.liquidity.heat import heat_row
from metrics.domain.liquidity.known import KnownBook
from metrics.domain.tape import TradeTape
from tests.factories import START
from tests.metrics.domain.liquidity.books import toy

LONGEST = 5.0


@pytest.fixture
def book() -> KnownBook:
    return toy()


@pytest.fixture
def tape() -> TradeTape:
    return TradeTape(LONGEST)


def traded(tape: TradeTape, at: float, trade_id: int, price: float, quantity: float, *, sold: bool) -> None:
    tape.take(Trade("BTCUSDT", "binance/spot", trade_id, price, quantity, sold, at, at, "trade"), at)


def test_a_row_has_the_best_prices_and_what_rests_around_them(book: KnownBook, tape: TradeTape):
    point = HeatTrail(LONGEST).point(book, START + 0.7, tape)
    assert point
    assert point[:3] == (START + 0.7, 100.0, 100.5)
    assert point.row == heat_row(book)
    assert point.traded is None, "no trade was ever heard"


def test_the_first_book_of_each_second_has_one__also_where_the_clock_was_put_back(
    book: KnownBook, tape: TradeTape
):
    trail = HeatTrail(LONGEST)
    times = [0.9, 1.0, 1.1, 1.999, 2.5, 0.2, 0.3, 3.0]
    rows = [at for at in times if trail.point(book, START + at, tape)]
    assert rows == [0.9, 1.0, 2.5, 0.2, 3.0]


def test_trades_go_with_the_next_row__each_once(book: KnownBook, tape: TradeTape):
    trail = HeatTrail(LONGEST)
    trail.point(book, START, tape)
    traded(tape, START + 0.1, 1, 100.1, 0.3, sold=True)
    traded(tape, START + 1.0, 2, 100.2, 2.0, sold=False)
    traded(tape, START + 1.1, 3, 100.3, 1.0, sold=False)
    assert trail.point(book, START + 0.5, tape) is None
    points = [trail.point(book, START + at, tape) for at in (1.0, 2.0, 3.0)]
    assert [point and point.traded and point.traded[:3] for point in points] == [
        (2, 200.4, pytest.approx(30.03)),
        (1, 100.3, 0.0),
        (0, 0.0, 0.0),
    ]


def test_after_a_gap__only_what_was_traded_while_a_row_would_have_held(book: KnownBook, tape: TradeTape):
    trail = HeatTrail(LONGEST)
    trail.point(book, START, tape)
    traded(tape, START + 1.0, 1, 100.0, 1.0, sold=False)
    traded(tape, START + 16.0, 2, 100.0, 2.0, sold=False)
    point = trail.point(book, START + 20.0, tape)
    assert point
    assert point.traded
    assert point.traded.bought == 200.0

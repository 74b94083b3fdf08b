"""What of all markets together is seen."""

from alerts.domain.watched import CATALOGUE
from alerts.watching.seen.summary import summary
from tests.factories import START, market_row

ROWS = {
    "BTCUSDT": [market_row(imbalance_ratio=0.5), market_row(market="okx/spot", imbalance_ratio=0.9)],
    "ETHUSDT": [market_row(symbol="ETHUSDT", imbalance_ratio=-0.3)],
    "SOLUSDT": [market_row(symbol="SOLUSDT", received_at=START - 20)],
}


def read(name, seen):
    (value,) = CATALOGUE[name].read(seen)
    return round(value, 6)


def test_the_followed_markets_count_and_of_numbers_those_that_are_live(reported):
    seen = summary(reported.look(ROWS))
    found = {name: read(name, seen) for name, each in CATALOGUE.items() if each.of == "summary"}
    assert found["symbols_tracked"] == 3
    assert found["symbols_not_live"] == 1
    assert found["not_live_share"] == 33.333333
    assert found["mean_net_pressure"] == 10
    assert found["mean_abs_net_pressure"] == 40
    assert (found["bullish_share"], found["bearish_share"]) == (50, 50)


def test_without_a_live_book_only_numbers_of_symbols_are_known(reported):
    seen = summary(reported.look({}))
    names = [name for name, each in CATALOGUE.items() if each.of == "summary"]
    assert [name for name in names if read(name, seen) == read(name, seen)] == [
        "symbols_tracked",
        "symbols_not_live",
    ]


def test_while_the_store_is_away_nothing_is_said(reported):
    assert summary(reported.look_in_vain(START)) is None

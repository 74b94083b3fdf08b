"""What is remembered of a market, and that it is never more than it should be."""

import pytest

from metrics.domain.admission.market import MOST_DEPTHS, Market, depth_of
from metrics.domain.market import MOST_MARKETS
from tests.factories import START
from tests.metrics.domain.admission.door import HEARD, KRAKEN, OKX, SHOWN, SPOT, Door, book, trade


@pytest.mark.parametrize(
    ("named", "bids", "asks", "depth"),
    [
        (20, 20, 20, 20),
        (20, 7, 9, 20),
        (20, 5, 5, 5),
        (20, 10, 10, 10),
        (20, 5, 10, 20),
        (5, 5, 5, 5),
        (5, 3, 5, 5),
        (0, 3, 8, 20),
        (0, 20, 20, 20),
        (0, 10, 10, 10),
    ],
)
def test_a_book_is_as_deep_as_its_name_says_or_as_it_shows(named: int, bids: int, asks: int, depth: int):
    assert depth_of(named, bids, asks) == depth


def test_a_market_and_its_symbol_are_new_until_heard_for_a_minute_unless_they_are_known():
    door = Door()
    door.gate.recognise({("ETHUSDT", SPOT)})
    for seconds in range(62):
        for name in ("BTCUSDT", "ETHUSDT"):
            assert door.take(book(seconds, symbol=name)) == SHOWN
        assert door.market(SPOT, "BTCUSDT").is_new == (seconds < 60)
        assert not door.market(SPOT, "ETHUSDT").is_new
        unknown, known = door.gate.get("BTCUSDT"), door.gate.get("ETHUSDT")
        assert unknown
        assert known
        assert (unknown.is_new, known.is_new) == (seconds < 60, False)
        assert known.worth >= unknown.worth
        door.wait(1.0)


def test_another_market_of_a_known_symbol_is_new_by_itself():
    door = Door()
    door.gate.recognise({("BTCUSDT", SPOT)})
    door.take_all([book(1), book(1, market=KRAKEN)])
    assert [door.market(name).is_new for name in (SPOT, KRAKEN)] == [False, True]


def test_what_is_there_already_is_recognised_too():
    door = Door()
    door.take_all([book(1), book(1, market=KRAKEN), book(1, symbol="ETHUSDT")])
    door.gate.recognise({("BTCUSDT", KRAKEN)})
    assert [door.market(name).is_new for name in (SPOT, KRAKEN)] == [True, False]
    assert door.market(SPOT, "ETHUSDT").is_new
    symbols = [door.gate.get(name) for name in ("BTCUSDT", "ETHUSDT")]
    assert [symbol and symbol.is_new for symbol in symbols] == [False, True]


def test_made_up_markets_make_room_for_each_other_and_never_for_what_is_followed_or_heard():
    door = Door()
    door.take(book(1))
    for number in range(10 * MOST_MARKETS):
        assert door.take(trade(number, market=OKX, at=door.now), 1.0) == HEARD
        assert door.take(trade(1, market=f"venue{number}/spot", at=door.now)) == HEARD
    symbol = door.gate.get("BTCUSDT")
    assert symbol
    assert {SPOT, OKX} < set(symbol.markets)
    assert door.market(SPOT) is symbol.followed
    assert len(symbol.markets) == MOST_MARKETS


def test_a_sudden_flood_of_made_up_markets_pushes_out_none_that_has_been_heard_for_a_minute():
    door = Door()
    for second in range(0, 65, 5):
        for market in (SPOT, OKX, KRAKEN):
            door.take(book(second, market=market))
        door.wait(5.0)
    before = door.market(OKX), door.market(KRAKEN)
    for number in range(10 * MOST_MARKETS):
        door.take(book(1, market=f"venue{number}/spot"), 0.001)
    assert (door.market(OKX), door.market(KRAKEN)) == before


def test_made_up_depths_do_not_pile_up_and_what_is_heard_stays_known():
    market = Market("BTCUSDT", "binance/usdm")
    for number in range(1, 1_000):
        market.claim(20).heard_at = START + number
        market.claim(20).is_diff = True
        market.claim(1_000 + number).heard_at = START + number
        market.change_depth(number, number)
        market.change_depth(20, 20)
    assert market.claim(20).is_diff
    assert len(market.claims or {}) == MOST_DEPTHS
    assert len(market.depth_ids or {}) <= MOST_DEPTHS

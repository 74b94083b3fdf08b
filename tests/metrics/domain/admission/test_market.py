"""What is remembered of a market, and that it is never more than it should be."""

import pytest

from metrics.domain.admission.market import MOST_DEPTHS, MOST_MARKETS, Market, SymbolMarkets, depth_of
from tests.factories import START


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


def test_a_symbol_is_new_until_it_has_been_heard_for_a_minute_unless_it_is_known():
    symbol = SymbolMarkets("BTCUSDT", START)
    known = SymbolMarkets("ETHUSDT", START, is_known=True)
    for seconds, is_new in ((0, True), (59, True), (60, False)):
        for each in (symbol, known):
            each.market("binance/spot").accepted_at = START + seconds
        assert (symbol.is_new, known.is_new) == (is_new, False)
        assert known.worth >= symbol.worth


def test_made_up_markets_make_room_for_each_other_and_never_for_what_is_followed_or_heard():
    symbol = SymbolMarkets("BTCUSDT", START)
    symbol.followed = symbol.market("binance/spot")
    for number in range(10 * MOST_MARKETS):
        symbol.market("okx/spot").refer(1.0, 1.0, START + number)
        symbol.market(f"venue{number}/spot").heard_at = START + number
    assert {"binance/spot", "okx/spot"} < set(symbol.markets)
    assert symbol.market("binance/spot") is symbol.followed
    assert len(symbol.markets) == MOST_MARKETS


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

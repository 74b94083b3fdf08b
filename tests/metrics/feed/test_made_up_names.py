"""Venues, symbols and depths are what a stranger says: whatever names come, the feed goes on within its bounds."""

from collections.abc import Callable
from typing import Any

from metrics.feed.runner import DepthFeed
from tests.factories import Clock, depth_analyzer, spot_book, trade, usdm_book

Run = Callable[..., Any]
MOST_SYMBOLS = 4
MARKETS, DEPTHS = 40, 400


def test_a_book_that_waits_for_a_price_when_its_market_and_its_symbol_make_room(
    feed: DepthFeed, clock: Clock, run: Run
):
    feed.analyzer = depth_analyzer(max_symbols=MOST_SYMBOLS)
    feed.process(trade("OLDUSDT", price="5.0", at=clock()))
    feed.process(spot_book("OLDUSDT"))
    for number in range(MARKETS):
        feed.process(spot_book("OLDUSDT", update_id=number, source=f"venue{number}-websocket"))
    for number in range(2 * MOST_SYMBOLS):
        clock.advance(0.01)
        feed.process(spot_book(f"NEW{number}USDT"))
    clock.advance(1)
    run(feed.publish_once)


def test_contracts_under_names_of_all_depths(feed: DepthFeed, clock: Clock):
    for number in range(1, DEPTHS + 1):
        side = [(100.0 - 0.01 * place, 1.0) for place in range(number)]
        feed.process(usdm_book(bids=side, asks=[(101.0, 1.0)], update_id=number, event_time=clock()))
    known = feed.analyzer.admission.get("BTCUSDT")
    assert known
    assert len(known.markets["binance/usdm"].claims or ()) <= 32

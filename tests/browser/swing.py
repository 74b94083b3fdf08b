"""A symbol whose book turns over all the time, whatever the rest of the market does."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.market import SYMBOLS, Market
from tests.browser.voice import speaking
from tests.factories import spot_book
from tests.servers import until

HEAVY, LIGHT = 20.0, 10.0


@contextmanager
def swinging(market: Market, symbol: str) -> Iterator[None]:
    """Books of `symbol` of which one side outweighs the other two to one, each side in turn; gone afterwards."""

    def swing(step: int) -> list[bytes]:
        bid, ask = (HEAVY, LIGHT) if step % 2 else (LIGHT, HEAVY)
        return [spot_book(symbol, [(100.0, bid)], [(100.01, ask)], step)]

    with speaking(market, swing):
        until(lambda: market.rest("all")["symbols_count"] == SYMBOLS + 1, f"{symbol} is tracked")
        yield

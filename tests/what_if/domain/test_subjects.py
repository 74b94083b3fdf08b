"""What need be read for one symbol."""

from what_if.domain.subjects import concerning


def test_what_is_named_for_another_symbol_is_left_and_what_may_be_about_any_is_read():
    held = [
        "market.binance.depth.BTCUSDT",
        "market.binance.depth.2.BTCUSDT",
        "market.okx.trade.ETHUSDT",
        "market.binance.depth.2.ETHUSDT",
        "market.binance.depth",
        "binance.websocket.data",
        "desk.books.of.ETHUSDT",
    ]
    assert concerning("BTCUSDT", held) == [held[0], held[1], held[4], held[5], held[6]]

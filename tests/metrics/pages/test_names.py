"""A symbol as a page names it."""

import pytest

from metrics.pages.names import names


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("BTCUSDT", "BTC", "USDT"),
        ("BTCUSDT_251226", "BTC", "USDT"),
        ("BTCUSD_PERP", "BTC", "USD"),
        ("BTC-USD", "BTC", "USD"),
        ("1000PEPEUSDT", "1000PEPE", "USDT"),
        ("币安人生USDT", "币安人生", "USDT"),
        ("ビットコインUSDT", "ビットコイン", "USDT"),
        ("비트코인KRW", "비트코인", "KRW"),
        ("币安人生", "", ""),
    ],
)
def test_what_is_traded_and_what_for(symbol: str, base: str, quote: str):
    found = names(symbol)
    assert (found["symbol"], found["base"], found["quote"]) == (symbol, base, quote)

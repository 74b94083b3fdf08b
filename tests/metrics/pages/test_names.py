"""A symbol as a page names it."""

import pytest

from metrics.answers.market import row_answer
from metrics.domain.market import Expiry
from metrics.pages.names import names
from tests.factories import START, market_row


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


@pytest.mark.parametrize(
    "symbol", ["BTCUSDT_240927", "BTCUSD_PERP", "ETH-BTC", "A-B.C", "BTC-", "USDT", "币安USDT"]
)
def test_rows_and_pages_name_the_same_quote_asset(symbol: str):
    row = row_answer(market_row(symbol=symbol), Expiry(), START)
    assert (row["quote_asset"] or "") == names(symbol)["quote"]

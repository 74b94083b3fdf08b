"""GET /metrics/impact/{symbol}: how far trading moved the price, from books and trades that were fed."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from metrics.feed.runner import DepthFeed
from metrics.store.reader import StoreReader
from metrics.store.writer import StoreWriter
from tests.factories import Clock, spot_book, trade

IMPACT = "/api/v1/metrics/impact/"


@pytest.fixture
def traded(
    feed: DepthFeed,
    writer: StoreWriter,
    reader: StoreReader,
    publish: Callable[..., None],
    run: Any,
    clock: Clock,
) -> Callable[[str, float], None]:
    """Two minutes and a half of a market in which each second somebody sells: 100 of the quote asset move the price by
    1 bps, and 200 by two."""

    def trade_for(symbol: str, mid: float) -> None:
        for second in range(150):
            price = mid * (1 + 1e-4)
            quantity = (1 + second % 2) * 100 / price
            told = trade(
                symbol, price=f"{price:.8f}", quantity=f"{quantity:.12f}", trade_id=second + 1, at=clock()
            )
            mid *= 1 - 1e-4 * (1 + second % 2)
            book = spot_book(
                symbol,
                [(round(mid * (1 - 1e-4), 8), 9.0)],
                [(round(mid * (1 + 1e-4), 8), 9.0)],
                update_id=second + 1,
            )
            publish(told, book)
            clock.advance(1.0)
        run(lambda: writer.write_history(clock()))

    return trade_for


def test_lambda_and_illiquidity__for_a_million_dollars(client: Client, traded: Callable[[str, float], None]):
    traded("BTCUSDT", 100.0)
    answer = client.get(IMPACT + "btcusdt")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["symbol"], body["venue"], body["quote_asset"], body["usd_per_quote"]) == (
        "BTCUSDT", "binance", "USDT", 1.0,
    )  # fmt: skip
    assert body["seconds"] > 140
    assert body["lambda_bps_per_million_usd"] == pytest.approx(1e6 / 100, rel=1e-3)
    assert body["r_squared"] == pytest.approx(1.0, abs=1e-3)
    assert body["minutes"] >= 1
    assert body["amihud_bps_per_million_usd"] == pytest.approx(1e6 / 100, rel=0.05)


def test_in_another_quote_asset__nothing_while_no_market_tells_what_it_is_worth(
    client: Client, traded: Callable[[str, float], None]
):
    traded("ETHBTC", 0.05)
    body = client.get(IMPACT + "ETHBTC").json()
    assert body["seconds"] > 140
    assert [body[name] for name in ("usd_per_quote", "lambda_bps_per_million_usd", "amihud_bps_per_million_usd")] == [
        None, None, None,
    ]  # fmt: skip


def test_of_a_market_without_trades_nothing_is_known(
    client: Client,
    publish: Callable[..., None],
    run: Any,
    writer: StoreWriter,
    clock: Clock,
    reader: StoreReader,
):
    publish(spot_book())
    run(lambda: writer.write_history(clock()))
    body = client.get(IMPACT + "BTCUSDT").json()
    assert [body[name] for name in ("seconds", "minutes")] == [0, 0]
    assert [
        body[name] for name in ("lambda_bps_per_million_usd", "r_squared", "amihud_bps_per_million_usd")
    ] == [None] * 3
    assert client.get(IMPACT + "XYZUSDT").status_code == 404

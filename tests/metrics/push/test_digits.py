"""What was sent with many digits is pushed with as many: rows, books and ladders."""

import pytest

from tests.metrics.push.conftest import sent

TOUCHES = [
    ("DEARIDR", 98765432101.0, 98765432103.0, 98765432102.0, 2.025e-7),
    ("BTCIDR", 1634567890.0, 1634567999.0, 1634567944.5, 0.000666843),
    ("BTCUSDT", 61234.56, 61234.57, 61234.565, 0.00163306),
]
QUANTITY = 123456.12345678


@pytest.mark.parametrize(("symbol", "bid", "ask", "mid", "bps"), TOUCHES)
def test_rows(play, symbol, bid, ask, mid, bps):
    async def story(desk):
        await desk.publish(symbol, bids=[(bid, QUANTITY)], asks=[(ask, QUANTITY)])
        (snapshot,) = sent(await desk.connect())
        row = snapshot["symbols"][symbol]
        assert (row["mid_price"], row["spread_bps"]) == (mid, bps)
        assert row["total_liquidity"] == 2 * QUANTITY
        assert snapshot["summary"]["liquidity"]["avg_spread_bps"] == bps

    play(story)


@pytest.mark.parametrize(("symbol", "bid", "ask", "mid", "bps"), TOUCHES)
def test_books_and_ladders(play, symbol, bid, ask, mid, bps):
    async def story(desk):
        await desk.publish(symbol, bids=[(bid, QUANTITY)], asks=[(ask, QUANTITY)])
        (snapshot,) = sent(await desk.connect(f"/ws/depth/{symbol}/"))
        assert snapshot["ladder"] == {"bids": [[bid, QUANTITY]], "asks": [[ask, QUANTITY]]}
        spread = snapshot["metrics"]["spread"]
        assert (spread["mid_price"], spread["spread_bps"]) == (mid, bps)

    play(story)

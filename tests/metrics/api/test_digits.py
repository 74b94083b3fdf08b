"""What was sent with many digits is answered with as many, at every address."""

import csv
import io
from datetime import UTC, datetime

import pytest

from metrics.domain.minutes import MinuteBook
from metrics.kept_minutes import save_minutes
from tests.factories import START, spot_book, with_flow

DEAR = spot_book("DEARIDR", [(98765432101.0, 1.0)], [(98765432103.0, 1.0)])
RUPIAH = spot_book("BTCIDR", [(1634567890.0, 0.123456)], [(1634567999.0, 0.123456)])
BITCOIN = spot_book("BTCUSDT", [(61234.56, 0.12345678)], [(61234.57, 123456.12345678)])


@pytest.fixture
def market(reader, publish):
    publish(DEAR, RUPIAH, BITCOIN)


@pytest.mark.parametrize(
    ("symbol", "bid", "ask", "mid", "bps"),
    [
        ("DEARIDR", 98765432101.0, 98765432103.0, 98765432102.0, 2.025e-7),
        ("BTCIDR", 1634567890.0, 1634567999.0, 1634567944.5, 0.000666843),
        ("BTCUSDT", 61234.56, 61234.57, 61234.565, 0.00163306),
    ],
)
def test_prices_mid_and_spread(client, market, symbol, bid, ask, mid, bps):
    spread = client.get(f"/api/v1/metrics/depth/{symbol}").json()["spread"]
    assert (spread["best_bid"], spread["best_ask"]) == (bid, ask)
    assert (spread["mid_price"], spread["spread_bps"]) == (mid, bps)
    row = client.get("/api/v1/metrics/all").json()["metrics"][symbol]
    assert (row["mid_price"], row["spread_bps"]) == (mid, bps)


def test_quantities(client, market):
    body = client.get("/api/v1/metrics/depth/BTCUSDT").json()
    assert (body["imbalance"]["bid_volume"], body["imbalance"]["ask_volume"]) == (0.12345678, 123456.12345678)
    assert body["strongest_levels"]["ask"] == {"price": 61234.57, "volume": 123456.12345678}
    assert body["liquidity"]["total"] == 123456.24691356
    assert body["liquidity"]["ask_notional"] == 7559782633.74284
    assert (
        client.get("/api/v1/metrics/all").json()["metrics"]["BTCUSDT"]["total_liquidity"] == 123456.24691356
    )


def test_an_average_of_small_spreads_is_not_nothing(client, reader, publish):
    publish(DEAR)
    liquidity = client.get("/api/v1/metrics/summary").json()["liquidity"]
    assert liquidity["avg_spread_bps"] == 2.025e-7
    assert liquidity["total_notional"] == {"other": 197530864204.0}


def test_an_order_by_spread_tells_small_ones_apart(client, market):
    body = client.get("/api/v1/metrics/all", {"sort_by": "spread"}).json()
    assert list(body["metrics"]) == ["DEARIDR", "BTCIDR", "BTCUSDT"]


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("resolution", ["1m", "1h"])
def test_minutes(client, resolution):
    prices = [(98765432101.0, 98765432103.0), (98765432101.0, 98765432104.0), (98765432099.0, 98765432103.0)]
    book = MinuteBook(frozenset[str]().__contains__)
    book.add(
        *with_flow([(START + second, 1.0, 1.0, *touch) for second, touch in enumerate(prices)], "DEARIDR")
    )
    save_minutes(book.close_all())
    start, end = (datetime.fromtimestamp(at, UTC).isoformat() for at in (START - 3600, START + 3600))
    query = {"from": start, "to": end, "resolution": resolution}
    [row] = client.get("/api/v1/metrics/history/DEARIDR", query).json()["rows"]
    assert {name: row[name] for name in row if name.startswith("mid_")} == {
        "mid_open": 98765432102.0,
        "mid_high": 98765432102.5,
        "mid_low": 98765432101.0,
        "mid_close": 98765432101.0,
        "mid_mean": 98765432101.8,
    }
    assert (row["spread_bps_mean"], row["spread_bps_max"]) == (3.0375e-7, 4.05e-7)
    text = client.get("/api/v1/metrics/history/DEARIDR", query | {"format": "csv"}).content.decode(
        "utf-8-sig"
    )
    [written] = csv.DictReader(io.StringIO(text))
    assert {name: float(written[name]) if written[name] else None for name in row if name != "timestamp"} == {
        name: value for name, value in row.items() if name != "timestamp"
    }


@pytest.mark.database
@pytest.mark.django_db
def test_a_mean_of_prices_of_many_digits_is_between_them(client):
    book = MinuteBook(frozenset[str]().__contains__)
    touch = (123456789012.345, 123456789012.347)
    book.add(*with_flow([(START + second / 10, 1.0, 1.0, *touch) for second in range(100)], "LONGIDR"))
    save_minutes(book.close_all())
    start, end = (datetime.fromtimestamp(at, UTC).isoformat() for at in (START - 60, START + 120))
    [row] = client.get("/api/v1/metrics/history/LONGIDR", {"from": start, "to": end}).json()["rows"]
    assert row["mid_low"] == row["mid_mean"] == row["mid_high"] == 123456789012.346

"""Parts of the page of a symbol, each also a page by itself."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from metrics.models import MinuteRollup
from tests.factories import spot_book
from tests.metrics.test_views import text

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("reader")]


@pytest.fixture(autouse=True)
def market(publish: Callable[..., None]) -> None:
    publish(spot_book())


def test_the_liquidity_of_a_symbol_is_a_page_and_a_part_of_one(client: Client):
    assert (
        '/symbols/BTCUSDT/liquidity/?venue=binance"'
        in client.get("/symbols/BTCUSDT/?venue=binance").content.decode()
    )
    page, part = (client.get(f"/symbols/BTCUSDT/liquidity/{query}") for query in ("", "?bare"))
    for expected in (
        "Known to 124.69 bps below and 124.69 bps above the mid price",
        "$10k – – of best ask – – of best bid",
        "Asks: less than $10k within 124.69 bps, as far as they are known.",
        "100 $299.00 3.00000 $151.25 1.50000 +0.33",
    ):
        assert expected in text(page)
        assert expected in text(part)
    assert "Liquidity of BTCUSDT" in text(page)
    assert "<main" in page.content.decode()
    assert "<main" not in part.content.decode()


@pytest.mark.parametrize("name", ["NOPE", "B&C"])
@pytest.mark.parametrize("part", ["liquidity/", "day/"])
def test_what_has_no_such_part_is_told_by_the_page_of_the_symbol(client: Client, name: str, part: str):
    alone, whole = (client.get(f"/symbols/{name}/{each}") for each in (part, ""))
    assert (alone.status_code, text(alone)) == (404, text(whole))


def test_the_last_day_is_told_by_the_hour_the_newest_first(client: Client):
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    for hours_ago, pressure in ((25, 5.0), (3, 12.5), (1, -4.0)):
        MinuteRollup.objects.create(
            symbol="BTCUSDT",
            market="binance/spot",
            minute=hour - timedelta(hours=hours_ago),
            pressure_mean=pressure,
            spread_bps_mean=1.5,
            spread_bps_max=2.25,
            depth_usd_mean=6_000_000.0,
            depth_usd_min=1_000_000.0,
            depth_samples=9,
            updates=9,
            seconds_not_live=0.5,
        )
    page, part = (client.get(f"/symbols/BTCUSDT/day/{query}") for query in ("?venue=binance", "?bare"))
    rows = [
        f"{hour - timedelta(hours=ago):%d. %H:%M} 1.50 2.25 – – 6.00 M 1.00 M {pressure} 0.5"
        for ago, pressure in ((1, "−4.00"), (3, "+12.50"))
    ]
    for answer in (page, part):
        assert " ".join(rows) in text(answer)
        assert "+5.00" not in text(answer)
    assert "← BTCUSDT 24 hours of BTCUSDT Binance" in text(page)
    assert "<canvas" not in page.content.decode()
    assert part.content.decode().count("<canvas") == 4


def test_a_market_of_which_no_minute_is_kept_says_so(client: Client):
    assert "No minute of it is kept yet" in text(client.get("/symbols/BTCUSDT/day/"))


def test_the_minutes_of_the_last_day_can_be_taken_along(client: Client):
    MinuteRollup.objects.create(
        symbol="BTCUSDT",
        market="binance/spot",
        minute=timezone.now() - timedelta(hours=3),
        spread_bps_mean=1.5,
        updates=9,
        seconds_not_live=0.5,
    )
    page = client.get("/symbols/BTCUSDT/day/").content.decode()
    csv, parquet = re.findall(r'href="(/api/v1/metrics/export[^"]*)"', page)
    assert b"BTCUSDT" in b"".join(client.get(csv))
    assert b"".join(client.get(parquet)).startswith(b"PAR1")

"""The page of markets side by side as the server paints it first."""

from collections.abc import Callable

import pytest
import redis
from django.test import Client

from metrics import comparing
from metrics.domain.market import Expiry
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from realtime.stack.servers import LOCALHOST, free_port
from tests.factories import spot_book
from tests.metrics.test_views import TOO_LITTLE, text

pytestmark = pytest.mark.usefixtures("reader")


@pytest.fixture(autouse=True)
def market(publish: Callable[..., None]) -> None:
    publish(spot_book(), spot_book("ETHBTC", bids=[(0.0433, 1.0)], asks=[(0.0434, 3.0)]))


def test_it_has_a_row_of_every_market_and_ways_to_leave_each_out(client: Client):
    answer = client.get("/compare/?m=btcusdt&m=BINANCE:ETHBTC")
    shown, html = text(answer), answer.content.decode()
    assert answer.status_code == 200
    assert shown.startswith(" BTCUSDT, ETHBTC@binance compared · Realtime Strategies")
    assert f"BTCUSDT Binance live 100.250 USDT – +32.35 49.8753 ≥124.59 {TOO_LITTLE} 0.00 – Remove" in shown
    assert "ETHBTC Binance live 0.0433500 BTC – −50.00" in shown
    assert 'href="/compare/?m=ETHBTC@binance" aria-label="Remove BTCUSDT"' in html
    assert 'href="/compare/?m=BTCUSDT" aria-label="Remove ETHBTC@binance"' in html
    assert 'data-socket-path="/ws/depth/ETHBTC/?venue=binance&amp;form=spot"' in html
    assert '<input type="hidden" name="m" value="ETHBTC@binance">' in html


def test_what_cannot_be_compared_is_told_and_the_rest_shown(client: Client):
    shown = text(client.get("/compare/?m=BTCUSDT&m=NOPE&m=okx:BTCUSDT&m=a:b:c&m=BTCUSDT"))
    for sentence in (
        "“a:b:c” is no market: write BTCUSDT, or OKX:BTCUSDT.",
        "BTCUSDT is compared already.",
        "NOPE is not tracked.",
        "BTCUSDT is not tracked at OKX.",
        "BTCUSDT Binance live",
    ):
        assert sentence in shown


def test_without_markets_it_offers_all_there_are(client: Client):
    answer = client.get("/compare/")
    assert "Nothing is compared yet" in text(answer)
    assert "No market data" not in text(answer)
    assert '<option value="BTCUSDT"></option><option value="ETHBTC"></option>' in answer.content.decode()


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("/", "/compare/"),
        ("/symbols/BTCUSDT/", "/compare/?m=BTCUSDT"),
        ("/symbols/BTCUSDT/?venue=binance", "/compare/?m=BTCUSDT@binance"),
    ],
)
def test_market_pages_lead_there(client: Client, page: str, link: str):
    assert f'<a class="compare" href="{link}">Compare</a>' in client.get(page).content.decode()


def test_while_the_store_is_away_it_says_so(client: Client, monkeypatch: pytest.MonkeyPatch):
    nobody = redis.Redis.from_url(f"redis://{LOCALHOST}:{free_port()}")
    monkeypatch.setattr(comparing, "get_reader", lambda: StoreReader(nobody, Keys("away"), Expiry()))
    answer = client.get("/compare/?m=BTCUSDT")
    assert answer.status_code == 503
    assert "The store of the metrics is away. This page fills by itself when it is back." in text(answer)
    assert 'data-socket-path="/ws/depth/BTCUSDT/"' in answer.content.decode()


def test_it_is_behind_the_log_in_where_metrics_are(client: Client, settings):
    settings.METRICS_REQUIRE_LOGIN = True
    answer = client.get("/compare/?m=BTCUSDT")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/compare/%3Fm%3DBTCUSDT")

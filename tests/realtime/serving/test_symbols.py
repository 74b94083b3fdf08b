"""Symbols of all scripts in the addresses of the web process, percent-encoded as browsers send them."""

from urllib.parse import quote as encoded

import httpx
import pytest

from tests.realtime.serving.sockets import raw_connect, receive
from tests.symbols import LISTED


@pytest.mark.parametrize("symbol", LISTED)
def test_a_symbol_is_found_at_every_address(page, quote, symbol):
    quote(symbol)
    address = encoded(symbol.lower())
    with raw_connect(f"ws://{page}/ws/depth/{address}/") as browser:
        assert receive(browser, "snapshot")["symbol"] == symbol
    with raw_connect(f"ws://{page}/ws/pressure/?symbols={address}") as browser:
        assert list(receive(browser, "snapshot")["symbols"]) == [symbol]
    with httpx.Client(base_url=f"http://{page}", follow_redirects=True) as client:
        assert client.get(f"/api/v1/metrics/depth/{address}").json()["symbol"] == symbol
        assert list(client.get(f"/api/v1/metrics/all?symbols={address}").json()["metrics"]) == [symbol]
        assert f"<h1>{symbol}</h1>" in client.get(f"/symbols/{address}").text

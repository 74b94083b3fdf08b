"""Venues and what of them, as people write it."""

import pytest

from markets.choice import BadChoice, Choice
from markets.places import PLACES, read_market, read_places


def test_a_place_is_a_venue_or_its_contracts():
    assert {"binance", "binance-usdm", "okx", "okx-usdm", "bybit", "bybit-usdm", "coinbase", "kraken"} == {
        *PLACES
    }
    assert (PLACES["okx-usdm"].name, PLACES["okx-usdm"].form) == ("okx", "usdm")


def test_each_place_once():
    assert read_places("okx, binance-usdm,okx") == ["okx", "binance-usdm"]


@pytest.mark.parametrize(
    ("text", "places", "choice"),
    [
        ("binance:top:20", ["binance"], Choice(top=20)),
        ("coinbase:top:5:USD", ["coinbase"], Choice(top=5, quote="USD")),
        ("binance,okx:BTCUSDT,ETHUSDT", ["binance", "okx"], Choice(("BTCUSDT", "ETHUSDT"))),
        ("binance-usdm:btcusdt", ["binance-usdm"], Choice(("BTCUSDT",))),
    ],
)
def test_a_market_is_places_and_what_of_them(text: str, places: list[str], choice: Choice):
    assert read_market(text) == (places, choice)


@pytest.mark.parametrize(
    "text", ["", "binance", "ftx:top:2", "binance:", "binance:top:0", ":top:2", "binance:a b"]
)
def test_what_is_no_market_is_refused_in_words(text: str):
    with pytest.raises(BadChoice, match=r"\.$"):
        read_market(text)

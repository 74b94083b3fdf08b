"""Which markets an address asks to have compared, and what is said of those that cannot be."""

import re

import pytest

from metrics.pages.compare import (
    Compared,
    compare_url,
    found_among,
    not_tracked,
    read_market,
    read_markets,
    suggestions,
)
from tests.factories import market_row


@pytest.mark.parametrize(
    ("text", "market", "name"),
    [
        ("BTCUSDT", Compared("BTCUSDT"), "BTCUSDT"),
        (" btcusdt ", Compared("BTCUSDT"), "BTCUSDT"),
        ("OKX:BTCUSDT", Compared("BTCUSDT", "okx"), "BTCUSDT@okx"),
        ("btcusdt@okx", Compared("BTCUSDT", "okx", "spot"), "BTCUSDT@okx"),
        ("OKX-USDM:BTCUSDT", Compared("BTCUSDT", "okx", "usdm"), "BTCUSDT@okx-usdm"),
        ("BTC-USDT@binance-usdm", Compared("BTC-USDT", "binance", "usdm"), "BTC-USDT@binance-usdm"),
    ],
)
def test_a_market_is_read_as_people_and_lists_write_it(text: str, market: Compared, name: str):
    assert read_market(text) == market
    assert market.name == name


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a:b:c", "“a:b:c” is no market: write BTCUSDT, or OKX:BTCUSDT."),
        ("OKX:BTCUSDT@okx", "“OKX:BTCUSDT@okx” is no market: write BTCUSDT, or OKX:BTCUSDT."),
        ("B", "A symbol is 2 to 32"),
        ("OKX:", "A symbol is 2 to 32"),
        (":BTCUSDT", "“” is no venue."),
        ("*:BTCUSDT", "“*” is no venue."),
    ],
)
def test_what_is_no_market_is_told(text: str, sentence: str):
    with pytest.raises(ValueError, match=re.escape(sentence)) as fault:
        read_market(text)
    assert str(fault.value).startswith(sentence)


def test_what_is_repeated_too_much_or_empty_is_left_out():
    texts = ["BTCUSDT", "", "btcusdt,OKX:BTCUSDT", "okx:BTCUSDT", "ETHUSDT,SOLUSDT, XRPUSDT"]
    markets, faults = read_markets(texts)
    assert [market.name for market in markets] == ["BTCUSDT", "BTCUSDT@okx", "ETHUSDT", "SOLUSDT"]
    assert faults == [
        "BTCUSDT is compared already.",
        "BTCUSDT@okx is compared already.",
        "At most 4 markets are compared: XRPUSDT is left out.",
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("NOPE", "NOPE is not tracked."),
        ("OKX:NOPE", "NOPE is not tracked at OKX."),
        ("okx-usdm:NOPE", "NOPE is not tracked at OKX as a contract."),
    ],
)
def test_what_is_not_tracked_is_told(name: str, sentence: str):
    assert not_tracked(read_market(name)) == sentence


def test_of_a_venue_that_one_is_meant_which_is_tracked_and_none_twice():
    contract, spot = market_row(symbol="ETHUSDT", market="okx/usdm"), market_row(market="okx/spot")
    tracked = {"ETHUSDT": [contract], "BTCUSDT": [market_row(), spot]}
    texts = ["OKX:ETHUSDT", "OKX:BTCUSDT", "BTCUSDT@okx", "ETHUSDT@okx"]
    found, faults = found_among(map(read_market, texts), tracked)
    assert {market.name: row for market, row in found.items()} == {
        "ETHUSDT@okx-usdm": contract,
        "BTCUSDT@okx": spot,
    }
    assert faults == ["BTCUSDT@okx is compared already.", "ETHUSDT is not tracked at OKX."]


def test_an_address_repeats_the_names():
    assert compare_url([Compared("BTCUSDT"), Compared("币安人生USDT", "okx", "spot")]) == (
        "/compare/?m=BTCUSDT&m=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT@okx"
    )
    assert compare_url([]) == "/compare/"


def test_what_may_be_added_is_every_symbol_and_the_other_markets_of_those_that_are_there():
    tracked = {
        "ETHUSDT": [market_row(symbol="ETHUSDT")],
        "BTCUSDT": [market_row(), market_row(market="okx/spot")],
    }
    assert suggestions(tracked, []) == ["BTCUSDT", "ETHUSDT"]
    assert suggestions(tracked, [Compared("BTCUSDT"), Compared("BTCUSDT", "okx", "spot")]) == [
        "BTCUSDT@binance",
        "ETHUSDT",
    ]
    assert suggestions(tracked, [Compared("ETHUSDT")]) == ["BTCUSDT"]

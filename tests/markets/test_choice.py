"""Which markets are wanted."""

import pytest

from markets.choice import BadChoice, Choice, read_choice
from markets.domain.listing import Listing

LISTINGS = [
    Listing("BTCUSDT", "BTC-USDT", "USDT", 5.0),
    Listing("ETHUSDT", "ETH-USDT", "USDT", 9.0),
    Listing("BTCUSD", "BTC-USD", "USD", 7.0),
]


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("BTCUSDT", Choice(symbols=("BTCUSDT",))),
        (" btcusdt , ETHUSDT,BTCUSDT", Choice(symbols=("BTCUSDT", "ETHUSDT"))),
        ("top:50", Choice(top=50)),
        ("top:5:usd", Choice(top=5, quote="USD")),
        ("币安人生USDT", Choice(symbols=("币安人生USDT",))),
    ],
)
def test_a_choice__is_read(text: str, choice: Choice) -> None:
    assert read_choice(text) == choice


@pytest.mark.parametrize(
    "text", ["", ",", "top:", "top:0", "top:-1", "top:99999", "top:5:", "BTC/USDT", "В", "BTCUSDT,,", "a b"]
)
def test_what_is_no_choice__is_reported_as_such(text: str) -> None:
    with pytest.raises(BadChoice, match="neither a symbol nor top:N"):
        read_choice(text)


@pytest.mark.parametrize("text", ["BTCUSDT,ETHUSDT", "top:50:USDT"])
def test_a_choice__is_written_as_it_is_read(text: str) -> None:
    assert str(read_choice(text)) == text


def test_what_is_not_traded__is_named_and_the_rest_is_found() -> None:
    found, missing = read_choice("ETHUSDT,NOSUCH,BTCUSDT").among(LISTINGS)

    assert [each.symbol for each in found] == ["ETHUSDT", "BTCUSDT"]
    assert missing == ["NOSUCH"]


def test_the_busiest__are_those_of_the_quote_by_their_turnover() -> None:
    found, missing = read_choice("top:5").among(LISTINGS)

    assert [each.symbol for each in found] == ["ETHUSDT", "BTCUSDT"]
    assert missing == []


@pytest.mark.parametrize("text", ["top:5", "BTCUSDT"])
def test_a_symbol_of_two_markets__is_that_with_the_higher_turnover(text: str) -> None:
    twice = [
        Listing("BTCUSDT", "a", "USDT", 1.0),
        Listing("BTCUSDT", "b", "USDT", 2.0),
        Listing("BTCUSDT", "c", "USDT"),
    ]

    found, _ = read_choice(text).among(twice)

    assert [each.name for each in found] == ["b"]

"""What a venue trades, in our spelling."""

import pytest

from markets.domain.listing import Listing, busiest, listing


@pytest.mark.parametrize(
    ("base", "quote", "symbol"),
    [
        ("BTC", "USDT", "BTCUSDT"),
        ("XBT", "USD", "BTCUSD"),
        ("xdg", "usd", "DOGEUSD"),
        ("1000PEPE", "USDT", "1000PEPEUSDT"),
    ],
)
def test_a_pair__is_base_and_quote_as_everybody_spells_them(base: str, quote: str, symbol: str) -> None:
    found = listing(base, quote, "name")

    assert found
    assert found.symbol == symbol


def test_a_pair_that_makes_no_symbol__is_not_listed() -> None:
    assert listing("В", "USD", "a Cyrillic letter") is None


def test_the_busiest__are_those_with_the_highest_turnover_of_one_quote() -> None:
    listings = [
        Listing("AUSDT", "a", "USDT", 1.0),
        Listing("BUSDT", "b", "USDT", 3.0),
        Listing("CEUR", "c", "EUR", 9.0),
        Listing("DUSDT", "d", "USDT", 2.0),
    ]

    assert [each.symbol for each in busiest(listings, 2, "USDT")] == ["BUSDT", "DUSDT"]

"""What the simulator trades."""

import re
from random import Random

from markets.simulation.listings import listings


def test_names_are_unique_and_could_be_real():
    symbols = [listing.symbol for listing in listings(2_000, "mixed", Random(1))]
    assert len(set(symbols)) == 2_000
    assert all(re.fullmatch(r"[A-Z]{5,11}", symbol) for symbol in symbols)


def test_the_first_twenty_show_every_kind_of_market():
    first = listings(20, "mixed", Random(1))
    assert max(listing.price for listing in first) == 60_000
    assert 0.00001234 in {listing.price for listing in first}
    assert {"ETHBTC", "BTCEUR", "SOLUSDC"} <= {listing.symbol for listing in first}
    assert any(listing.quiet for listing in first)
    assert {listing.futures for listing in first} == {True, False}


def test_more_markets_keep_the_first_ones():
    assert listings(90, "mixed", Random(3))[:70] == listings(70, "mixed", Random(3))


def test_every_price_has_room_for_a_book_below_it():
    assert all(
        listing.price * 10**listing.price_decimals > 400 for listing in listings(3_000, "spot", Random(5))
    )

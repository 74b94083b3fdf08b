"""Which markets can be chosen, and why another than the first is followed."""

from typing import Any

import pytest

from metrics.pages.places import asked_market, place_filter, standing_in

TIME = "2026-11-24T14:03:05.000Z"


def market(place: str, state: str = "live", reason: str | None = None) -> dict[str, Any]:
    venue, _, form = place.partition("/")
    name = f"BTCUSDT@{venue}"
    return {
        "market": name,
        "venue": venue,
        "form": form,
        "state": state,
        "reason": reason,
        "timestamp": TIME,
    }


def choices(*markets: str, venue: str = "", form: str = "") -> dict[str, Any]:
    return place_filter(set(markets), venue, form)


def test_with_a_single_market_there_is_nothing_to_choose():
    assert not choices("binance/spot")["is_several"]
    assert not choices()["is_several"]


def test_venues_are_chosen_by_name():
    found = choices("okx/spot", "binance/spot")
    assert found["is_several"]
    assert not found["has_forms"]
    assert found["venue_choices"] == [
        ("", "Followed markets"),
        ("binance", "Binance"),
        ("okx", "OKX"),
        ("*", "Every market"),
    ]


def test_forms_are_chosen_where_there_are_both():
    found = choices("binance/spot", "binance/usdm")
    assert found["is_several"]
    assert found["has_forms"]


def test_what_is_chosen_stays_to_be_seen_when_it_is_not_live_any_more():
    found = choices("binance/spot", venue="okx")
    assert found["is_several"]
    assert ("okx", "OKX") in found["venue_choices"]
    assert ("kraken,okx", "Kraken, OKX") in choices(venue="kraken,okx")["venue_choices"]


def test_a_page_of_one_market_takes_no_several():
    assert asked_market({"venue": "okx", "form": "usdm"}) == ("okx", "usdm")
    assert asked_market({"venue": "*", "form": "usdm"}) == ("", "")
    assert asked_market({"venue": "okx,kraken"}) == ("", "")


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("stale", "silent", "has been silent since 14:03:05 UTC"),
        ("stale", "repeated", "is stale (the same message again)"),
        ("suspect", "mixed_prices", "is suspect (prices of two coins come under its name)"),
        ("one_sided", "one_sided", "is one-sided"),
        ("live", None, "is live, and followed once it has been live for 30 s"),
    ],
)
def test_why_another_market_stands_in_is_told(state: str, reason: str | None, words: str):
    markets = [market("okx/spot"), market("kraken/spot"), market("binance/spot", state, reason)]
    assert standing_in(markets) == ("binance/spot", f"Binance {words}; showing OKX")


def test_nothing_is_told_where_the_first_market_is_followed():
    assert standing_in([market("binance/spot", "stale", "silent"), market("okx/spot")]) == ("", "")
    assert standing_in([market("okx/spot"), market("kraken/spot")]) == ("", "")
    assert standing_in([market("okx/spot")]) == ("", "")


def test_which_markets_come_first_is_what_the_installation_says(settings: Any):
    settings.PRIMARY_MARKETS = ["okx/spot"]
    assert standing_in([market("okx/spot"), market("binance/spot")]) == ("", "")
    assert standing_in([market("binance/usdm"), market("okx/spot", "stale", "silent")]) == (
        "okx/spot",
        "OKX has been silent since 14:03:05 UTC; showing Binance perpetual",
    )

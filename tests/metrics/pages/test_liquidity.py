"""What trading costs, in words, and where it is worst."""

from typing import Any

import pytest
from django.conf import LazySettings

from metrics.pages.liquidity import dollar_words, explained, words, worst


def row(symbol: str, cost: float | None, known_to: float | None = 40.0, **changes: Any) -> dict[str, Any]:
    figures = {
        "cost_bps_10s": cost,
        "cost_at_least_bps_10s": cost,
        "known_to_bps": known_to,
        "depth_usd_10s": 45_000.0,
        "spread_bps_10s": 8.1,
        "usd_per_quote": 1.0,
    }
    return {"symbol": symbol, "venue": "binance", "form": "spot", "state": "live"} | figures | changes


@pytest.mark.parametrize(
    ("dollars", "text"),
    [(100_000, "$100k"), (50_000.0, "$50k"), (1_500_000, "$1.5M"), (250, "$250"), (0.5, "$0.5")],
)
def test_a_size_reads_short(dollars: float, text: str):
    assert dollar_words(dollars) == text


def test_size_and_band_are_those_of_the_settings(settings: LazySettings):
    settings.LIQUIDITY_ROW_SIZE, settings.LIQUIDITY_ROW_BAND_BPS = 50_000.0, 2.5
    assert (words()["size"], words()["band"]) == ("$50k", "2.5 bps")
    assert "the levels heard hold less than $50k" in explained(row("A", None))["cost_reason"]


def test_what_is_known_needs_no_reason():
    told = explained(row("A", 12.0))
    assert (told["cost_reason"], told["depth_reason"]) == ("", "")


@pytest.mark.parametrize(
    ("changes", "cost", "depth"),
    [
        ({}, "the levels heard hold less than $100k", "the levels heard end within 10 bps of the mid price"),
        ({"usd_per_quote": None}, "no live market tells what", "no live market tells what"),
        ({"known_to_bps": None, "usd_per_quote": None}, "no book of two sides", "no book of two sides"),
    ],
)
def test_what_is_not_known_is_explained(changes: dict[str, None], cost: str, depth: str):
    told = explained(row("A", None, depth_usd_10s=None) | changes)
    assert cost in told["cost_reason"]
    assert depth in told["depth_reason"]


def test_the_worst_are_the_dearest__and_those_that_hold_less_than_the_size_by_what_it_costs_at_least():
    """However far they are known: thin ones of small steps and thick ones of large steps compare."""
    rows = [
        row("DEAR", 90.0),
        row("SHORT", None, 500.0, cost_at_least_bps_10s=4.0),
        row("CHEAP", 1.0),
        row("SHORTEST", None, 41.3704, cost_at_least_bps_10s=40.0),
    ]
    assert [(each["symbol"], each["why"]) for each in worst(rows)] == [
        ("DEAR", "spread 8.10 bps · $45.00 k within 10 bps"),
        ("SHORTEST", "holds less than $100k within 41.37 bps"),
        ("SHORT", "holds less than $100k within 500.00 bps"),
        ("CHEAP", "spread 8.10 bps · $45.00 k within 10 bps"),
    ]


def test_five_are_enough__equals_in_alphabetical_order():
    rows = [row(symbol, 7.0) for symbol in "FEDCBA"]
    assert [each["symbol"] for each in worst(rows)] == [*"ABCDE"]


@pytest.mark.parametrize(
    "changes",
    [{"state": "stale"}, {"cost_at_least_bps_10s": None}],
    ids=lambda each: next(iter(each)),
)
def test_what_is_not_live_or_not_comparable_is_not_ranked(changes: dict[str, Any]):
    assert worst([row("A", 1.0) | changes]) == []


def test_a_depth_that_is_not_known_is_left_out_of_the_line():
    (told,) = worst([row("A", 0.45, depth_usd_10s=None)])
    assert told["why"] == "spread 8.10 bps"

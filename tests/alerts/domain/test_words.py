"""Rules as people read them."""

from typing import Any

import pytest

from alerts.domain import words
from tests.alerts.factories import rule


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {},
            "Fires when spread of any of BTC*, ETHUSDT is above 10 bps for 30 seconds. "
            "It is over when the value is back down to 8 bps.",
        ),
        (
            {"symbols": [], "market": "binance-usdm", "for_seconds": 0.0, "clear_at": None},
            "Fires when spread of any symbol at binance-usdm is above 10 bps, at once. "
            "It is over when the value is back down to 10 bps.",
        ),
        (
            {
                "watch": "depth_usd_10s",
                "comparison": "below",
                "threshold": 50_000.0,
                "clear_at": 75_000.0,
                "for_seconds": 300.0,
            },
            "Fires when depth of any of BTC*, ETHUSDT is below 50,000 USD for 5 minutes. "
            "It is over when the value is back up to 75,000 USD.",
        ),
        (
            {"watch": "is_stale", "threshold": 0.5, "clear_at": None, "for_seconds": 90.0},
            "Fires when any of BTC*, ETHUSDT is stale for 90 seconds.",
        ),
        (
            {"watch": "is_live", "comparison": "below", "threshold": 0.5, "clear_at": None},
            "Fires when any of BTC*, ETHUSDT is not live for 30 seconds.",
        ),
        (
            {"watch": "is_gap", "symbols": ["BTCUSDT"], "threshold": 0.5, "clear_at": None},
            "Fires when BTCUSDT has a gap for 30 seconds.",
        ),
        (
            {"watch": "symbols_tracked", "symbols": [], "comparison": "below", "clear_at": None},
            "Fires when number of tracked symbols of all markets is below 10 symbols for 30 seconds. "
            "It is over when the value is back up to 10 symbols.",
        ),
        (
            {"watch": "signals_per_minute", "symbols": [], "entities": ["orderbook_skew"]},
            "Fires when rate of signals of strategy orderbook_skew is above 10 per minute for 30 seconds. "
            "It is over when the value is back down to 8 per minute.",
        ),
        (
            {"watch": "is_in_force", "symbols": [], "comparison": "below", "threshold": 0.5},
            "Fires when any level is not in force everywhere for 30 seconds.",
        ),
        (
            {"watch": "is_without_nats", "symbols": [], "entities": ["feed *", "store"], "threshold": 0.5},
            "Fires when any of feed *, store is without NATS for 30 seconds.",
        ),
        (
            {"watch": "is_halted", "symbols": [], "threshold": 0.5, "for_seconds": 0.0},
            "Fires when any scope is halted, at once.",
        ),
        (
            {"watch": "abs_net_pressure", "threshold": 80.0, "clear_at": None, "symbols": []},
            "Fires when net pressure, either way, of any symbol is above 80% for 30 seconds. "
            "It is over when the value is back down to 80%.",
        ),
    ],
)
def test_a_rule_is_one_sentence_about_when_it_fires_and_when_that_is_over(
    changes: dict[str, Any], sentence: str
):
    assert words.sentence(rule(**changes)) == sentence


@pytest.mark.parametrize(
    ("watch", "measured", "shown"),
    [
        ("spread_bps_10s", 12.3456, "12.35 bps"),
        ("net_pressure", -61.0, "-61%"),
        ("depth_usd_10s", 1_234_567.8, "1,234,568 USD"),
        ("is_stale", 1.0, "stale"),
        ("is_live", 0.0, "not live"),
        ("is_gap", 1.0, "a gap"),
        ("age_seconds", 0.0, "0 s"),
        ("long_gone", 4.0, "4"),
    ],
)
def test_a_value_has_its_unit_and_a_state_is_a_word(watch: str, measured: float, shown: str):
    assert words.value(watch, measured) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(1.0, "1 second"), (0.5, "0.5 seconds"), (90.0, "90 seconds"), (3600.0, "1 hour"), (86_400.0, "1 day")],
)
def test_spans_are_read_in_the_largest_unit_that_fits(seconds: float, shown: str):
    assert words.span(seconds) == shown


def test_what_was_exceeded_is_said_of_a_figure_and_goes_without_saying_of_a_state():
    assert words.limit("spread_bps_10s", "above", 10.0) == "Spread above 10 bps"
    assert words.limit("is_stale", "above", 0.5) == ""


def test_quiet_hours_follow_in_a_sentence_of_their_own():
    said = words.sentence(rule(quiet_hours=["22:00-06:00", "Sun 00:00-24:00"]))
    assert said.endswith(" Nobody is told 22:00-06:00, Sun 00:00-24:00 UTC.")

"""What a rule may say."""

import math

import pytest
from msgspec.structs import replace

from alerts.domain.rules import Rule, problems, read_pattern
from alerts.domain.watched import CATALOGUE

WIDE = Rule(id=1, name="Wide spread", watch="spread_bps_10s", threshold=10.0)


def test_a_plain_rule_has_no_problem():
    assert problems(WIDE) == {}


@pytest.mark.parametrize("watched", CATALOGUE.values(), ids=list(CATALOGUE))
def test_every_example_of_a_threshold_can_be_used_either_way(watched):
    for comparison in ("above", "below"):
        rule = replace(WIDE, watch=watched.name, threshold=watched.example, comparison=comparison)
        assert problems(rule) == {}


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": " "}, "name", "must not be empty"),
        ({"name": "a" * 101}, "name", "must be at most 100 printable characters"),
        ({"name": "a\nb"}, "name", "must be at most 100 printable characters"),
        ({"advice": "a" * 501}, "advice", "must be at most 500 characters"),
        ({"watch": "spread"}, "watch", f"must be one of {', '.join(CATALOGUE)}"),
        ({"comparison": "over"}, "comparison", "must be one of above, below"),
        ({"severity": "bad"}, "severity", "must be one of info, warning, critical"),
        ({"for_seconds": -1.0}, "for_seconds", "must be between 0 and 86400"),
        ({"for_seconds": math.nan}, "for_seconds", "must be between 0 and 86400"),
        ({"symbols": ("BTCUSDT", "BTCUSDT")}, "symbols", "must not be named twice"),
        ({"symbols": tuple(f"A{n}" for n in range(101))}, "symbols", "must be at most 100"),
        ({"threshold": -1.0}, "threshold", "must be at least 0"),
        ({"threshold": math.nan}, "threshold", "must be a number"),
        ({"threshold": math.inf}, "threshold", "must be a number"),
        (
            {"watch": "net_pressure", "threshold": 100.0},
            "threshold",
            "must be at least -100 and less than 100",
        ),
        (
            {"watch": "net_pressure", "threshold": -100.0, "comparison": "below"},
            "threshold",
            "must be more than -100 and at most 100",
        ),
        ({"threshold": 0.0, "comparison": "below"}, "threshold", "must be more than 0"),
        ({"clear_at": 10.5}, "clear_at", "must be at least 0 and at most the threshold, 10"),
        ({"clear_at": -1.0}, "clear_at", "must be at least 0 and at most the threshold, 10"),
        ({"clear_at": math.nan}, "clear_at", "must be at least 0 and at most the threshold, 10"),
        ({"clear_at": 9.0, "comparison": "below"}, "clear_at", "must be at least the threshold, 10"),
        ({"clear_at": math.inf, "comparison": "below"}, "clear_at", "must be a number"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(changes, field, sentence):
    assert problems(replace(WIDE, **changes)) == {field: sentence}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"watch": "silent_seconds", "symbols": ("BTCUSDT",)}, "symbols"),
        ({"watch": "silent_seconds", "market": "binance"}, "market"),
        ({"watch": "silent_seconds", "entities": ("",)}, "entities"),
        ({"watch": "silent_seconds", "entities": ("a" * 201,)}, "entities"),
        ({"watch": "silent_seconds", "entities": ("store", "store")}, "entities"),
        ({"watch": "silent_seconds", "entities": tuple(f"feed {n}" for n in range(101))}, "entities"),
        ({"watch": "symbols_tracked", "entities": ("all markets",)}, "entities"),
        ({"entities": ("store",)}, "entities"),
    ],
)
def test_what_a_rule_is_about_is_named_in_the_way_of_its_kind_alone(changes, field):
    assert list(problems(replace(WIDE, **changes))) == [field]


def test_a_rule_covers_the_things_it_names_or_all_of_their_kind():
    parts = replace(WIDE, watch="silent_seconds", entities=("feed *", "store"))
    assert problems(parts) == {}
    assert [parts.covers(name) for name in ("feed host/0/1", "store", "market host")] == [True, True, False]
    assert replace(parts, entities=()).covers("market host")


@pytest.mark.parametrize("symbol", ["btcusdt", "BTC?", "BTC[A]", "B T", "", " ", "A" * 33, "*" * 33])
def test_what_is_no_symbol_and_no_pattern_is_refused(symbol):
    assert list(problems(replace(WIDE, symbols=(symbol,)))) == ["symbols"]


@pytest.mark.parametrize("market", ["", "binance", "binance-usdm"])
def test_a_market_goes_by_the_name_that_subjects_have(market):
    assert problems(replace(WIDE, market=market)) == {}


@pytest.mark.parametrize("market", ["binance/spot", "Binance", "-usdm", "binance-usdm-usdm"])
def test_what_is_no_name_of_a_market_is_refused(market):
    assert list(problems(replace(WIDE, market=market))) == ["market"]


def test_patterns_are_read_in_any_case():
    assert read_pattern(" btc* ") == "BTC*"
    assert read_pattern("btcusdt") == "BTCUSDT"
    assert read_pattern("btc?") is None


def test_a_rule_covers_the_symbols_it_names_or_all():
    assert WIDE.covers("BTCUSDT")
    some = replace(WIDE, symbols=("ETHUSDT", "*USDC", "S*L*"))
    covered = [
        symbol for symbol in ("ETHUSDT", "BTCUSDT", "BTCUSDC", "SOLUSDT", "SUI") if some.covers(symbol)
    ]
    assert covered == ["ETHUSDT", "BTCUSDC", "SOLUSDT"]


def test_the_alert_is_resolved_at_the_threshold_unless_said_otherwise():
    assert WIDE.resolves_at == 10.0
    assert replace(WIDE, clear_at=8.0).resolves_at == 8.0

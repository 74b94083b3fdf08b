"""Figures as text. The same cases go through the scripts in tests/browser/test_figures.py."""

import pytest

from metrics.domain.reasons import EXPECTED, REFUSALS
from metrics.templatetags import figures

CASES = [
    ("fixed", [67123.456, 2], "67,123.46"),
    ("fixed", [0.125, 2], "0.13"),
    ("fixed", [-0.125, 2], "−0.13"),
    ("fixed", [-0.001, 2], "0.00"),
    ("fixed", [1234567, 0], "1,234,567"),
    ("fixed", [999.999, 2], "1,000.00"),
    ("fixed", [None, 2], "–"),
    ("fixed", [98765432101.1234, 6], "98,765,432,101.123400"),
    ("fixed", [0.1, 20], "0.10000000000000000000"),
    ("fixed", [1634567944.5, 1], "1,634,567,944.5"),
    ("signed", [32.35, 2], "+32.35"),
    ("signed", [-32.35, 2], "−32.35"),
    ("signed", [0, 2], "0.00"),
    ("signed", [0.001, 2], "0.00"),
    ("signed", [None, 2], "–"),
    ("price", [67123.456], "67,123.46"),
    ("price", [3.5], "3.50000"),
    ("price", [0.00001234], "0.0000123400"),
    ("price", [0], "0.00000"),
    ("price", [None], "–"),
    ("price", [1634567944.5], "1,634,567,944.50"),
    ("price", [0.001], "0.00100000"),
    ("bps", [49.8753], "49.8753"),
    ("bps", [0.2], "0.2000"),
    ("bps", [0.00163306], "0.001633"),
    ("bps", [2.025e-7], "0.0000002025"),
    ("bps", [0], "0.0000"),
    ("bps", [None], "–"),
    ("coarse", [12.3456], "12.35"),
    ("coarse", [0.52347], "0.523"),
    ("coarse", [2.0275e-7], "0.000000203"),
    ("coarse", [None], "–"),
    ("least_cost", [{"cost_bps_10s": 12.3456, "cost_at_least_bps_10s": 12.3456}], "12.35"),
    ("least_cost", [{"cost_bps_10s": None, "cost_at_least_bps_10s": 12.3456}], "≥12.35"),
    ("least_cost", [{"cost_bps_10s": 12.3456, "cost_at_least_bps_10s": None}], "12.35"),
    ("least_cost", [{"cost_bps_10s": None, "cost_at_least_bps_10s": None}], "–"),
    ("compact", [12345678], "12.35 M"),
    ("compact", [0.00301], "0.00301"),
    ("compact", [999.5], "999.50"),
    ("compact", [-1500], "−1.50 k"),
    ("compact", [2.5e12], "2.50 T"),
    ("compact", [None], "–"),
    ("dollars", [1234567], "$1.23 M"),
    ("dollars", [0], "$0.00"),
    ("dollars", [None], "–"),
    ("quantity", [2500000], "2.50 M"),
    ("quantity", [0.25], "0.250000"),
    ("quantity", [None], "–"),
    ("signed_quantity", [7.009], "+7.00900"),
    ("signed_quantity", [-2500000], "−2.50 M"),
    ("signed_quantity", [0], "0.00000"),
    ("signed_quantity", [None], "–"),
    ("age", [0], "<1 s"),
    ("age", [-50], "<1 s"),
    ("age", [1999], "1 s"),
    ("age", [119_999], "119 s"),
    ("age", [120_000], "2 min"),
    ("age", [7_200_000], "2 h"),
    ("age", [None], "–"),
    ("trend", ["bullish"], "▲ bullish"),
    ("trend", [None], "–"),
]
PLACES = [
    ("binance", "spot", "BTCUSDT", "Binance"),
    ("okx", "spot", "BTCUSDT", "OKX"),
    ("okx", "usdm", "BTCUSDT", "OKX perpetual"),
    ("binance", "usdm", "BTCUSDT_251226", "Binance dated"),
    ("binance", "usdm", "BTCUSD_PERP", "Binance perpetual"),
    ("my-venue", "spot", "BTCUSDT", "My-venue"),
]


@pytest.mark.parametrize(("name", "arguments", "text"), CASES)
def test_figures_read_the_same_everywhere(name: str, arguments: list, text: str):
    assert getattr(figures, name)(*arguments) == text


@pytest.mark.parametrize(("venue", "form", "symbol", "text"), PLACES)
def test_where_a_market_is_reads_the_same_everywhere(venue: str, form: str, symbol: str, text: str):
    assert figures.place_words(venue, form, symbol) == text


@pytest.mark.parametrize(
    "name",
    [
        "fixed",
        "signed",
        "price",
        "full_price",
        "bps",
        "coarse",
        "compact",
        "dollars",
        "quantity",
        "age",
        "least_cost",
    ],
)
def test_what_a_template_does_not_have_is_unknown(name: str):
    assert getattr(figures, name)("") == figures.UNKNOWN


@pytest.mark.parametrize(
    ("number", "decimals"),
    [(100.0, 0), (100.5, 1), (67123.45, 2), (0.00001234, 8), (1e12, 0), (1e-9, 9), (98765432101.1234, 4)],
)
def test_decimals_of_a_price_are_counted(number: float, decimals: int):
    assert figures.decimals_of(number) == decimals


def test_numbers_of_any_size_can_be_written():
    assert figures.fixed(10.0**30, 2) == "1,000,000,000,000,000,019,884,624,838,656.00"
    assert figures.price(1e-18) == "0.00000000000000000100000"


@pytest.mark.parametrize(
    ("number", "text"),
    [(98765432101.0, "98,765,432,101.00"), (61234.565, "61,234.565"), (0.00001234567891, "0.00001234567891")],
)
def test_the_price_of_a_signal_has_all_its_digits(number: float, text: str):
    assert figures.full_price(number) == text


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        ("live", None, ""),
        ("suspect", "mixed_prices", "prices of two coins come under its name"),
        ("stale", "repeated", "the same message again"),
        ("stale", "crossed", "best bid at or above best ask"),
        ("crossed", "crossed", ""),
        ("stale", "silent", ""),
    ],
)
def test_a_reason_is_told_where_the_state_does_not_say_it(state: str, reason: str | None, words: str):
    assert figures.reason_words({"state": state, "reason": reason}) == words


def test_a_row_that_is_not_there_has_no_reason():
    assert figures.reason_words("") == figures.reason_words(None) == ""


def test_counts_are_told_with_the_most_frequent_first():
    assert figures.counts({}) == ""
    assert figures.counts({"crossed": 3, "late": 1200}) == "1,200 late, 3 crossed"
    many = {"a": 9, "b": 8, "c": 7, "d": 6, "e": 5, "f": 4}
    assert figures.counts(many) == "9 a, 8 b, 7 c, 6 d, 9 others"


def test_refusals_that_nobody_is_to_blame_for_are_apart_from_the_others_and_in_words():
    refused = {"other_depth": 120_000, "late": 3}
    assert figures.faults(refused) == {"late": 3}
    assert figures.expected(refused) == "120,000 less deep books, as a deeper one is followed"
    assert figures.expected({"late": 3}) == ""
    assert EXPECTED.keys() <= REFUSALS.keys()


@pytest.mark.parametrize(
    ("partition", "name"),
    [("0/1", "Feed"), ("1/2", "Feed 2 of 2 (part 1/2)"), ("", "Feed "), ("0/²", "Feed 0/²"), ("x", "Feed x")],
)
def test_a_feed_is_called_by_its_share_of_the_market(partition: str, name: str):
    assert figures.feed_name(partition) == name


def test_a_time_is_shown_in_utc():
    assert figures.utc_time("2026-11-24T09:56:29.976Z") == "09:56:29 UTC"
    assert figures.utc_time(None) == "–"

"""What people are shown of venues."""

import pytest

from markets.reports.report import in_a_line, lines, unreached
from tests.factories import START
from tests.markets.reports.reports import TROUBLED, markets_report, venue_report


def test_of_a_venue_that_does_well_how_much_comes():
    assert lines([markets_report()], START) == [
        ("binance spot 20 symbols, 3 of 3 connections, 812 frames/s", False)
    ]


def test_of_one_in_trouble_why_nothing_comes():
    assert lines([markets_report(venue_report(), TROUBLED)], START)[1] == (
        "okx spot: nothing came for 60 s; trying until it is back", True
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words", "is_trouble"),
    [
        (
            {"symbols": 1, "connections_open": 1, "connections_wanted": 1},
            "binance spot 1 symbol, 1 of 1 connection, 812 frames/s",
            False,
        ),
        ({"connections_open": 2}, "binance spot 20 symbols, 2 of 3 connections, 812 frames/s", True),
        (
            {"connections_wanted": 0, "connections_open": 0},
            "binance spot: asking what is traded there",
            False,
        ),
        (
            {"trouble": "binance/spot trades none of X", "is_over": True},
            "binance/spot trades none of X",
            True,
        ),
        (
            {"connections_open": 4, "symbols": 1_234},
            "binance spot 1,234 symbols, 4 of 3 connections, 812 frames/s",
            False,
        ),
    ],
)
def test_a_line_a_venue(changes: dict[str, object], words: str, is_trouble: bool):
    assert lines([markets_report(venue_report(**changes))], START) == [(words, is_trouble)]


def test_where_nothing_comes_from_any_venue_it_is_said_from_which_since_when_and_what_to_try():
    never = venue_report(connections_open=0, frames=0, last_frame_at=None, trouble="no answer")
    assert unreached([markets_report(never)], START) == (
        "Nothing has come from binance spot since 22:13:00 UTC. binance spot: no answer; trying until it is back."
        " For a simulated market start make run without MARKET."
    )
    assert unreached([markets_report(never, TROUBLED)], START).startswith(
        "Nothing has come from binance spot, okx spot since 22:13:59 UTC. binance spot: no answer; "
    )
    assert unreached([markets_report(never, venue_report(venue="okx"))], START) == ""
    assert unreached([markets_report(never)], START + 60) == ""
    assert unreached([], START) == ""


def test_what_is_wrong_with_a_process_stands_in_place_of_its_venues():
    silent = markets_report(venue_report(), TROUBLED)
    assert lines([silent], START + 10) != lines([silent], START + 11)
    assert lines([silent], START + 11) == [
        ("binance spot, okx spot: stream_market has not been heard since 22:14:00 UTC", True)
    ]
    cut_off = markets_report(nats_away_since=START - 5)
    assert lines([cut_off], START) == [
        ("no connection to NATS since 22:13:55 UTC: what comes is dropped", True)
    ]


def test_nothing_is_reported_where_nobody_brings_anything():
    assert lines([], START) == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("", ""),
        ("  two\n lines\tand more ", "two lines and more"),
        ("bell\x07 and \ud800 half", "bell? and ? half"),
        ("x" * 1_000_000, "x" * 200),
    ],
)
def test_words_from_outside_become_one_short_line(words: str, line: str):
    assert in_a_line(words) == line

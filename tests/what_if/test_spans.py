"""Which part of the past is read, and what is said where it does not reach."""

from typing import NamedTuple

import pytest

from what_if.domain.question import CannotBeJudged, Question
from what_if.spans import LooksBack, planned


class Held(NamedTuple):
    """A source from which nothing is read."""

    first: float
    end: float
    is_past: bool = False


def question(since: float, until: float) -> Question:
    return Question(strategy_id="orderbook_skew", symbol=None, parameters={}, since=since, until=until)


@pytest.mark.parametrize(
    ("asked", "window", "plan"),
    [
        pytest.param((2000, 3000), 0, (1940, 2000, 3000, 3900, None), id="within what is held"),
        pytest.param((2000, 3000), 300, (1700, 2000, 3000, 3900, None), id="with state that looks back"),
        pytest.param((0, 3000), 300, (1000, 1300, 3000, 3900, None), id="from before the beginning"),
        pytest.param((2000, 9999), 0, (1940, 2000, 4600, 4600, None), id="behind the end"),
        pytest.param((4000, 4500), 0, (3940, 4000, 4500, 4600, None), id="outcomes end with what is held"),
    ],
)
def test_it_warms_up_before_the_span_and_follows_prices_behind_it(
    asked: tuple[float, float], window: float, plan: tuple[float, ...]
):
    assert planned(question(*asked), Held(1000, 4600), LooksBack(window, 0)) == plan  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known_since", "looks_back", "plan"),
    [
        pytest.param(-9000, (0, 7200), (1940, 2000, 3000, 3900, -5200), id="the ledger knows all of it"),
        pytest.param(-9000, (300, 7200), (1700, 2000, 3000, 3900, -5200), id="the window must be heard"),
        pytest.param(-9000, (0, 0), (1940, 2000, 3000, 3900, None), id="there is no pause"),
        pytest.param(
            500, (0, 2000), (2440, 2500, 3000, 3900, 500), id="the ledger knows it of the later part"
        ),
        pytest.param(500, (0, 1000), (1940, 2000, 3000, 3900, 1000), id="of all that is asked"),
        pytest.param(1500, (0, 1000), (1000, 2000, 3000, 3900, None), id="it was seen to decide for as long"),
    ],
)
def test_when_it_last_decided_the_ledger_knows_where_it_reaches_back_to_that(
    known_since: float, looks_back: tuple[float, float], plan: tuple[float, ...]
):
    found = planned(question(2000, 3000), Held(1000, 4600), LooksBack(*looks_back), known_since)  # type: ignore[arg-type]
    assert found == plan


@pytest.mark.parametrize(
    ("held", "window", "sentence"),
    [
        (
            Held(1000, 4600),
            86_400,
            "It cannot be judged: it needs 24 h of the market before the span, and the journal holds 60 min in all.",
        ),
        (
            Held(1000, 1030),
            0,
            "It cannot be judged: it needs 60 s of the market before the span, and the journal holds 30 s in all.",
        ),
        (Held(0, 0), 0, "It cannot be judged: the journal holds nothing."),
        (
            Held(1000, 1030, is_past=True),
            0,
            "It cannot be judged: it needs 60 s of the market before the span, and the recording holds 30 s in all.",
        ),
    ],
)
def test_what_cannot_be_judged_is_said_with_what_it_needs(held: Held, window: float, sentence: str):
    with pytest.raises(CannotBeJudged) as found:
        planned(question(0, 9999), held, LooksBack(window, 0))  # type: ignore[arg-type]
    assert str(found.value) == sentence


def test_where_neither_journal_nor_ledger_reach_back_as_far_as_a_pause_it_cannot_be_judged():
    with pytest.raises(
        CannotBeJudged, match="it needs 24 h of the market, or of the ledger, before the span"
    ):
        planned(question(0, 9999), Held(1000, 4600), LooksBack(0, 86_400), 0)  # type: ignore[arg-type]


def test_a_span_that_is_over_before_the_journal_begins_cannot_be_judged():
    with pytest.raises(CannotBeJudged, match="the journal begins at 1970-01-01 00:16:40 UTC"):
        planned(question(10, 900), Held(1000, 4600), LooksBack(0, 0))  # type: ignore[arg-type]


def test_nor_can_a_span_that_is_yet_to_come():
    with pytest.raises(CannotBeJudged, match="ends at 1970-01-01 01:16:40 UTC, before the span begins"):
        planned(question(5000, 6000), Held(1000, 4600), LooksBack(0, 0))  # type: ignore[arg-type]

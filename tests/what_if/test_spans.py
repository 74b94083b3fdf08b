"""Which part of the past is read, and what is said where it does not reach."""

from typing import NamedTuple

import pytest

from what_if.domain.question import CannotBeJudged, Question
from what_if.spans import planned


class Held(NamedTuple):
    """A source from which nothing is read."""

    first: float
    end: float
    is_past: bool = False


def question(since: float, until: float) -> Question:
    return Question(strategy_id="orderbook_skew", symbol=None, parameters={}, since=since, until=until)


@pytest.mark.parametrize(
    ("asked", "looks_back", "plan"),
    [
        pytest.param((2000, 3000), 0, (1940, 2000, 3000, 3900), id="within what is held"),
        pytest.param((2000, 3000), 300, (1700, 2000, 3000, 3900), id="with state that looks back"),
        pytest.param((0, 3000), 300, (1000, 1300, 3000, 3900), id="from before the beginning"),
        pytest.param((2000, 9999), 0, (1940, 2000, 4600, 4600), id="behind the end"),
        pytest.param((4000, 4500), 0, (3940, 4000, 4500, 4600), id="outcomes end with what is held"),
    ],
)
def test_it_warms_up_before_the_span_and_follows_prices_behind_it(
    asked: tuple[float, float], looks_back: float, plan: tuple[float, ...]
):
    assert planned(question(*asked), Held(1000, 4600), looks_back) == plan  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("held", "looks_back", "sentence"),
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
def test_what_cannot_be_judged_is_said_with_what_it_needs(held: Held, looks_back: float, sentence: str):
    with pytest.raises(CannotBeJudged) as found:
        planned(question(0, 9999), held, looks_back)  # type: ignore[arg-type]
    assert str(found.value) == sentence


def test_a_span_that_is_over_before_the_journal_begins_cannot_be_judged():
    with pytest.raises(CannotBeJudged, match="the journal begins at 1970-01-01 00:16:40 UTC"):
        planned(question(10, 900), Held(1000, 4600), 0)  # type: ignore[arg-type]


def test_nor_can_a_span_that_is_yet_to_come():
    with pytest.raises(CannotBeJudged, match="ends at 1970-01-01 01:16:40 UTC, before the span begins"):
        planned(question(5000, 6000), Held(1000, 4600), 0)  # type: ignore[arg-type]

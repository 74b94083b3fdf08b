"""What is said of what limits an answer."""

from typing import Any

import pytest

from halts.domain import Halts
from strategies.domain.in_force import InForce
from tests.what_if.scenes import in_force
from tests.what_if.test_spans import Held
from what_if.domain.question import EVER, Question
from what_if.domain.timeline import Since, Timeline
from what_if.notes import notes_of
from what_if.replay import Replay
from what_if.spans import LooksBack, planned

SKEW = "orderbook_skew"
AN_HOUR, NOTHING = Held(1000, 4600), LooksBack(0, 0)
ALWAYS = Timeline(in_force(SKEW))
CONSTANT = "A proposal stands for all of the span, so that even what is in force now may bring other signals."


def notes(
    asked: tuple[float, float],
    held: Held = AN_HOUR,
    configuration: Timeline[InForce] = ALWAYS,
    symbol: str | None = None,
    looks_back: LooksBack = NOTHING,
) -> list[str]:
    """Where no message came."""
    source: Any = held
    question = Question(strategy_id=SKEW, symbol=symbol, parameters={}, since=asked[0], until=asked[1])
    plan = planned(question, source, looks_back)
    replay = Replay(SKEW, [configuration], Timeline(Halts()), since=plan.since, until=plan.until)
    return notes_of(question, plan, configuration, replay, source, None)


@pytest.mark.parametrize(
    ("asked", "held", "looks_back", "sentences"),
    [
        pytest.param((2000, 3000), AN_HOUR, NOTHING, [], id="all of it"),
        pytest.param(
            (3700, 4600),
            Held(4330, 4600),
            NOTHING,
            [
                "Judged are 3.5 of the 15 minutes asked for, from 01:13:10 UTC on.",
                "The journal holds nothing from before 01:12:10 UTC.",
                "The 60 s before what is judged warm the strategy up.",
            ],
            id="from before it is held",
        ),
        pytest.param(
            (1030, 1090),
            AN_HOUR,
            NOTHING,
            [
                "Judged are 30 of the 60 seconds asked for, from 00:17:40 UTC on.",
                "The 60 s before what is judged warm the strategy up.",
            ],
            id="where it must warm up",
        ),
        pytest.param(
            (2000, 11_000),
            AN_HOUR,
            LooksBack(300, 0),
            [
                "Judged are 0.7 of the 2.5 hours asked for, from 00:33:20 UTC on.",
                "The journal ends at 01:16:40 UTC.",
            ],
            id="it has ended",
        ),
        pytest.param((4000, 4601), AN_HOUR, NOTHING, [], id="it ends just now"),
        pytest.param(
            EVER,
            Held(1000, 4600, is_past=True),
            NOTHING,
            ["What is in force now stands for what was in force then."],
            id="all of a recording",
        ),
    ],
)
def test_how_much_of_the_span_is_judged_and_why_no_more(
    asked: tuple[float, float], held: Held, looks_back: LooksBack, sentences: list[str]
):
    assert notes(asked, held, looks_back=looks_back) == sentences


def changed(*changes: tuple[float, InForce]) -> Timeline[InForce]:
    return Timeline(in_force(SKEW), [Since(at, value) for at, value in changes])


LOOSE, STRICT = (in_force(SKEW, buy_threshold=value) for value in (1.3, 2.9))


@pytest.mark.parametrize(
    ("timeline", "symbol", "sentence"),
    [
        (changed((2500, LOOSE)), None, "What was in force changed at 00:41:40 UTC within this span."),
        (
            changed((2500, LOOSE), (2600, STRICT), (2700, LOOSE), (2800, STRICT), (2900, LOOSE)),
            None,
            "What was in force changed at 00:41:40 UTC, 00:43:20 UTC, 00:45:00 UTC and 2 more times within this span.",
        ),
        (changed((2500, in_force(SKEW, "BTCUSDT", buy_threshold=2.9))), None, "What was in force changed at"),
        (
            changed((2500, in_force(SKEW, "BTCUSDT", buy_threshold=2.9))),
            "BTCUSDT",
            "What was in force changed",
        ),
        (changed((2500, in_force(SKEW, "ETHUSDT", buy_threshold=2.9))), "BTCUSDT", None),
        (changed((2500, in_force(SKEW, version=3))), None, None),
        (changed((1500, LOOSE), (3000, STRICT)), None, None),
    ],
)
def test_changes_of_what_was_in_force_within_the_span_are_told(
    timeline: Timeline[InForce], symbol: str | None, sentence: str | None
):
    found = [
        each for each in notes((2000, 3000), configuration=timeline, symbol=symbol) if "heard" not in each
    ]
    if sentence is None:
        assert found == []
    else:
        assert found[0].startswith(sentence)
        assert found[1] == CONSTANT


def test_a_symbol_of_which_nothing_was_heard_is_named():
    assert notes((2000, 3000), symbol="NOSUCHUSDT") == [
        "Nothing that the strategy goes by was heard of NOSUCHUSDT."
    ]

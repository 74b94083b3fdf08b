"""The ledger beside a replay."""

from random import Random
from typing import Any

import pytest
from django.db import OperationalError, connection

from strategies.domain.outcomes import SPANS, Outcome
from tests.factories import START
from tests.strategies.ledger.signals import signal, written
from tests.what_if.days import ticker
from tests.what_if.scenes import BEGIN, Message, in_force, live
from tests.what_if.scenes import replayed as replay
from what_if import agreement as module
from what_if.agreement import WHY, Matched, NotCompared, agreement, doubt, matched
from what_if.domain.answer import Agreement
from what_if.domain.decided import Decided
from what_if.domain.question import Question
from what_if.domain.timeline import Timeline
from what_if.spans import Plan

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PLAN = Plan(START - 60, START, START + 60, START + 960)
QUESTION = Question(strategy_id="orderbook_skew", symbol=None, parameters={}, since=START, until=START + 60)


OF_THE_2 = "Of the 2 signals in the ledger the replay with what was in force brings"


def replayed(second: float, symbol: str = "BTCUSDT", action: Any = "buy") -> Decided:
    return Decided(
        at=START + second, symbol=symbol, action=action, price=1.0, confidence=0.7, rationale="r", version=1,
        halted=False, market="", mid=None, outcome={span: Outcome() for span in SPANS},
    )  # fmt: skip


def test_where_both_have_the_same_signals_it_says_so():
    written(signal(1), signal(30, symbol="ETHUSDT"), signal(61), signal(2, strategy_id="trade_momentum"))
    found = agreement(QUESTION, PLAN, [replayed(1.3), replayed(30, "ETHUSDT")])
    assert (found.ledger, found.replayed, found.both) == (2, 2, 2)
    assert found.sentence == "The replay with what was in force brings the 2 signals that the ledger has."


@pytest.mark.parametrize(
    ("kept", "brought", "figures", "sentence"),
    [
        ([], [], (0, 0, 0), "The replay with what was in force brings no signal, and the ledger has none."),
        ([1], [1], (1, 1, 1), "The replay with what was in force brings the one signal that the ledger has."),
        ([1, 20], [1, 5, 22], (2, 3, 1), f"{OF_THE_2} 1, and 2 that are not there. {WHY}"),
        ([1, 20], [1, 5], (2, 2, 1), f"{OF_THE_2} 1, and 1 that is not there. {WHY}"),
        ([1, 20], [1], (2, 1, 1), f"{OF_THE_2} 1. {WHY}"),
        ([1, 20], [], (2, 0, 0), f"{OF_THE_2} none. {WHY}"),
        (
            [],
            [5],
            (0, 1, 0),
            f"The ledger has no signal, and the replay with what was in force brings 1. {WHY}",
        ),
    ],
)
def test_where_they_differ_it_says_by_how_many_and_no_reason_that_is_not_known(
    kept: list[float], brought: list[float], figures: tuple[int, ...], sentence: str
):
    written(*map(signal, kept))
    found = agreement(QUESTION, PLAN, [replayed(each) for each in brought])
    assert (found.ledger, found.replayed, found.both) == figures
    assert found.sentence == sentence


@pytest.mark.parametrize(
    ("figures", "is_doubted"),
    [((0, 0, 0), False), ((6, 6, 3), False), ((6, 6, 2), True), ((6, 0, 0), True), ((2, 9, 2), True)],
)
def test_where_less_than_half_is_in_both_the_figures_are_doubted(figures: tuple[int, ...], is_doubted: bool):
    found = Matched(*figures)
    told = doubt(Agreement(**found._asdict(), is_poor=found.is_poor, sentence=""))
    assert found.is_poor == is_doubted
    assert (told or "").startswith("Do not go by these figures") == is_doubted


def test_each_is_one_of_the_other_once_at_most():
    kept = [("BTCUSDT", "buy", START), ("BTCUSDT", "buy", START + 0.5), ("BTCUSDT", "sell", START)]
    assert matched([replayed(0.2)], kept, START - 5, START + 60) == (3, 1, 1)
    assert matched([replayed(-0.9), replayed(1.4)], kept, START - 5, START + 60) == (3, 2, 2)


def test_at_the_ends_of_a_span_one_may_be_noted_on_the_other_side():
    """It is decided when the process hears of what NATS has received some milliseconds before."""
    written(signal(0.2), signal(0.3, symbol="ETHUSDT"), signal(60.1), signal(60.9, symbol="ETHUSDT"))
    found = agreement(QUESTION, PLAN, [replayed(0.1), replayed(59.99)])
    assert (found.ledger, found.replayed, found.both) == (2, 2, 2)


def test_milliseconds_decide_where_a_ticker_is_at_the_edge_of_a_window():
    """A ticker a second, so that one is just about to leave the window whenever the next comes."""
    rng, price = Random(5), 1_000.0
    heard: list[Message] = []
    for second in range(3_000):
        price *= 1 + rng.gauss(0.0, 0.0008)
        heard.append(ticker(BEGIN + second, "BTCUSDT", round(price, 2), 1e9))
    late = [Message(at + rng.uniform(0, 0.002), data) for at, data in heard]
    since, until = BEGIN + 120, BEGIN + 3_000
    name, values = "ticker_velocity", in_force("ticker_velocity", volume_confirmation=False)
    lived = [(key.symbol, key.action, key.at) for key in live(name, late, values, since, until)]
    for messages, is_alike in ((late, True), (heard, False)):
        [run] = replay(name, messages, [Timeline(values)], since=since, until=until).runs
        ledger, brought, both = matched(run, lived, since, until)
        assert (ledger == brought == both) == is_alike
        assert both > 0.8 * max(ledger, brought) > 20


@pytest.mark.parametrize("is_away", [True, False])
def test_where_the_ledger_is_away_or_has_too_many_a_sentence_says_so(is_away: bool, monkeypatch: Any):
    written(*(signal(each) for each in range(4)))
    monkeypatch.setattr(module, "MOST", 3)

    def execute(run: Any, *arguments: Any) -> Any:
        if is_away:
            raise OperationalError("away")
        return run(*arguments)

    sentence = "The ledger is away" if is_away else "The ledger has more than 3 signals of this span"
    with connection.execute_wrapper(execute), pytest.raises(NotCompared, match=sentence):
        agreement(QUESTION, PLAN, [])

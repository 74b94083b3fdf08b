"""The ledger beside a replay."""

from typing import Any

import pytest
from django.db import OperationalError, connection

from strategies.domain.outcomes import SPANS, Outcome
from tests.factories import START
from tests.strategies.ledger.signals import signal, written
from what_if import agreement as module
from what_if.agreement import agreement, matched
from what_if.domain.decided import Decided
from what_if.domain.question import Question
from what_if.spans import Plan

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PLAN = Plan(START - 60, START, START + 60, START + 960)
QUESTION = Question(strategy_id="orderbook_skew", symbol=None, parameters={}, since=START, until=START + 60)


def replayed(second: float, symbol: str = "BTCUSDT", action: Any = "buy") -> Decided:
    return Decided(
        at=START + second, symbol=symbol, action=action, price=1.0, confidence=0.7, rationale="r", version=1,
        halted=False, market="", mid=None, outcome={span: Outcome() for span in SPANS},
    )  # fmt: skip


def test_where_both_have_the_same_signals_it_says_so():
    written(signal(1), signal(30, symbol="ETHUSDT"), signal(61), signal(2, strategy_id="trade_momentum"))
    found = agreement(QUESTION, PLAN, [replayed(1.3), replayed(30, "ETHUSDT")])
    assert found
    assert (found.ledger, found.replayed, found.both) == (2, 2, 2)
    assert found.sentence == "The replay with what was in force brings the 2 signals that the ledger has."


def test_where_they_differ_it_says_by_how_many():
    written(signal(1), signal(20))
    found = agreement(QUESTION, PLAN, [replayed(1), replayed(5), replayed(22)])
    assert found
    assert (found.ledger, found.replayed, found.both) == (2, 3, 1)
    assert found.sentence.startswith(
        "Of the 2 signals in the ledger the replay with what was in force brings 1, and 2 that are not there: "
    )


def test_each_is_one_of_the_other_once_at_most():
    kept = [("BTCUSDT", "buy", START), ("BTCUSDT", "buy", START + 0.5), ("BTCUSDT", "sell", START)]
    assert matched([replayed(0.2)], kept) == 1
    assert matched([replayed(-0.9), replayed(1.4)], kept) == 2


def test_where_there_are_too_many_or_the_database_is_away_nothing_is_said(monkeypatch: Any):
    written(*(signal(each) for each in range(4)))
    monkeypatch.setattr(module, "MOST", 3)
    assert agreement(QUESTION, PLAN, []) is None

    def away(*_: Any) -> None:
        raise OperationalError("away")

    with connection.execute_wrapper(away):
        assert agreement(QUESTION, PLAN, []) is None

"""What the ledger knows of the time before a span: a question with a long pause is judged over a short journal."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from configuration import services
from configuration.ledger import Author
from configuration.models import Source
from strategies.domain.decision import BUY, SELL, Leg
from tests.factories import START
from tests.strategies.ledger.signals import signal as decided_at
from tests.strategies.ledger.signals import written
from tests.what_if.scenes import BEGIN, Held, in_force, keys, live, staged
from what_if.domain.answer import Answer
from what_if.domain.question import CannotBeJudged, Question
from what_if.judging import judge
from what_if.spans import WARM_UP_SECONDS

pytestmark = [
    pytest.mark.database, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_set"),
]  # fmt: skip
SPREAD = "cross_exchange_spread"
SINCE = BEGIN + WARM_UP_SECONDS
LEGS = (Leg("binance", "spot", BUY, 1.0, 1.0), Leg("coinbase", "spot", SELL, 1.1, 1.0))


@pytest.fixture(autouse=True)
def everything_is_kept(settings: Any) -> None:
    settings.SIGNALS_DAYS = 365 * 100


def answer(strategy_id: str = SPREAD, **parameters: Any) -> Answer:
    """Over a journal of two minutes."""
    question = Question(
        strategy_id=strategy_id, symbol=None, parameters=parameters, since=SINCE, until=BEGIN + 120
    )

    return judged(question, Held(staged(3, 120.0)))


def judged(question: Question, source: Held) -> Answer:
    async def lines() -> list[Any]:
        return [line async for line in judge(question, source)]

    found = async_to_sync(lines)()[-1]
    assert isinstance(found, Answer)
    return found


def signalled(seconds_before: float, **changed: Any) -> None:
    """One signal is in the ledger, decided so long before the span."""
    written(decided_at(SINCE - START - seconds_before, **{"strategy_id": SPREAD, "legs": LEGS} | changed))


def test_both_runs_go_on_from_the_last_signals_of_the_ledger():
    signalled(3000)
    found = answer(min_signal_interval=3600)
    assert [(pair.kind, pair.either.symbol) for pair in found.compared.signals] == [
        ("gone", "BTCUSDT"), ("kept", "ETHUSDT"),
    ]  # fmt: skip
    assert found.warmed_up_from == BEGIN
    assert found.notes[1:] == [
        "When the strategy last decided is what the ledger says of the 60 min before the span: 1 signal, "
        "the last at 07:11:20 UTC."
    ]


def test_what_there_was_is_brought_again_in_the_rhythm_it_had():
    """Every minute there is a gap for 20 s; with 65 s between two signals each comes later within it. The journal
    holds the last one only."""
    values, since = in_force(SPREAD, min_signal_interval=65), BEGIN + 175
    messages = staged(3, 200.0)
    lived = live(SPREAD, messages, values, BEGIN, BEGIN + 200)
    written(*(decided_at(one.at - START, strategy_id=SPREAD, symbol=one.symbol, legs=LEGS) for one in lived))
    services.write(
        SPREAD, None, {"min_signal_interval": 65}, author=Author(source=Source.API, reason="rhythm")
    )
    journal = Held([message for message in messages if message.at >= since - WARM_UP_SECONDS])
    question = Question(strategy_id=SPREAD, symbol=None, parameters={}, since=since, until=BEGIN + 200)
    found = judged(question, journal)
    assert keys([pair.in_force for pair in found.compared.signals if pair.in_force]) == [
        one for one in lived if one.at >= since
    ]
    assert found.agreement
    assert found.agreement.ledger == found.agreement.replayed == found.agreement.both > 0
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"seconds_before": 3601},
        {"seconds_before": -1},
        {"seconds_before": 3000, "strategy_id": "orderbook_skew"},
        {"seconds_before": 3000, "legs": (LEGS[0], Leg("kraken", "spot", SELL, 1.1, 1.0))},
    ],
)
def test_no_other_signal_keeps_it_from_deciding(changed: dict[str, Any]):
    signalled(**changed)
    assert {pair.kind for pair in answer(min_signal_interval=3600).compared.signals} == {"kept"}


def test_a_ledger_that_does_not_reach_back_as_far_does_not_do(settings: Any):
    settings.SIGNALS_ROWS = 2
    signalled(3000)
    signalled(3100, symbol="ETHUSDT")
    with pytest.raises(
        CannotBeJudged, match="it needs 60 min of the market, or of the ledger, before the span"
    ):
        answer(min_signal_interval=3600)


def test_what_must_be_heard_of_the_market_the_ledger_does_not_know():
    with pytest.raises(CannotBeJudged, match="it needs 24 h 2 min of the market before the span"):
        answer("btc_dominance", change_threshold=6.0)

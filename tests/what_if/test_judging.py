"""How much is read for an answer, and when it is seen that there will be none."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from journal.stream import Passed
from tests.what_if.scenes import BEGIN, Held, staged
from what_if import replay, too_many
from what_if.domain.answer import Answer, Swept
from what_if.domain.question import CannotBeJudged, Question, Sweep
from what_if.judging import judge
from what_if.spans import WARM_UP_SECONDS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_set")]
SINCE, UNTIL = BEGIN + WARM_UP_SECONDS, BEGIN + 120
AT_ONCE = 100


class Batches(Held):
    """In parts, as a journal is read."""

    async def read(self, since: float, until: float) -> AsyncGenerator[list[Passed]]:
        async for everything in super().read(since, until):
            for place in range(0, len(everything), AT_ONCE):
                yield everything[place : place + AT_ONCE]


def judged(told: list[Any] | None = None, **question: Any) -> list[Any]:
    """What was told about the second minute; `told` has it also where there is no answer in the end."""
    lines: list[Any] = [] if told is None else told
    whole: dict[str, Any] = {
        "strategy_id": "orderbook_skew", "symbol": None, "parameters": {}, "since": SINCE, "until": UNTIL,
    }  # fmt: skip

    async def ask() -> None:
        async for line in judge(Question(**whole | question), Batches(staged(3, 120.0))):
            lines.append(line)

    async_to_sync(ask)()
    return lines


def test_what_comes_behind_a_span_is_read_for_prices_and_not_where_none_is_waited_for():
    """Of a symbol that is not there nothing is decided."""
    *_, nothing = judged(symbol="NOSUCHUSDT", until=SINCE + 10)
    *_, something = judged(until=SINCE + 10)
    assert isinstance(nothing, Answer)
    assert isinstance(something, Answer)
    assert something.compared.in_force.signals
    messages = [at for at, _ in staged(3, 120.0)]
    assert something.messages == len(messages)
    assert 0 <= nothing.messages - sum(at < SINCE + 10 for at in messages) <= AT_ONCE
    assert "Nothing that the strategy goes by was heard of NOSUCHUSDT." in nothing.notes


@pytest.fixture
def at_most(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """So many signals are judged; a run brings about 145."""

    def bound(signals: int) -> None:
        for module in (replay, too_many):
            monkeypatch.setattr(module, "MOST_SIGNALS", signals)

    return bound


def refused(**question: Any) -> str:
    with pytest.raises(CannotBeJudged) as found:
        judged(**question)
    return str(found.value)


def test_more_signals_than_are_judged_are_refused_with_what_could_be(at_most: Callable[[int], None]):
    at_most(280)
    assert refused() == (
        "With what was in force and with what is proposed there are more than 280 signals together, "
        "and no more are judged: ask about 50 s at most."
    )
    assert isinstance(judged(until=SINCE + 50)[-1], Answer)
    at_most(500)
    values = [1.1, 1.3, 1.6, 2.5, 2.9]
    assert refused(sweep=Sweep(parameter="buy_threshold", values=values)) == (
        "With what was in force and with 5 values there are more than 500 signals together, "
        "and no more are judged: ask about 30 s at most, or about 2 values at a time."
    )
    assert isinstance(judged(sweep=Sweep(parameter="buy_threshold", values=values[:2]))[-1], Swept)
    assert isinstance(
        judged(sweep=Sweep(parameter="buy_threshold", values=values), until=SINCE + 30)[-1], Swept
    )


def test_that_they_are_too_many_is_seen_before_they_are_there(at_most: Callable[[int], None]):
    at_most(150)
    told: list[Any] = []
    with pytest.raises(CannotBeJudged):
        judged(told=told)
    assert 0.5 < told[-1].done < 0.7  # of the minute that warms up, and one of which a fifth has been seen

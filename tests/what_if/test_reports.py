"""Reports that come faster than one an hour: a strategy that averages them is judged over a short journal."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from tests.what_if.scenes import BEGIN, Held, Message, in_force, live, staged
from what_if.domain.answer import Answer
from what_if.domain.question import CannotBeJudged, Question
from what_if.judging import judge

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_set")]
ONCHAIN = "onchain_metrics"
SECONDS = 240.0


@pytest.fixture(autouse=True)
def everything_is_kept(settings: Any) -> None:
    settings.SIGNALS_DAYS = 365 * 100


def reported(until: float, every: int = 1, asset: str = "") -> list[Message]:
    """A journal with reports until so many seconds after its beginning, each second or more seldom, of all or one."""
    counts = {b"btc@onchain": 0, b"eth@onchain": 0}
    found = []
    for message in staged(3, SECONDS):
        name = next((each for each in counts if each in message.data), None)
        if name is not None:
            counts[name] += 1
            if message.at >= BEGIN + until or counts[name] % every or not name.startswith(asset.encode()):
                continue
        found.append(message)
    return found


def judged(messages: list[Message], since: float = 0, symbol: str | None = None, **parameters: Any) -> Answer:
    question = Question(
        strategy_id=ONCHAIN, symbol=symbol, parameters=parameters, since=BEGIN + since, until=BEGIN + SECONDS
    )

    async def lines() -> list[Any]:
        return [line async for line in judge(question, Held(messages))]

    found = async_to_sync(lines)()[-1]
    assert isinstance(found, Answer)
    return found


def test_it_is_judged_once_as_many_have_been_heard_as_are_averaged():
    found = judged(reported(SECONDS), exchange_flow_threshold_percent=50.0)
    assert found.since == BEGIN + 60
    assert found.compared.kinds["gone"] == found.compared.in_force.signals == 2
    lived = live(ONCHAIN, staged(3, SECONDS), in_force(ONCHAIN), BEGIN, BEGIN + SECONDS)
    assert {pair.either.symbol for pair in found.compared.signals} == {one.symbol for one in lived}
    assert judged(reported(SECONDS), accumulation_periods=90).since == pytest.approx(BEGIN + 180, abs=3)


def test_of_one_asset_where_no_other_is_reported():
    found = judged(reported(SECONDS, asset="btc"), symbol="BTCUSDT", exchange_flow_threshold_percent=50.0)
    assert found.compared.kinds["gone"] == 1
    with pytest.raises(CannotBeJudged, match="it needs 24 h of the market before the span"):
        judged(reported(SECONDS, asset="btc"), exchange_flow_threshold_percent=50.0)


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        (reported(SECONDS, every=70), "it needs 24 h of the market before the span"),
        (reported(130), "it needs 24 reports before the span, and 10 were heard"),
    ],
)
def test_where_they_are_too_few_it_is_not_judged(messages: list[Message], sentence: str):
    with pytest.raises(CannotBeJudged, match=sentence):
        judged(messages, since=180, exchange_flow_threshold_percent=50.0)

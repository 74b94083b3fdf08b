"""From a question to its answer over a recording, with what the database says is in force."""

from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from configuration import services
from configuration.domain.catalogue import BtcDominance
from configuration.ledger import Author
from configuration.models import Source
from markets.recording.reading import Recording
from strategies.domain.evaluators import EVALUATORS
from tests.markets.recording.test_reading import record
from tests.servers import ROOT
from tests.what_if.days import DAY, MINUTE, a_week_of_dominance
from tests.what_if.scenes import Key, Message, in_force, live
from what_if.answering import answered
from what_if.domain.answer import Answer, Line, Progress, Refusal, Swept
from what_if.domain.question import Question, Sweep
from what_if.printed import printed
from what_if.spans import WARM_UP_SECONDS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("nothing_set")]
SKEW = "orderbook_skew"
EXAMPLE = sorted((ROOT / "examples").glob("binance_spot_btc_eth*.ndjson.gz"))


@pytest.fixture
def author(make_user: Any) -> Author:
    return Author(source=Source.API, user=make_user("manager"), reason="tuning", changed_by="")


def asked(recordings: list[Path] = EXAMPLE, **question: Any) -> list[Line]:
    """What comes of a question about the whole of a recording."""
    whole: dict[str, Any] = {
        "strategy_id": SKEW, "symbol": None, "parameters": {}, "since": 0.0, "until": float("inf"),
    }  # fmt: skip

    async def lines() -> list[Line]:
        return [line async for line in answered(Question(**whole | question), recordings)]

    return async_to_sync(lines)()


def answer(**question: Any) -> Answer:
    *progress, last = asked(**question)
    assert all(isinstance(line, Progress) for line in progress)
    assert isinstance(last, Answer), last
    return last


def lived(**changed: Any) -> list[Key]:
    """What a strategy process with these values would have decided of the example, once it had warmed up."""
    lines = [line for file in EXAMPLE for line in Recording(file).arrivals()]
    messages = [Message(line.at_us / 1e6, line.frame) for line in sorted(lines, key=lambda line: line.at_us)]
    begin = messages[0].at
    return live(SKEW, messages, in_force(SKEW, **changed), begin + WARM_UP_SECONDS, float("inf"), begin=begin)


def test_what_is_in_force_and_what_is_proposed_decide_what_they_would_live(author: Author):
    services.write(SKEW, None, {"buy_threshold": 1.4}, author=author)
    found = answer(parameters={"buy_threshold": 1.6}).compared
    before, after = lived(buy_threshold=1.4), lived(buy_threshold=1.6)
    assert (found.in_force.signals, found.proposed.signals) == (len(before), len(after))
    assert before
    same = {key[:3] for key in before} & {key[:3] for key in after}
    assert found.kinds["kept"] + found.kinds["changed"] == len(same)
    assert found.kinds["gone"] + found.kinds["moved"] == len(before) - len(same)
    assert found.kinds["new"] + found.kinds["moved"] == len(after) - len(same)
    assert {pair.in_force.version for pair in found.signals if pair.in_force} == {1}


def test_values_in_force_change_nothing(author: Author):
    services.write(SKEW, "BTCUSDT", {"buy_threshold": 1.4}, author=author)
    found = answer(symbol="BTCUSDT", parameters={"buy_threshold": 1.4})
    assert found.compared.kinds["kept"] == found.compared.in_force.signals > 0
    assert {row.symbol for row in found.compared.symbols} == {"BTCUSDT"}
    assert found.notes == ["What is in force now stands for what was in force then."]


def test_a_sweep_brings_for_each_value_what_a_question_about_it_would():
    *_, swept = asked(sweep=Sweep(parameter="buy_threshold", values=[1.3, 1.9]))
    assert isinstance(swept, Swept)
    assert [step.value for step in swept.steps] == [1.3, 1.9]
    for step in swept.steps:
        assert step.signals == answer(parameters={"buy_threshold": step.value}).compared.proposed
    assert swept.in_force == answer(parameters={"buy_threshold": 1.3}).compared.in_force


def test_an_answer_is_printed_with_its_figures_below_each_other():
    text = printed(answer(parameters={"buy_threshold": 1.6}))
    _, *notes, empty, head, in_force, proposed, stays, gone, new = text.splitlines()[:9]
    assert notes == ["What is in force now stands for what was in force then."]
    assert not empty
    assert len({len(row) for row in (head, in_force, proposed, stays, gone, new)}) == 1


def test_recordings_that_a_question_names_are_read_as_if_their_files_were_given(settings: Any):
    settings.WHAT_IF_RECORDINGS = str(ROOT / "examples")
    parameters = {"buy_threshold": 1.6}
    assert asked([], recording="binance_spot_btc_eth*", parameters=parameters)[-1] == answer(
        parameters=parameters
    )


def test_recorded_days_are_judged_for_a_strategy_that_looks_back_for_one(tmp_path: Path):
    name, messages = "btc_dominance", a_week_of_dominance()
    recorded = record(tmp_path, "days", [(round(1e6 * at), data.decode()) for at, data in messages])
    found = answer(recordings=[recorded], strategy_id=name, parameters={"min_signal_interval": 3600})
    assert found.since - found.warmed_up_from == EVALUATORS[name].window(BtcDominance()) > DAY
    heard = [Message(round(at, 6), data) for at, data in messages]
    changes: list[dict[str, Any]] = [{}, {"min_signal_interval": 3600}]
    lived = [
        live(name, heard, in_force(name, **each), found.since, found.until, step_seconds=MINUTE)
        for each in changes
    ]
    assert [found.compared.in_force.signals, found.compared.proposed.signals] == list(map(len, lived))
    assert 0 < len(lived[0]) < len(lived[1])


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            {"strategy_id": "btc_dominance", "parameters": {"change_threshold": 6.0}},
            "It cannot be judged: it needs 24 h 2 min of the market before the span",
        ),
        ({"parameters": {"buy_threshold": 16}}, "It may not be set: buy_threshold must be <= 3.0, got 16."),
        ({"strategy_id": "nothing"}, "Strategy not found: nothing"),
        ({"since": 5.0, "until": 6.0}, "It cannot be judged: the recording begins at"),
        ({"recording": "example"}, "No recordings are kept for what-ifs: WHAT_IF_RECORDINGS names"),
        ({"recordings": [Path("nowhere.ndjson.gz")]}, "nowhere.ndjson.gz does not exist."),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(question: dict[str, Any], sentence: str):
    [line] = asked(**question)
    assert isinstance(line, Refusal)
    assert line.sentence.startswith(sentence)

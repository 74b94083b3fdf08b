"""What-ifs on record: which change refers to which, and what needs one."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from configuration import reading, services
from configuration.exceptions import ValidationFailed
from configuration.ledger import Author
from configuration.models import Source, StrategyConfig
from effects.effect import effect_of
from tests.people import Caller
from what_if.domain.answer import compared
from what_if.domain.question import Question
from what_if.models import WhatIfRecord
from what_if.records import KEPT, NEEDED, keep
from what_if.spans import Plan

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nothing_set")]
SKEW = "orderbook_skew"
VALUES = {"buy_threshold": 1.6}


@pytest.fixture
def author(make_user: Any) -> Author:
    return Author(source=Source.API, user=make_user("manager"), reason="tuning", changed_by="")


def answered(values: dict[str, Any] = VALUES, symbol: str | None = None, ago: timedelta = timedelta()) -> str:
    """An answer about these values is put on record; its id."""
    question = Question(strategy_id=SKEW, symbol=symbol, parameters=values, since=0, until=600)
    record = keep(question, values, Plan(0, 60, 600, 600), compared([], []))
    assert record
    WhatIfRecord.objects.filter(pk=record).update(answered_at=timezone.now() - ago)
    return record


def referred() -> str | None:
    """The what-if that the last change refers to."""
    change = StrategyConfig.history.order_by("-history_id").first()
    effect = effect_of(change, timezone.now(), may_see_alerts=False)
    return effect.asked_before.id if effect.asked_before else None


def test_a_change_refers_to_the_last_what_if_of_its_very_values(author: Author):
    answered()
    last, _ = answered(), answered({"buy_threshold": 1.7})
    services.write(SKEW, None, VALUES, author=author)
    assert referred() == last


@pytest.mark.parametrize(
    "made",
    [
        pytest.param({"values": {"buy_threshold": 1.5}}, id="other values"),
        pytest.param({"values": VALUES | {"top_levels": 7}}, id="more values"),
        pytest.param({"symbol": "BTCUSDT"}, id="another level"),
        pytest.param({"ago": timedelta(hours=1, seconds=1)}, id="too long ago"),
    ],
)
def test_to_no_other(author: Author, made: dict[str, Any]):
    answered(**made)
    services.write(SKEW, None, VALUES, author=author)
    assert referred() is None


def test_a_what_if_is_referred_to_once(author: Author):
    answered()
    for threshold in (1.6, 1.5, 1.6):
        services.write(SKEW, None, {"buy_threshold": threshold}, author=author)
    assert referred() is None


def test_where_it_is_required_values_for_all_symbols_need_one_and_nothing_is_written_without(
    author: Author, settings: Any
):
    settings.WHAT_IF_REQUIRED = "global"
    with pytest.raises(ValidationFailed) as refusal:
        services.write(SKEW, None, VALUES, author=author)
    assert [problem.message for problem in refusal.value.problems] == [NEEDED]
    assert not StrategyConfig.history.exists()
    reading.reader.forget()
    assert reading.effective(SKEW).parameters["buy_threshold"] == 1.2
    record = answered()
    services.write(SKEW, None, VALUES, author=author)
    assert referred() == record


def test_what_restores_or_removes_and_what_is_for_a_symbol_needs_none(author: Author, settings: Any):
    for threshold in (1.5, 1.6):
        services.write(SKEW, None, {"buy_threshold": threshold}, author=author)
    settings.WHAT_IF_REQUIRED = "global"
    services.write(SKEW, "BTCUSDT", VALUES, author=author)
    services.roll_back(SKEW, None, author=author)
    services.delete(SKEW, None, author=author)
    assert reading.effective(SKEW).parameters["buy_threshold"] == 1.2


def test_over_rest_the_refusal_names_what_is_needed(caller: Any, settings: Any):
    settings.WHAT_IF_REQUIRED = "global"
    manager: Caller = caller("manager")
    body = {"parameters": VALUES, "reason": "tuning"}
    refused = manager.post(f"/strategies/{SKEW}/config", body)
    assert manager.status == 400
    assert refused["error"]["details"]["fields"] == {"what_if": [NEEDED]}
    answered()
    assert manager.post(f"/strategies/{SKEW}/config", body)["success"]


def test_what_no_change_refers_to_goes_after_a_week(author: Author):
    kept = answered()
    services.write(SKEW, None, VALUES, author=author)
    answered({"buy_threshold": 1.4}, ago=KEPT + timedelta(seconds=1))
    WhatIfRecord.objects.filter(pk=kept).update(answered_at=timezone.now() - 2 * KEPT)
    newest = answered({"buy_threshold": 1.3})
    assert {str(record.id) for record in WhatIfRecord.objects.all()} == {kept, newest}


def test_while_the_database_is_away_an_answer_is_given_all_the_same():
    def away(*_: Any) -> None:
        raise OperationalError("away")

    question = Question(strategy_id=SKEW, symbol=None, parameters=VALUES, since=0, until=600)
    with connection.execute_wrapper(away):
        assert keep(question, VALUES, Plan(0, 60, 600, 600), compared([], [])) is None

"""Halts and resumptions in the history: among the changes, in order of time, found and exported like them."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from configuration import services
from configuration.models import StrategyConfig
from configuration.services import Author, Source
from halts import services as halts
from halts.domain import Scope
from halts.models import HaltChange
from tests.desk.conftest import SKEW, text_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
DAY = timedelta(days=1)
ON_BTC = Scope(SKEW, "BTCUSDT")


def by(name: str, reason: str, changed_by: str = "") -> Author:
    return Author(source=Source.COMMAND, name=name, reason=reason, changed_by=changed_by)


@pytest.fixture
def _a_day_at_the_desk(db: None) -> None:
    services.write(SKEW, None, {"top_levels": 7}, author=by("marco", "1 change"))
    halts.halt(Scope(), author=by("rita", "2 halt", "night desk"))
    services.write(SKEW, "BTCUSDT", {"top_levels": 8}, author=by("rita", "3 change"))
    halts.resume(Scope(), author=by("marco", "4 resume"))
    halts.halt(ON_BTC, author=by("rita", "5 halt"))
    halts.halt(Scope("", "BTCUSDT"), author=by("rita", "6 halt"))


def shown(response: Any) -> list[str]:
    return [row.entry.reason for row in response.context["rows"]]


def exported(client: Client, **query: Any) -> list[dict[str, str]]:
    body = client.get("/admin/history/export.csv", query).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


@pytest.mark.usefixtures("_a_day_at_the_desk")
def test_who_halted_what_when_and_why_stands_among_the_changes(rita: Client):
    response = rita.get("/admin/history/")
    assert shown(response) == ["6 halt", "5 halt", "4 resume", "3 change", "2 halt", "1 change"]
    text = text_of(response)
    assert "6 changes" in text
    assert "rita for night desk Command All strategies all symbols halted 2 halt" in text
    assert "marco Command All strategies all symbols resumed 4 resume" in text
    assert "rita Command Order Book Skew BTCUSDT halted 5 halt" in text
    at = HaltChange.objects.get(reason="5 halt").at
    assert f"{at:%H:%M:%S}" in text


def test_a_halt_of_what_was_halted_already_shows_what_it_replaced(rita: Client):
    halts.halt(ON_BTC, author=by("rita", "odd books"))
    halts.halt(ON_BTC, author=by("marco", "odd books"))
    halts.halt(ON_BTC, author=by("marco", "maintenance"))
    text = text_of(rita.get("/admin/history/"))
    assert "halted already, another reason was “odd books”, rita maintenance" in text
    assert "halted already, the same reason odd books" in text
    assert {row["action"] for row in exported(rita)} == {"HALT"}


@pytest.mark.usefixtures("_a_day_at_the_desk")
@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({"kind": "halt"}, "6542"),
        ({"kind": "change"}, "31"),
        ({"strategy": SKEW}, "531"),
        ({"symbol": "btcusdt"}, "653"),
        ({"symbol": "global"}, "421"),
        ({"actor": "rita"}, "6532"),
        ({"actor": "rita", "kind": "halt", "strategy": SKEW, "symbol": "BTCUSDT"}, "5"),
        ({"since": "{today}"}, "654321"),
        ({"since": "{tomorrow}"}, ""),
        ({"until": "{yesterday}"}, ""),
        ({"kind": "halt", "since": "{tomorrow}"}, ""),
    ],
)
def test_they_are_filtered_like_changes_and_the_export_agrees(
    rita: Client, query: dict[str, str], places: str
):
    now = datetime.now(UTC)
    days = {"today": now.date(), "tomorrow": (now + DAY).date(), "yesterday": (now - DAY).date()}
    chosen = {name: value.format(**days) for name, value in query.items()}
    reasons = shown(rita.get("/admin/history/", chosen))
    assert "".join(reason[0] for reason in reasons) == places
    assert [row["reason"] for row in exported(rita, **chosen)] == reasons


def test_a_kind_nobody_knows_is_an_objection(rita: Client):
    response = rita.get("/admin/history/export.csv?kind=mood")
    assert (response.status_code, response.content.decode()[:6]) == (400, "kind: ")


def test_an_exported_halt_has_its_own_words_and_no_formula(rita: Client):
    halts.halt(ON_BTC, author=by("@rita", "=1", "+desk"))
    (row,) = exported(rita)
    assert row.pop("changed_at").endswith("Z")
    assert {name: value for name, value in row.items() if value} == {
        "actor": "'@rita",
        "on_behalf_of": "'+desk",
        "strategy": SKEW,
        "symbol": "BTCUSDT",
        "action": "HALT",
        "reason": "'=1",
        "source": "command",
    }


def test_a_halt_can_neither_be_reverted_nor_restored_there(rita: Client):
    halts.halt(ON_BTC, author=by("rita", "odd books"))
    assert "/revert/" not in rita.get("/admin/history/").content.decode()


def test_ten_halts_and_resumptions_are_what_was_changed_lately(rita: Client):
    for place in range(10):
        halts.halt(Scope(SKEW), author=by("rita", f"halt {place}"))
        halts.resume(Scope(SKEW), author=by("rita", f"resume {place}"))
    for where in ("/admin/", f"/admin/strategies/{SKEW}/"):
        text = text_of(rita.get(where))
        assert "Nothing has been changed yet" not in text, where
        assert "“resume 9”" in text
        assert "“halt 9”" in text
    assert len(shown(rita.get("/admin/history/"))) == 20


def test_another_strategys_halt_is_not_among_a_strategys_latest_changes(rita: Client):
    halts.halt(Scope("trade_momentum"), author=by("rita", "odd trades"))
    page = rita.get(f"/admin/strategies/{SKEW}/")
    assert page.context["recent"] == []
    assert text_of(page).count("odd trades") == 1  # on top, as on every page of the market


def interleave(count: int) -> None:
    """A long history of both kinds, put in behind the models' backs; every other row is a halt."""
    began = datetime.now(UTC) - DAY
    change = StrategyConfig.history.model
    first = StrategyConfig.history.count() * 2
    changes, decisions = [], list[HaltChange]()
    for place in range(first, first + count):
        at = began + timedelta(seconds=place)
        common = {"strategy_id": SKEW, "symbol": "", "actor": "rita", "source": "api"}
        if place % 2:
            decisions.append(HaltChange(**common, halted=True, reason=f"row {place}", at=at))
            continue
        changes.append(
            change(
                **common,
                id=place,
                parameters={},
                version=1000 + place,
                created_at=at,
                updated_at=at,
                history_type="~",
                history_date=at,
                history_change_reason=f"row {place}",
            )
        )
    models.QuerySet(change).bulk_create(changes)
    models.QuerySet[HaltChange](HaltChange).bulk_create(decisions)


def test_pages_lead_through_both_logs_without_a_hole(rita: Client):
    interleave(120)
    reasons = [reason for page in (1, 2, 3) for reason in shown(rita.get(f"/admin/history/?page={page}"))]
    assert reasons == [f"row {place}" for place in range(119, -1, -1)]
    assert [row["reason"] for row in exported(rita)] == reasons


def test_a_long_history_costs_no_more_queries_than_a_short_one(rita: Client):
    def queries(page: str) -> int:
        rita.get(page)  # whatever is only asked once
        with CaptureQueriesContext(connection) as captured:
            assert rita.get(page).status_code == 200
        return len(captured)

    pages = ("/admin/", "/admin/history/", "/admin/history/?page=9", f"/admin/strategies/{SKEW}/")
    interleave(100)
    few = [queries(page) for page in pages]
    for _ in range(10):  # the database does not wait for who makes all of them first
        interleave(500)
    assert [queries(page) for page in pages] == few

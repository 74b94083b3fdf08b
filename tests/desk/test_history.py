"""The history: what it shows, finds, exports and takes back; and that its size costs nothing."""

import codecs
import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from configuration import reading, services
from configuration.models import StrategyConfig
from configuration.services import Author, Source
from tests.desk.conftest import SKEW, SignIn, opened_field, send, text_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
DAY = timedelta(days=1)


def by(name: str, reason: str = "", changed_by: str = "") -> Author:
    return Author(source=Source.API, name=name, reason=reason, changed_by=changed_by)


@pytest.fixture
def _four_changes(db: None) -> None:
    services.write(SKEW, None, {"top_levels": 7}, author=by("marco", "first"))
    services.write(SKEW, "BTCUSDT", {"buy_threshold": 1.5}, author=by("rita", "second", "the desk"))
    services.write("ticker_velocity", "BTCUSDT", {"volume_confirmation": False}, author=by("rita", "third"))
    services.write(SKEW, None, {"top_levels": None, "base_confidence": 0.8}, author=by("marco", "fourth"))


def shown(response: Any) -> list[str]:
    """The reasons of the rows on the page, in its order."""
    return [row.entry.change.history_change_reason for row in response.context["rows"]]


@pytest.mark.usefixtures("_four_changes")
def test_a_change_reads_as_who_where_what_and_why(rita: Client):
    text = text_of(rita.get("/admin/history/"))
    assert "4 changes" in text
    assert (
        "marco API Order Book Skew all symbols · v2 changed Top levels top_levels 7 levels → inherits" in text
    )
    way = "What it did , version {} of Order Book Skew, {}".format
    assert f"base_confidence inherited → 0.8 confidence {way(2, 'all symbols')} fourth" in text
    assert "rita for the desk API Order Book Skew BTCUSDT · v1 set Buy threshold buy_threshold" in text
    assert f"buy_threshold inherited → 1.5 ratio {way(1, 'BTCUSDT')} second" in text


@pytest.mark.usefixtures("_four_changes")
@pytest.mark.parametrize(
    ("query", "reasons"),
    [
        ({}, ["fourth", "third", "second", "first"]),
        ({"strategy": SKEW}, ["fourth", "second", "first"]),
        ({"symbol": "btcusdt "}, ["third", "second"]),
        ({"symbol": "global"}, ["fourth", "first"]),
        ({"actor": "rita"}, ["third", "second"]),
        ({"actor": "rita", "strategy": SKEW, "symbol": "BTCUSDT"}, ["second"]),
        ({"actor": "nobody"}, []),
        ({"since": "{today}"}, ["fourth", "third", "second", "first"]),
        ({"since": "{tomorrow}"}, []),
        ({"until": "{today}"}, ["fourth", "third", "second", "first"]),
        ({"until": "{yesterday}"}, []),
    ],
)
def test_filters(rita: Client, query: dict[str, str], reasons: list[str]):
    now = datetime.now(UTC)
    days = {"today": now.date(), "tomorrow": (now + DAY).date(), "yesterday": (now - DAY).date()}
    chosen = {name: value.format(**days) for name, value in query.items()}
    assert shown(rita.get("/admin/history/", chosen)) == reasons
    file = rita.get("/admin/history/export.csv", chosen).content.decode("utf-8-sig")
    exported = csv.DictReader(io.StringIO(file))
    assert list(dict.fromkeys(row["reason"] for row in exported)) == reasons


@pytest.mark.usefixtures("_four_changes")
@pytest.mark.parametrize("query", [{"since": "yesterday"}, {"strategy": "nope"}, {"symbol": "X" * 40}])
def test_a_filter_that_cannot_be_understood_shows_it(rita: Client, query: dict[str, str]):
    response = rita.get("/admin/history/", query)
    assert response.status_code == 200
    assert 'role="alert"' in response.content.decode()
    assert len(shown(response)) == 4


def test_csv_has_a_line_per_parameter_and_no_formula(rita: Client):
    author = Author(source=Source.IMPORT, name="@marco", reason="=HYPERLINK(1)", changed_by="+desk")
    services.write("trade_momentum", None, {"sell_threshold": -0.5, "min_quantity": 0.01}, author=author)
    services.write("cross_exchange_spread", "ETHUSDT", {"exchanges": ["okx", "kraken"]}, author=author)
    response = rita.get("/admin/history/export.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [
        (row["strategy"], row["symbol"], row["parameter"], row["before"], row["after"]) for row in rows
    ] == [
        ("cross_exchange_spread", "ETHUSDT", "exchanges", "", "okx, kraken"),
        ("trade_momentum", "", "sell_threshold", "", "-0.5"),
        ("trade_momentum", "", "min_quantity", "", "0.01"),
    ]
    assert {(row["actor"], row["on_behalf_of"], row["reason"], row["source"]) for row in rows} == {
        ("'@marco", "'+desk", "'=HYPERLINK(1)", "import")
    }
    assert all(row["changed_at"].endswith("Z") for row in rows)
    assert response.content.startswith(codecs.BOM_UTF8)


@pytest.mark.parametrize("reason", ["＝1+1", "＠SUM(1)", "\u200b=1+1", "\ufeff=1", "\u00a0-1+1", "\u202e=1"])
def test_an_exported_reason_is_not_run_however_it_hides(rita: Client, reason: str):
    author = Author(source=Source.IMPORT, name="marco", reason=reason)
    services.write("trade_momentum", None, {"min_quantity": 0.01}, author=author)
    file = rita.get("/admin/history/export.csv").content.decode("utf-8-sig")
    assert [row["reason"] for row in csv.DictReader(io.StringIO(file))] == [f"'{reason}"]


def change_id(symbol: str | None, version: int) -> int:
    return int(StrategyConfig.history.get(strategy_id=SKEW, symbol=symbol or "", version=version).pk)


def revert(client: Client, symbol: str | None, version: int, **fields: Any) -> Any:
    form = {"_reason": "back", opened_field(symbol): reading.strategy(SKEW).state(symbol).tag, **fields}
    return client.post(f"/admin/history/{change_id(symbol, version)}/revert/", form)


def held(symbol: str | None = None) -> dict[str, Any] | None:
    own = reading.strategy(SKEW).own(symbol)
    return dict(own.overrides) if own else None


@pytest.fixture
def _three_versions(db: None) -> None:
    for levels in (3, 4, 5):
        services.write(SKEW, None, {"top_levels": levels}, author=by("marco", f"to {levels}"))


@pytest.mark.parametrize(
    ("query", "objection"),
    [
        ("symbl=BTCUSDT", "symbl: is none of strategy, symbol, actor, since, until"),
        ("since=yesterday", "since: Enter a day such as"),
        ("strategy=nope", "strategy: nope cannot be chosen here."),
    ],
)
def test_an_export_that_is_not_understood_is_not_everything(rita: Client, query: str, objection: str):
    response = rita.get(f"/admin/history/export.csv?{query}")
    assert (response.status_code, response["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert response.content.decode().startswith(objection)


@pytest.mark.usefixtures("_three_versions")
def test_the_newest_change_is_taken_back_and_so_is_taking_it_back(rita: Client):
    preview = rita.get(f"/admin/history/{change_id(None, 3)}/revert/")
    assert "top_levels 5 levels all symbols 4 levels all symbols" in text_of(preview)
    assert revert(rita, None, 3).status_code == 302
    assert held() == {"top_levels": 4}
    assert revert(rita, None, 4).status_code == 302
    assert held() == {"top_levels": 5}
    newest = StrategyConfig.history.first()
    assert (newest.version, newest.source, newest.actor, newest.restored_version) == (
        5,
        Source.ROLLBACK,
        "risk-managers",
        3,
    )
    assert "restored from v3" in text_of(rita.get("/admin/history/"))


@pytest.mark.usefixtures("_three_versions")
def test_an_older_version_is_restored(rita: Client):
    assert revert(rita, None, 1).status_code == 302
    assert held() == {"top_levels": 3}


@pytest.mark.parametrize(
    ("symbol", "words", "layer"),
    [
        ("BTCUSDT", "BTCUSDT follows the values for all symbols again", "this symbol"),
        (None, "all symbols follow environment and defaults again", "all symbols"),
    ],
)
def test_the_first_change_is_taken_back_like_any_other(
    rita: Client, symbol: str | None, words: str, layer: str
):
    services.write(SKEW, symbol, {"top_levels": 3}, author=by("marco"))
    preview = rita.get(f"/admin/history/{change_id(symbol, 1)}/revert/")
    assert preview.status_code == 200
    text = text_of(preview)
    assert words in text
    assert f"top_levels 3 levels {layer} 5 levels default" in text
    assert "Take back version 1" in preview.content.decode()
    assert revert(rita, symbol, 1, _reason="").status_code == 400
    assert revert(rita, symbol, 1).status_code == 302
    assert held(symbol) is None
    newest = StrategyConfig.history.first()
    assert (newest.action, newest.version, newest.source) == ("DELETE", 2, Source.ROLLBACK)
    assert newest.history_change_reason == "back"
    assert revert(rita, symbol, 2).status_code == 302
    assert held(symbol) == {"top_levels": 3}


def test_taking_back_the_first_change_leaves_nothing_and_can_be_taken_back(rita: Client):
    services.write(SKEW, "BTCUSDT", {"top_levels": 3}, author=by("marco"))
    assert revert(rita, "BTCUSDT", 1).status_code == 302
    assert held("BTCUSDT") is None
    assert revert(rita, "BTCUSDT", 2).status_code == 302
    assert held("BTCUSDT") == {"top_levels": 3}


def test_the_first_change_stays_while_a_symbol_relies_on_it(rita: Client):
    services.write(SKEW, None, {"imbalance_weight": 0.5, "spread_weight": 0.5}, author=by("marco"))
    services.write(SKEW, "BTCUSDT", {"imbalance_weight": 0.5}, author=by("marco"))
    page = rita.get(f"/admin/history/{change_id(None, 1)}/revert/")
    assert "Not possible as it stands. BTCUSDT: Imbalance weight + Spread weight = 1" in text_of(page)
    assert revert(rita, None, 1).status_code == 400
    assert held() == {"imbalance_weight": 0.5, "spread_weight": 0.5}


def test_a_removal_is_taken_back(rita: Client):
    services.write(SKEW, "BTCUSDT", {"top_levels": 3}, author=by("marco"))
    services.delete(SKEW, "BTCUSDT", author=by("marco"))
    assert revert(rita, "BTCUSDT", 2).status_code == 302
    assert held("BTCUSDT") == {"top_levels": 3}


@pytest.mark.usefixtures("_three_versions")
def test_values_that_no_longer_pass_are_not_restored(rita: Client):
    services.write(SKEW, None, {"buy_threshold": 1.0}, author=by("marco"))
    services.write(SKEW, None, {"buy_threshold": 1.5}, author=by("marco"))
    services.write(SKEW, "BTCUSDT", {"sell_threshold": 1.0}, author=by("marco"))
    response = revert(rita, None, 4)
    assert response.status_code == 409
    text = text_of(response)
    assert "Version 4 no longer passes" in text
    assert "BTCUSDT: Sell threshold < Buy threshold must hold" in text
    assert held() == {"top_levels": 5, "buy_threshold": 1.5}


@pytest.mark.usefixtures("_three_versions")
@pytest.mark.parametrize(
    ("fields", "status"),
    [({"_reason": " "}, 400), ({"opened-global": "own:2"}, 412), ({"opened-global": ""}, 412)],
)
def test_going_back_needs_a_reason_and_the_version_seen(rita: Client, fields: dict[str, Any], status: int):
    assert revert(rita, None, 1, **fields).status_code == status
    assert StrategyConfig.history.count() == 3


def test_there_is_no_such_change(rita: Client):
    assert rita.get("/admin/history/999/revert/").status_code == 404


@pytest.mark.parametrize(("fields", "status"), [({"_reason": ""}, 400), ({"opened-global": "own:1"}, 412)])
def test_removing_needs_a_reason_and_the_version_seen(rita: Client, fields: dict[str, Any], status: int):
    for levels in (3, 4):
        services.write(SKEW, None, {"top_levels": levels}, author=by("marco"))
    form = {"_reason": "away", "opened-global": "own:2", **fields}
    assert rita.post(f"/admin/strategies/{SKEW}/global/remove/", form).status_code == status
    assert held() == {"top_levels": 4}


def test_a_level_that_holds_nothing_cannot_be_removed(rita: Client):
    assert rita.get(f"/admin/strategies/{SKEW}/global/remove/").status_code == 404


def test_a_removal_that_would_break_a_symbol_is_refused(rita: Client):
    services.write(SKEW, None, {"buy_threshold": 2.0}, author=by("marco"))
    services.write(SKEW, "BTCUSDT", {"imbalance_weight": 0.5, "spread_weight": 0.5}, author=by("marco"))
    services.write(SKEW, None, {"imbalance_weight": 0.5, "spread_weight": 0.5}, author=by("marco"))
    services.write(SKEW, "BTCUSDT", {"imbalance_weight": None}, author=by("marco"))
    response = send(rita, None, {}, page="remove/")
    assert response.status_code == 400
    assert "BTCUSDT: Imbalance weight + Spread weight = 1 must hold" in text_of(response)


def many_changes(count: int) -> None:
    """A long history, of several strategies, people and symbols, put in behind the model's back."""
    change = StrategyConfig.history.model
    newest = StrategyConfig.history.count()
    rows = (
        change(
            id=place,
            strategy_id=(SKEW, "trade_momentum")[place % 2],
            symbol=("", "BTCUSDT", "ETHUSDT")[place % 3],
            parameters={"buy_threshold": 0.9},
            old_parameters={"buy_threshold": 0.8},
            version=1000 + newest + place,
            created_at=datetime.now(UTC),
            updated_at=datetime.now(UTC),
            actor=f"person {place % 7}",
            source="api",
            history_type="~",
            history_date=datetime.now(UTC) - timedelta(minutes=count - place),
            history_change_reason=f"change {place}",
        )
        for place in range(count)
    )
    while some := list(islice(rows, 500)):  # the database does not wait for who makes all of them first
        models.QuerySet(change).bulk_create(some)


PAGES: dict[str, Callable[[], str]] = {
    "home": lambda: "/admin/",
    "strategies": lambda: "/admin/strategies/",
    "strategy": lambda: f"/admin/strategies/{SKEW}/",
    "level": lambda: f"/admin/strategies/{SKEW}/symbols/BTCUSDT/",
    "history": lambda: "/admin/history/",
    "history, last page": lambda: "/admin/history/?page=999",
    "history, filtered": lambda: f"/admin/history/?strategy={SKEW}&symbol=BTCUSDT&actor=person+1",
    "export": lambda: "/admin/history/export.csv",
}


@pytest.mark.timeout(300)
def test_ten_thousand_changes_cost_no_more_queries_than_a_hundred(
    sign_in: SignIn, settings: Any, monkeypatch: pytest.MonkeyPatch
):
    settings.CONFIG_CACHE_TTL_SECONDS = 3_600  # on a busy machine a minute passes in between
    monkeypatch.setattr("realtime.health.TRIAL_SECONDS", 3_600.0)
    client = sign_in("Risk managers")
    services.write(SKEW, "BTCUSDT", {"top_levels": 3}, author=by("marco"))
    many_changes(100)
    few = {name: queries(client, page()) for name, page in PAGES.items()}
    many_changes(10_000)
    assert {name: queries(client, page()) for name, page in PAGES.items()} == few
    assert max(few.values()) <= 12


def queries(client: Client, page: str) -> int:
    client.get(page)  # whatever is only asked once
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


def test_a_page_shows_fifty_changes_and_leads_on(rita: Client):
    many_changes(120)
    first = rita.get("/admin/history/")
    assert shown(first) == [f"change {place}" for place in range(119, 69, -1)]
    assert shown(rita.get("/admin/history/?page=3")) == [f"change {place}" for place in range(19, -1, -1)]
    assert 'rel="next" href="?page=2"' in first.content.decode()
    filtered = rita.get("/admin/history/?actor=person+1&symbol=global").content.decode()
    assert "export.csv?actor=person+1&amp;symbol=global" in filtered


@pytest.mark.usefixtures("_four_changes")
def test_the_strategies_show_last_change_differences_and_overrides(rita: Client):
    text = text_of(rita.get("/admin/strategies/"))
    assert "Last change: marco , all symbols, just now : “fourth”" in text
    assert "base_confidence 0.8 confidence default 0.7" in text
    assert "BTCUSDT overrides 1" in text
    detail = text_of(rita.get(f"/admin/strategies/{SKEW}/"))
    assert "buy_threshold 1.5 ratio instead of 1.2" in detail
    assert "rita , just now: “second”" in detail

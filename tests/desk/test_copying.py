"""Copying an override to other symbols."""

from typing import Any

import pytest
from django.test import Client

from configuration import known_symbols, reading, services
from configuration.models import StrategyConfig
from configuration.services import Author, Source
from desk.copying import MOST_TARGETS
from tests.desk.conftest import SKEW, address, text_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
MARCO = Author(source=Source.API, name="marco", reason="before")


@pytest.fixture(autouse=True)
def _two_overrides(db: None) -> None:
    services.write(SKEW, "BTCUSDT", {"top_levels": 9, "sell_threshold": 0.9}, author=MARCO)
    services.write(SKEW, "ETHUSDT", {"base_confidence": 0.9}, author=MARCO)


def copy(client: Client, symbols: str, fields: dict[str, Any] | None = None) -> Any:
    form = {
        "symbols": symbols,
        "_step": "save",
        "_reason": "alike",
        "opened-ETHUSDT": "own:1",
        **(fields or {}),
    }
    return client.post(address("BTCUSDT", "copy/"), form)


def overrides() -> dict[str, dict[str, Any]]:
    return {symbol: dict(level.overrides) for symbol, level in reading.strategy(SKEW).symbols.items()}


def test_every_named_symbol_gets_the_same_values_and_one_audit_row(rita: Client):
    assert copy(rita, "ethusdt, SOLUSDT;btcusdt\nSOLUSDT").status_code == 302
    same = {"top_levels": 9, "sell_threshold": 0.9}
    assert overrides() == {"BTCUSDT": same, "ETHUSDT": same, "SOLUSDT": same}
    assert [
        (c.symbol, c.version, c.actor, c.history_change_reason) for c in StrategyConfig.history.all()[:2]
    ] == [
        ("SOLUSDT", 1, "risk-managers", "Copied from BTCUSDT: alike"),
        ("ETHUSDT", 2, "risk-managers", "Copied from BTCUSDT: alike"),
    ]
    assert StrategyConfig.history.count() == 4


def test_a_symbol_that_sets_the_same_already_gets_no_version(rita: Client):
    services.write(SKEW, "SOLUSDT", {"top_levels": 9, "sell_threshold": 0.9}, author=MARCO)
    copy(rita, "SOLUSDT DOGEUSDT", {"opened-SOLUSDT": "own:1"})
    assert [change.symbol for change in StrategyConfig.history.all()] == [
        "DOGEUSDT",
        "SOLUSDT",
        "ETHUSDT",
        "BTCUSDT",
    ]


def test_the_preview_shows_each_symbol_and_writes_nothing(rita: Client):
    response = copy(rita, "ETHUSDT SOLUSDT", {"_step": "preview"})
    text = text_of(response)
    assert "ETHUSDT replaces its own values, version 1" in text
    assert "base_confidence 0.9 confidence this symbol 0.7 confidence default" in text
    assert "SOLUSDT new override" in text
    assert "Copy 2 values to ETHUSDT and SOLUSDT" in text
    assert StrategyConfig.history.count() == 2


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        ("", "at least one other symbol"),
        ("BTCUSDT", "at least one other symbol"),
        ("ETHUSDT B", "Symbol must be 2 to 32"),
    ],
)
def test_symbols_that_make_no_sense(rita: Client, symbols: str, words: str):
    response = copy(rita, symbols)
    assert response.status_code == 400
    assert words in text_of(response)
    assert StrategyConfig.history.count() == 2


def test_a_reason_is_required(rita: Client):
    assert copy(rita, "SOLUSDT", {"_reason": ""}).status_code == 400
    assert StrategyConfig.history.count() == 2


def test_one_symbol_changed_meanwhile_stops_all(rita: Client):
    services.write(SKEW, "ETHUSDT", {"base_confidence": 0.8}, author=MARCO)
    before = overrides()
    assert copy(rita, "SOLUSDT ETHUSDT").status_code == 412
    assert overrides() == before


def test_more_symbols_than_the_limit_are_refused_not_cut(rita: Client):
    response = copy(rita, " ".join(f"S{number}USDT" for number in range(MOST_TARGETS + 1)))
    assert response.status_code == 400
    assert f"at most {MOST_TARGETS}" in text_of(response)
    assert StrategyConfig.history.count() == 2


def test_only_an_override_can_be_copied(rita: Client):
    assert rita.get(address("SOLUSDT", "copy/")).status_code == 404


def test_copying_nothing_is_refused_as_copying(rita: Client):
    answer = rita.get(address("DOGEUSDT", "copy/"))
    assert answer.status_code == 404
    assert "No configuration of Order Book Skew for DOGEUSDT to copy" in text_of(answer)


def test_symbols_nobody_has_heard_of_are_asked_about(rita: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(known_symbols, "known_symbols", lambda: {"SOLUSDT", "DOGEUSDT"})
    response = copy(rita, "SOLUSD DOGEUSDT")
    assert response.status_code == 409
    assert "Nothing is copied yet: nobody has heard of this symbol." in text_of(response)
    assert "DOGEUSDT new override" in text_of(response)
    assert "SOLUSD new override" not in text_of(response)
    assert "Show what would be copied" in text_of(response)
    assert "Copy 2 values" not in text_of(response)
    assert StrategyConfig.history.count() == 2
    chosen = copy(rita, "SOLUSD DOGEUSDT", {"instead-SOLUSD": "SOLUSDT"})
    assert chosen.status_code == 200
    assert "You meant SOLUSDT, not SOLUSD." in text_of(chosen)
    assert 'value="SOLUSDT DOGEUSDT"' in chosen.content.decode()
    assert "SOLUSDT new override" in text_of(chosen)
    assert StrategyConfig.history.count() == 2


@pytest.mark.parametrize("answer", [{"instead-SOLUSD": "SOLUSD"}, {"confirm_unknown": "SOLUSD"}])
def test_one_answer_is_given_to_each_question_and_kept_until_it_is_copied(
    rita: Client, monkeypatch: pytest.MonkeyPatch, answer: dict[str, str]
):
    monkeypatch.setattr(known_symbols, "known_symbols", lambda: {"SOLUSDT"})
    asked = text_of(copy(rita, "SOLUSD XYUSDT"))
    assert "SOLUSD? You may mean: SOLUSDT SOLUSD, as it stands" in asked
    assert "XYUSDT? No market, no values and no signal have that name. Copy to it all the same" in asked
    half = copy(rita, "SOLUSD XYUSDT", answer)
    assert half.status_code == 409
    assert "SOLUSD new override" in text_of(half)
    assert "XYUSDT new override" not in text_of(half)
    ((name, value),) = answer.items()
    assert f'<input type="hidden" name="{name}" value="{value}">' in half.content.decode()
    done = copy(rita, "SOLUSD XYUSDT", {**answer, "confirm_unknown": ["SOLUSD", "XYUSDT"]})
    assert done.status_code == 302
    assert {"SOLUSD", "XYUSDT"} < overrides().keys()


def test_a_symbol_is_not_confirmed_by_what_was_said_of_another(rita: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(known_symbols, "known_symbols", lambda: {"SOLUSDT"})
    assert copy(rita, "XYUSDT", {"confirm_unknown": "YZUSDT"}).status_code == 409


def test_where_the_values_come_from_stands_once_in_the_history(rita: Client):
    copy(rita, "SOLUSDT", {"_reason": "Copied from BTCUSDT"})
    assert StrategyConfig.history.first().history_change_reason == "Copied from BTCUSDT"
    copy(rita, "DOGEUSDT", {"_reason": "x" * 1000})
    assert StrategyConfig.history.first().history_change_reason == f"Copied from BTCUSDT: {'x' * 979}"


@pytest.fixture
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_symbols, "known_symbols", lambda: {"BTCUSDT", "ETHUSDT", "SOLUSDT"})


@pytest.mark.usefixtures("_known")
def test_a_chosen_symbol_with_values_of_its_own_is_shown_before_it_is_replaced(rita: Client):
    form = {"symbols": "ETHUSD", "_step": "save", "_reason": "alike", "opened-ETHUSD": "own:0"}
    chosen = rita.post(address("BTCUSDT", "copy/"), form | {"instead-ETHUSD": "ETHUSDT"})
    assert chosen.status_code == 200
    assert "Somebody else" not in text_of(chosen)
    assert "ETHUSDT replaces its own values, version 1" in text_of(chosen)
    assert copy(rita, "ETHUSDT").status_code == 302
    assert overrides()["ETHUSDT"] == {"top_levels": 9, "sell_threshold": 0.9}


@pytest.mark.usefixtures("_known")
def test_the_symbol_that_is_copied_is_not_suggested(rita: Client):
    asked = copy(rita, "BTCUSTD SOLUSDT")
    assert "No market, no values and no signal have that name." in text_of(asked)
    assert 'value="BTCUSDT"' not in asked.content.decode()


@pytest.mark.usefixtures("_known")
@pytest.mark.parametrize(
    ("symbols", "chosen", "words"),
    [
        (
            "SOLUSD SOLUSDT",
            {"instead-SOLUSD": "SOLUSDT"},
            "SOLUSDT is among them already, so it stands once.",
        ),
        ("BTCUSTD SOLUSDT", {"instead-BTCUSTD": "BTCUSDT"}, "BTCUSDT is what is copied, so it is left out."),
    ],
)
def test_a_choice_that_makes_them_fewer_is_reported(
    rita: Client, symbols: str, chosen: dict[str, str], words: str
):
    text = text_of(copy(rita, symbols, chosen))
    assert words in text
    assert "Copy 2 values to SOLUSDT" in text


def test_a_copy_to_several_symbols_is_reverted_in_one_step(rita: Client):
    before = overrides()
    copy(rita, "ETHUSDT SOLUSDT")
    page = rita.get("/admin/history/").content.decode()
    assert page.count("Revert these 2") == 2
    batch = StrategyConfig.history.first().batch
    address = f"/admin/history/batches/{batch}/revert/"
    assert "Revert these 2" in text_of(rita.get(address))
    assert rita.post(address, {"_reason": " "}).status_code == 400
    assert rita.post(address, {"_reason": "wrong"}).status_code == 302
    assert overrides() == before
    assert rita.post(address, {"_reason": "wrong"}).status_code == 409

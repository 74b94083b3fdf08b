"""Who resumes is told what stays in force: over REST, and in a shell with the database there or away."""

from typing import Any

import pytest
from django.core.management import call_command

from configuration.exceptions import StoreUnavailable
from configuration.ledger import Author
from configuration.models import Source
from halts import services
from halts.domain import HaltRecord, Halts, Scope
from halts.emergency_file import EmergencyHalts
from realtime.stack.servers import LOCALHOST, free_port

SKEW, SKEW_BTC, BTC = Scope("orderbook_skew"), Scope("orderbook_skew", "BTCUSDT"), Scope("", "BTCUSDT")
RESUME = "/strategies/orderbook_skew/resume"
WHY = {"reason": "books are back"}
OTHERS = (Scope("trade_momentum"), Scope("trade_momentum", "ETHUSDT"), Scope("", "ETHUSDT"))


def record(scope: Scope) -> HaltRecord:
    return HaltRecord(**scope._asdict(), halted=True, reason="odd\nbooks", actor="rita", at=1.0)


def halt(*scopes: Scope) -> None:
    for scope in scopes:
        services.halt(scope, author=Author(source=Source.API, name="rita", reason="odd\nbooks"))


def scopes_in(metadata: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [(halt["strategy_id"], halt["symbol"]) for halt in metadata["still_halted"]]


def test_what_holds_beside_some_scopes_covers_them_or_is_a_part_of_them():
    halts = Halts(record(scope) for scope in (Scope(), SKEW, SKEW_BTC, BTC, *OTHERS))
    assert [each.scope for each in halts.beside([SKEW])] == [Scope(), BTC, Scope("", "ETHUSDT"), SKEW_BTC]
    assert [each.scope for each in halts.beside([BTC, SKEW_BTC])] == [Scope(), SKEW, Scope("trade_momentum")]
    assert Halts([record(SKEW)]).beside([SKEW]) == []


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.usefixtures("nobody_remembered")
def test_over_rest_a_resumption_lists_what_goes_on_holding(desk):
    halt(Scope(), SKEW, SKEW_BTC, Scope("trade_momentum"))
    answer = desk("resume_strategies").post(RESUME, WHY)
    assert answer["metadata"]["action"] == "resumed"
    assert scopes_in(answer["metadata"]) == [(None, None), ("orderbook_skew", "BTCUSDT")]
    assert answer["metadata"]["still_halted"][0]["reason"] == "odd\nbooks"


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.usefixtures("nobody_remembered")
def test_over_rest_who_lifts_nothing_is_told_it_too(desk):
    halt(SKEW_BTC)
    answer = desk("resume_strategies").post(RESUME, WHY)
    assert answer["metadata"]["action"] == "unchanged"
    assert scopes_in(answer["metadata"]) == [("orderbook_skew", "BTCUSDT")]


@pytest.fixture
def shell(settings: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> Any:
    """Resume a strategy from a shell, without NATS; the answer are the lines on the screen."""
    settings.STATE_DIR = tmp_path
    settings.NATS_URL = f"nats://{LOCALHOST}:{free_port()}"

    def resume() -> list[str]:
        call_command("resume", strategy="orderbook_skew", reason="books are back")
        return capsys.readouterr().out.splitlines()

    return resume


LINES = [
    "Still halted: everything, since 1970-01-01 00:00:01 UTC, rita: “odd books”",
    "Still halted: orderbook_skew on BTCUSDT, since 1970-01-01 00:00:01 UTC, rita: “odd books”",
]


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_in_a_shell_each_has_a_line(shell):
    services.adopt([record(scope) for scope in (Scope(), SKEW, SKEW_BTC, *OTHERS[:2])])
    said, *still = shell()
    assert said.startswith("Resumed: orderbook_skew on all symbols, by way of database")
    assert still == LINES
    assert shell() == ["There is no halt of orderbook_skew on all symbols; nothing changed.", *LINES]


def test_in_a_shell_without_the_database_as_far_as_this_machine_has_heard(shell, tmp_path, monkeypatch):
    def away(*_args: object, **_kwargs: object) -> None:
        raise StoreUnavailable

    for name in ("resume", "in_force"):
        monkeypatch.setattr(services, name, away)
    EmergencyHalts(tmp_path / "strategies").add(*map(record, (Scope(), SKEW, SKEW_BTC)))
    said, *still = shell()
    assert said.startswith("Resumed: orderbook_skew on all symbols, by way of file")
    assert still == LINES

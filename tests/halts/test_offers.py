"""What a page needs that offers to halt: the last reasons, and the symbols a resumption would lift a halt of."""

import pytest

from configuration.ledger import Author
from halts import services
from halts.domain import Scope

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nobody_remembered")]
PATHS = ["/halts/reasons", "/halts/symbols"]


BTC = Scope("", "BTCUSDT")


def issue(author: Author, reason: str, scope: Scope = BTC) -> None:
    services.halt(scope, author=Author(source=author.source, user=author.user, reason=reason))


def test_the_newest_different_reasons_come_first_and_are_few(desk, author: Author):
    who = desk("halt_strategies")
    assert who.get("/halts/reasons")["data"] == []
    for reason in ("one", "two", "three", "four", "five", "six", "two"):
        issue(author, reason)
    assert who.get("/halts/reasons")["data"] == ["two", "six", "five", "four", "three"]


def test_reasons_for_halting_are_none_for_resuming(desk, author: Author):
    who = desk("halt_strategies")
    issue(author, "odd books")
    services.resume(BTC, author=Author(source=author.source, user=author.user, reason="it is over"))
    assert who.get("/halts/reasons")["data"] == ["odd books"]
    assert who.get("/halts/reasons?kind=halt")["data"] == ["odd books"]
    assert who.get("/halts/reasons?kind=resume")["data"] == ["it is over"]
    who.get("/halts/reasons?kind=other")
    assert who.status == 400


def test_only_halts_of_exactly_a_symbol_are_named(desk, author: Author):
    who = desk("resume_strategies")
    for scope in (Scope(), Scope("orderbook_skew"), Scope("orderbook_skew", "XRPUSDT"), Scope("", "SOLUSDT")):
        issue(author, "why", scope)
    issue(author, "why")
    assert who.get("/halts/symbols")["data"] == ["BTCUSDT", "SOLUSDT"]
    services.resume(Scope("", "SOLUSDT"), author=author)
    assert who.get("/halts/symbols")["data"] == ["BTCUSDT"]


@pytest.mark.parametrize("path", PATHS)
def test_they_are_for_those_who_may_halt_or_resume(desk, caller, path: str):
    who = desk("view_strategyconfig", "change_strategyconfig")
    who.get(path)
    assert who.status == 403
    nobody = caller(None)
    nobody.get(path)
    assert nobody.status == 401

"""Halting and resuming in the admin: who may, what is asked, and what every page then shows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from configuration.domain.catalogue import CATALOGUE
from configuration.ledger import Author
from configuration.models import Source
from halts import services
from halts.domain import Scope
from halts.models import HaltChange
from tests.desk.conftest import SKEW, SignIn, address, text_of
from tests.factories import spot_book

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("reader")]
Publish = Callable[..., None]
DECIDERS = ("Risk managers", "Administrators")
OTHERS = ("Viewers", "Nobody's")
ON_BTC = Scope(SKEW, "BTCUSDT")
EVERYTHING = Scope()
RITA = Author(source=Source.API, name="rita", reason="odd books")


def halt(scope: Scope = EVERYTHING) -> None:
    services.halt(scope, author=RITA)


@pytest.mark.parametrize("group", DECIDERS)
def test_a_halt_with_a_reason_holds_until_it_is_resumed(sign_in: SignIn, group: str):
    client = sign_in(group)
    asked = {"strategy": SKEW, "symbol": "btcusdt", "_reason": "odd books"}
    assert client.post("/admin/halt/", asked).status_code == 302
    assert sorted(services.in_force().records) == [ON_BTC]
    home = text_of(client.get("/admin/"))
    assert "Halted: Order Book Skew on BTCUSDT “odd books”" in home
    resume = f"/admin/resume/?strategy={SKEW}&symbol=BTCUSDT"
    assert "odd books" in text_of(client.get(resume))
    assert client.post(resume, {"_reason": "books are fine"}).status_code == 302
    assert not services.in_force().records
    reported = [(c.halted, c.reason, c.actor, c.source) for c in HaltChange.objects.of(ON_BTC)]
    who = group.lower().replace(" ", "-")
    assert reported == [(False, "books are fine", who, "admin"), (True, "odd books", who, "admin")]


@pytest.mark.parametrize("group", OTHERS)
def test_others_may_neither_halt_nor_resume(sign_in: SignIn, group: str):
    halt()
    client = sign_in(group)
    for where in ("/admin/halt/", "/admin/resume/"):
        assert client.get(where).status_code == 403
        assert client.post(where, {"_reason": "because"}).status_code == 403
    assert HaltChange.objects.count() == 1


def test_who_may_halt_need_not_be_allowed_to_resume(sign_in: SignIn):
    group = Group.objects.get(name="Risk managers")
    group.permissions.remove(group.permissions.get(codename="resume_strategies"))
    client = sign_in("Risk managers")
    client.post("/admin/halt/", {"_reason": "because"})
    assert services.in_force().records
    assert client.post("/admin/resume/", {"_reason": "because"}).status_code == 403
    assert services.in_force().records
    assert "/admin/resume/" not in client.get("/admin/").content.decode()


@pytest.mark.parametrize("reason", ["", "   "])
def test_nothing_happens_without_a_reason(rita: Client, reason: str):
    answer = rita.post("/admin/halt/", {"_reason": reason})
    assert answer.status_code == 400
    assert "Give a reason" in text_of(answer)
    halt()
    assert rita.post("/admin/resume/", {"_reason": reason}).status_code == 400
    assert HaltChange.objects.count() == 1


@pytest.mark.parametrize(("field", "value"), [("strategy", "spoofing"), ("symbol", "BTC$USDT")])
def test_an_unknown_scope_is_refused(rita: Client, field: str, value: str):
    assert rita.post("/admin/halt/", {field: value, "_reason": "because"}).status_code in (400, 404)
    assert not HaltChange.objects.exists()


def test_a_symbol_that_cannot_be_one_is_asked_again_with_the_reason_kept(rita: Client):
    answer = rita.post("/admin/halt/", {"symbol": "BTC$USDT", "_reason": "odd books"})
    assert answer.status_code == 400
    assert "Symbol must be 2 to 32 letters" in text_of(answer)
    assert 'value="BTC$USDT"' in answer.content.decode()
    assert "odd books</textarea>" in answer.content.decode()


def test_a_wider_halt_goes_on_holding_and_the_page_shows_it(rita: Client):
    halt()
    halt(ON_BTC)
    where = f"/admin/resume/?strategy={SKEW}&symbol=BTCUSDT"
    assert "Covers this too, and stays in force." in text_of(rita.get(where))
    answer = rita.post(where, {"_reason": "because"}, follow=True)
    assert "Resumed: Order Book Skew on BTCUSDT. Still halted: everything." in text_of(answer)
    assert sorted(services.in_force().records) == [EVERYTHING]


def test_what_is_still_halted_of_what_is_resumed_is_shown_before_and_after_and_not_in_green(rita: Client):
    for scope in (EVERYTHING, Scope(SKEW), Scope("", "BTCUSDT")):
        halt(scope)
    page = text_of(rita.get("/admin/resume/"))
    for name in ("all strategies on BTCUSDT", "Order Book Skew on all symbols"):
        assert f"{name} “odd books”" in page
    assert page.count("Stays in force.") == 2
    answer = rita.post("/admin/resume/", {"_reason": "because"}, follow=True)
    (reported,) = answer.context["messages"]
    assert reported.level_tag == "warning"
    still = "Still halted: all strategies on BTCUSDT; Order Book Skew on all symbols."
    assert reported.message == f"Resumed: everything. {still}"
    answer = rita.post("/admin/resume/?symbol=BTCUSDT", {"_reason": "because"}, follow=True)
    (reported,) = answer.context["messages"]
    assert (
        reported.message
        == "Resumed: all strategies on BTCUSDT. Still halted: Order Book Skew on all symbols."
    )


def test_of_many_that_are_still_halted_some_are_named_and_the_rest_counted(rita: Client):
    halt()
    for number in range(8):
        halt(Scope("", f"C{number}USDT"))
    assert "And 3 more stay in force." in text_of(rita.get("/admin/resume/"))
    answer = rita.post("/admin/resume/", {"_reason": "because"}, follow=True)
    assert "all strategies on C4USDT; and 3 more." in text_of(answer)


def test_what_is_halted_of_something_else_is_not_shown_of_what_is_resumed(rita: Client):
    halt(ON_BTC)
    halt(Scope("", "ETHUSDT"))
    answer = rita.post(f"/admin/resume/?strategy={SKEW}&symbol=BTCUSDT", {"_reason": "because"}, follow=True)
    (reported,) = answer.context["messages"]
    assert (reported.level_tag, reported.message) == ("success", "Resumed: Order Book Skew on BTCUSDT.")


def test_resuming_what_is_not_halted_shows_it(rita: Client):
    halt()
    answer = rita.get(f"/admin/resume/?strategy={SKEW}", follow=True)
    assert "There is no halt of exactly Order Book Skew on all symbols." in text_of(answer)


def test_every_page_about_it_shows_that_it_is_halted(rita: Client):
    halt(Scope(SKEW))
    for where in (f"/admin/strategies/{SKEW}/", address(), address("BTCUSDT")):
        assert "Halted: Order Book Skew on all symbols." in text_of(rita.get(where)), where
    assert "Halted" not in text_of(rita.get(address(strategy_id="trade_momentum")))
    home = text_of(rita.get("/admin/"))
    assert "Order Book Skew HALTED" in home
    assert "Trade Momentum ACTIVE" in home


def test_what_is_halted_already_is_shown_before_and_after(rita: Client):
    halt(ON_BTC)
    since = f"{HaltChange.objects.get().at:%H:%M:%S} UTC"
    asked = {"strategy": SKEW, "symbol": "BTCUSDT"}
    page = text_of(rita.get("/admin/halt/", asked))
    assert "Halted already: Order Book Skew on BTCUSDT , since" in page
    assert f"{since} . rita: “odd books”" in page
    assert "Halted already" not in text_of(rita.get("/admin/halt/", {"strategy": SKEW}))
    home = text_of(rita.post("/admin/halt/", {**asked, "_reason": "odd books"}, follow=True))
    assert "Halted already: Order Book Skew on BTCUSDT, since" in home
    assert "Nothing changed: rita gave the same reason, “odd books”." in home
    home = text_of(rita.post("/admin/halt/", {**asked, "_reason": "maintenance"}, follow=True))
    assert f"{since}. The reason is “maintenance” now; it was “odd books”, rita." in home
    assert services.in_force().records[ON_BTC].reason == "maintenance"


def test_of_several_what_is_new_and_what_was_halted_already_are_shown_each_of_its_own(rita: Client):
    halt(Scope("", "ETHUSDT"))
    asked = {"symbol": "ETHUSDT BTCUSTD", "_reason": "odd books", "confirm_unknown": "BTCUSTD"}
    reported = rita.post("/admin/halt/", asked, follow=True).context["messages"]
    new, already = (message.message for message in reported)
    assert new == "Halted: all strategies on BTCUSTD. Its signals are not sent until it is resumed."
    assert already.startswith("Halted already: all strategies on ETHUSDT, since ")


def test_several_symbols_are_halted_at_once_and_counted(rita: Client):
    asked = {"symbol": "btcusdt, ETHUSDT  solusdt,btcusdt", "_reason": "odd books"}
    home = text_of(rita.post("/admin/halt/", asked, follow=True))
    assert (
        "Halted: all strategies on 3 symbols: BTCUSDT, ETHUSDT, SOLUSDT. "
        "Their signals are not sent until they are resumed." in home
    )
    assert sorted(services.in_force().records) == [
        Scope("", name) for name in ("BTCUSDT", "ETHUSDT", "SOLUSDT")
    ]


def test_of_several_symbols_none_is_halted_where_one_is_none(rita: Client):
    answer = rita.post("/admin/halt/", {"symbol": "BTCUSDT, E$H", "_reason": "odd books"})
    assert answer.status_code == 400
    assert 'value="BTCUSDT, E$H"' in answer.content.decode()
    assert not HaltChange.objects.exists()


def test_a_symbol_nobody_knows_is_asked_again_with_the_nearest_names(rita: Client, publish: Publish):
    publish(spot_book("ETHUSDT"), spot_book("BTCUSDT"))
    asked = {"symbol": "BTCUSDT ethusd", "_reason": "odd books"}
    answer = rita.post("/admin/halt/", asked)
    assert answer.status_code == 409
    assert "ETHUSD? You may mean: ETHUSDT ETHUSD, as it stands" in text_of(answer)
    assert "odd books</textarea>" in answer.content.decode()
    assert not HaltChange.objects.exists()
    assert rita.post("/admin/halt/", {**asked, "instead-ETHUSD": "ETHUSDT"}).status_code == 302
    assert sorted(services.in_force().records) == [Scope("", "BTCUSDT"), Scope("", "ETHUSDT")]


def test_it_is_halted_all_the_same_where_that_is_meant(rita: Client, publish: Publish):
    publish(spot_book("ETHUSDT"))
    asked = {"symbol": "ethusd", "_reason": "odd books", "instead-ETHUSD": "ETHUSD"}
    assert rita.post("/admin/halt/", asked).status_code == 302
    assert sorted(services.in_force().records) == [Scope("", "ETHUSD")]


def test_a_strategy_under_a_wider_halt_shows_by_which_and_none_is_called_active(rita: Client):
    halt()
    for where in ("/admin/", "/admin/strategies/"):
        shown = text_of(rita.get(where))
        assert shown.count("HALTED as everything is") == len(CATALOGUE), where
        assert "ACTIVE" not in shown
    halt(Scope(SKEW))
    assert text_of(rita.get("/admin/")).count("HALTED as everything is") == len(CATALOGUE)
    services.resume(EVERYTHING, author=RITA)
    home = text_of(rita.get("/admin/"))
    assert "Order Book Skew HALTED" in home
    assert "as everything is" not in home


def test_a_strategy_shows_how_many_of_its_symbols_are_halted(rita: Client):
    halt(ON_BTC)
    assert "Order Book Skew ACTIVE 1 symbol halted" in text_of(rita.get("/admin/"))
    halt(Scope("", "ETHUSDT"))
    home = text_of(rita.get("/admin/"))
    assert "Order Book Skew ACTIVE 2 symbols halted" in home
    assert "Trade Momentum ACTIVE 1 symbol halted" in home
    assert "Order Book Skew ACTIVE 2 symbols halted" in text_of(rita.get("/admin/strategies/"))
    for where in (f"/admin/strategies/{SKEW}/", address()):
        assert "2 symbols halted: BTCUSDT, ETHUSDT." in text_of(rita.get(where)), where
    halt(Scope(SKEW))
    assert "symbols halted" not in text_of(rita.get(f"/admin/strategies/{SKEW}/"))


def test_the_title_of_a_page_about_what_is_halted_begins_with_that(rita: Client):
    halt(ON_BTC)
    pages = {f"/admin/strategies/{SKEW}/": False, address(): False, address("BTCUSDT"): True}
    for where, is_halted in pages.items():
        assert ("<title>Halted · " in one_line(rita.get(where))) == is_halted, where
    halt()
    assert all("<title>Halted · " in one_line(rita.get(where)) for where in pages)
    assert "<title>Halted · " not in one_line(rita.get("/admin/resume/"))


def one_line(answer: Any) -> str:
    return " ".join(answer.content.decode().split())

"""What is halted, on top of the pages where people look: to whom what, and resuming for those who may alone."""

import re
from html import unescape
from time import time
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from configuration.ledger import Author
from configuration.models import Source
from halts import services
from halts.domain import Scope
from metrics import marks
from realtime.halt_marks import marks_of
from realtime.halted_now import MOST_LINES, MOST_NAMED
from tests.factories import spot_book

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("nobody_remembered", "_markets_and_marks"),
]
SKEW = Scope("orderbook_skew")
MARKETS = ["/", "/symbols/BTCUSDT/", "/halted"]
DESK = ["/admin/strategies/", "/admin/strategies/trade_momentum/", "/admin/strategies/orderbook_skew/"]
RESUME = "/admin/resume/?strategy=orderbook_skew&amp;symbol=ETHUSDT"
ONE = Scope("orderbook_skew", "ETHUSDT")


@pytest.fixture
def _markets_and_marks(monkeypatch: pytest.MonkeyPatch, publish: Any, reader: Any) -> None:
    """Two symbols, marked by the halts of now."""
    publish(spot_book("BTCUSDT"), spot_book("ETHBTC", bids=[(0.0433, 1.0)], asks=[(0.0434, 3.0)]))
    monkeypatch.setattr(marks, "_read", lambda: marks_of(services.in_force(), time()))


def halt(scope: Scope = ONE, reason: str = "odd books") -> None:
    services.halt(scope, author=Author(source=Source.ADMIN, name="rita", reason=reason))


def of_role(role: str) -> Client:
    user = User.objects.create_user(role.replace(" ", ""), is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def lines(client: Client, page: str) -> str:
    html = client.get(page).content.decode()
    if not page.startswith("/halted"):
        html = html.partition('id="halted-now"')[2].partition(">")[2].partition("<script")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize("page", [*MARKETS, *DESK, "/signals/"])
def test_a_halt_of_one_strategy_on_one_symbol_is_reported_with_since_when_and_why(page: str):
    client = of_role("Risk managers")
    assert "odd books" not in client.get(page).content.decode()
    halt()
    html = client.get(page).content.decode()
    assert "odd books" in html
    assert RESUME in html
    assert re.search(r"[Ss]ince (<time[^>]*>)?\d+ \w+, \d\d:\d\d:\d\d UTC", html)


@pytest.mark.parametrize("page", [*MARKETS, *DESK, "/signals/"])
def test_whoever_may_not_resume_is_offered_nothing(page: str):
    halt()
    html = of_role("Viewers").get(page).content.decode()
    assert "odd books" in html
    assert "/admin/resume/" not in html


@pytest.mark.parametrize("page", MARKETS)
def test_a_stranger_sees_what_is_halted_and_neither_who_nor_why(page: str):
    halt()
    shown = lines(Client(), page)
    assert shown.startswith("ETHUSDT: Signals of Order Book Skew halted since")
    assert "Other strategies go on." in shown
    assert not {"odd books", "rita", "Resume"} & set(re.split(r"[ “”:]", shown))
    assert "odd books" not in Client().get(page).content.decode()


def test_everything_halted_is_one_line():
    halt(Scope())
    assert re.fullmatch(
        r"Signals halted since \d\d:\d\d UTC. Everything is halted: no strategy sends any.",
        lines(Client(), "/"),
    )
    assert lines(of_role("Viewers"), "/").startswith("Halted: everything. Since")
    for number in range(MOST_LINES + 1):  # what is halted by name besides changes nothing for a stranger
        halt(Scope("", f"A{number}USDT"))
    assert lines(Client(), "/").endswith("Everything is halted: no strategy sends any.")
    assert lines(Client(), "/").count("Signals halted since") == 1


def titled(page: str, client: Client | None = None) -> bool:
    """Does its title begin with that it is halted?"""
    html = (client or of_role("Viewers")).get(page).content.decode()
    (title,) = re.findall(r"<title>\s*(.*?)\s*</title>", html, re.DOTALL)
    return title.startswith("Halted · ")


@pytest.mark.parametrize("page", ["/", "/signals/", "/admin/", "/admin/strategies/"])
def test_while_everything_is_halted_titles_begin_with_that(page: str):
    client = of_role("Viewers")
    assert not titled(page, client)
    halt(Scope("orderbook_skew"))
    assert not titled(page, client)
    halt(Scope())
    assert titled(page, client)
    services.resume(Scope(), author=Author(source=Source.API, name="rita", reason="over"))
    assert not titled(page, client)


@pytest.mark.parametrize("page", ["/", "/signals/"])
def test_a_stranger_reads_it_in_the_title_too(page: str):
    halt(Scope())
    assert titled(page, Client())


def test_signals_of_one_strategy_show_in_the_title_whether_that_is_halted():
    halt(SKEW)
    assert titled("/signals/?strategy=orderbook_skew")
    assert not titled("/signals/?strategy=trade_momentum", Client())


@pytest.mark.parametrize("is_known", [False, True])
def test_the_lines_show_on_an_open_page_whether_everything_is_halted(is_known: bool):
    client = of_role("Viewers") if is_known else Client()
    halt(SKEW)
    assert "data-everything" not in client.get("/halted").content.decode()
    halt(Scope())
    assert "data-everything" in client.get("/halted").content.decode()


def test_nothing_halted_is_no_line():
    for page in MARKETS:
        assert lines(Client(), page) == ""


@pytest.mark.parametrize("page", ["/", "/symbols/BTCUSDT/", "/admin/strategies/", "/admin/halt/", "/halted"])
def test_several_are_one_line_that_leads_to_the_list(page: str):
    client = of_role("Risk managers")
    for number in range(MOST_LINES):
        halt(Scope("", f"A{number}USDT"))
    assert lines(client, page).count("Halted: ") == MOST_LINES
    for number in range(MOST_LINES, MOST_NAMED + 2):
        halt(Scope("", f"A{number}USDT"))
    names = "; ".join(f"all strategies on A{number}USDT" for number in range(MOST_NAMED))
    assert lines(client, page).startswith(f"{MOST_NAMED + 2} halts in force: {names}; and 2 more. All halts")
    assert '<a class="button small" href="/admin/#home-halts">' in client.get(page).content.decode()


def test_several_are_one_line_for_a_stranger_too():
    for number in range(MOST_NAMED + 2):
        halt(Scope("", f"A{number}USDT"))
    halt(SKEW)
    named = "Halts in force: all symbols; A0USDT; A1USDT; and 3 more."
    assert lines(Client(), "/") == lines(Client(), "/halted") == named
    assert "home-halts" not in Client().get("/").content.decode()


@pytest.mark.parametrize("client", ["Viewers", ""])
def test_several_are_one_line_above_the_signals(client: str):
    for number in range(MOST_NAMED + 2):
        halt(Scope("", f"A{number}USDT"))
    html = (of_role(client) if client else Client()).get("/signals/").content.decode()
    assert html.count("halt-line") == 1
    assert "5 halts in force:" in html
    assert ("/admin/#home-halts" in html) == bool(client)


@pytest.mark.parametrize("page", ["/admin/auth/user/", "/admin/auth/user/add/", "/admin/knox/authtoken/"])
def test_pages_about_something_else_have_one_short_line(page: str):
    client = Client()
    client.force_login(User.objects.create_superuser("root"), "django.contrib.auth.backends.ModelBackend")
    assert lines(client, page) == ""
    halt()
    assert lines(client, page).startswith("1 halt in force. All halts")
    halt(SKEW)
    assert lines(client, page).startswith("2 halts in force. All halts")
    halt(Scope())
    assert lines(client, page).startswith("Everything is halted. All halts")
    assert lines(client, "/halted?brief=1") == "Everything is halted. All halts"
    assert "/halted?brief=1" in client.get(page).content.decode()


def test_home_lists_all_halts_before_anything_else():
    client = of_role("Viewers")
    assert re.search(r'id="home-halts"[^>]* hidden', client.get("/admin/").content.decode())
    for number in range(MOST_NAMED + 2):
        halt(Scope("", f"A{number}USDT"))
    home = client.get("/admin/").content.decode()
    assert home.index('id="home-halts"') < home.index('id="home-market"')
    assert home.count("<strong>Halted: all strategies on A") == MOST_NAMED + 2
    assert "5 halts in force" in home


def test_the_page_of_a_symbol_shows_once_what_is_halted_of_it():
    halt(Scope("", "BTCUSDT"))
    client = of_role("Risk managers")
    assert lines(client, "/symbols/BTCUSDT/") == ""
    assert client.get("/symbols/BTCUSDT/").content.decode().count("/admin/resume/?symbol=BTCUSDT") == 1
    assert "Halted: all strategies on BTCUSDT." in lines(client, "/symbols/ETHBTC/")
    assert client.get("/halted?but=BTCUSDT").content.strip() == b""

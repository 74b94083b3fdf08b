"""What the search of every page finds, and for whom."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from configuration import services
from configuration.models import Source
from configuration.reading import reader
from configuration.services import Author
from halts import services as halts
from halts.domain import Scope

pytestmark = [pytest.mark.database, pytest.mark.django_db]
AUTHOR = Author(source=Source.COMMAND, name="tests", reason="why")
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _tracked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("realtime.tracking.tracked_symbols", lambda: ["BTCUSDT", "ETHUSDT"])
    reader.forget()
    yield
    reader.forget()


@pytest.fixture
def rita(db: None) -> Client:
    user = User.objects.create_user("rita", is_staff=True)
    user.groups.add(Group.objects.get(name="Risk managers"))
    client = Client()
    client.force_login(user, MODEL_BACKEND)
    return client


def found(client: Client, asked: str) -> list[tuple[str, str]]:
    """Titles and addresses, in their order."""
    answer = client.get("/find", {"q": asked, "bare": ""})
    assert answer.status_code == 200
    words = re.sub("</?mark>", "", answer.content.decode())
    return [(title, link) for link, title in re.findall(r'<a href="([^"]+)"><span>([^<]+)', words)]


def test_a_risk_manager_finds_pages_strategies_symbols_and_halts(rita: Client):
    assert found(rita, "hist") == [("History", "/admin/history/")]
    assert found(rita, "trade mom")[:2] == [
        ("Trade Momentum", "/admin/strategies/trade_momentum/"),
        ("Halt Trade Momentum", "/admin/halt/?strategy=trade_momentum"),
    ]
    assert found(rita, "ethusdt") == [
        ("ETHUSDT", "/symbols/ETHUSDT/"),
        ("Halt ETHUSDT", "/admin/halt/?symbol=ETHUSDT"),
    ]
    assert found(rita, "halt")[0] == ("Halt signals", "/admin/halt/")
    assert found(rita, "alert") == [
        ("Alerts", "/admin/alerts/"),
        ("Alert rules", "/admin/alerts/rules/"),
        ("New alert rule", "/admin/alerts/rules/new/"),
        ("Channels of alerts", "/admin/alerts/channels/"),
    ]


@pytest.mark.parametrize("asked", ["order_book_skew", "orderbook_skew", "Order  Book Skew", "skew order"])
def test_a_strategy_is_found_by_its_name_however_its_words_are_joined(rita: Client, asked: str):
    assert found(rita, asked)[0] == ("Order Book Skew", "/admin/strategies/orderbook_skew/")


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("undo", "History"),
        ("password", "Change your password"),
        ("top_levels", "Top levels of Order Book Skew"),
    ],
)
def test_what_people_call_things_by_leads_there(rita: Client, asked: str, first: str):
    assert found(rita, asked)[0][0].startswith(first)


def test_values_of_a_symbols_own_are_found_by_strategy_and_symbol(rita: Client):
    services.write("orderbook_skew", "SOLUSDT", {"top_levels": 9}, author=AUTHOR)
    way = ("SOLUSDT in Order Book Skew", "/admin/strategies/orderbook_skew/symbols/SOLUSDT/")
    assert found(rita, "sol skew") == found(rita, "SOLUSDT") == [way]


def test_what_is_halted_is_found_by_the_way_to_resume_it(rita: Client):
    assert found(rita, "resume") == []
    halts.halt(Scope("trade_momentum", "ETHUSDT"), author=AUTHOR)
    one = ("Resume Trade Momentum on ETHUSDT", "/admin/resume/?strategy=trade_momentum&amp;symbol=ETHUSDT")
    assert found(rita, "resume") == [one]
    assert "Resume signals" not in [title for title, _ in found(rita, "")]
    halts.halt(Scope(), author=AUTHOR)
    assert sorted(found(rita, "resume")) == [one, ("Resume signals", "/admin/resume/")]


def titles(client: Client, asked: str) -> list[str]:
    return [title for title, _ in found(client, asked)]


def test_what_begins_so_comes_before_what_has_a_word_that_begins_so_and_that_before_the_rest(
    rita: Client, monkeypatch: pytest.MonkeyPatch
):
    tracked = ["ALTUSDT", "ETHBTC", "BTCUSDT"]
    monkeypatch.setattr("realtime.tracking.tracked_symbols", lambda: tracked)
    services.write("orderbook_skew", "BTCUSDT", {"top_levels": 9}, author=AUTHOR)
    assert titles(rita, "btc") == [
        "BTCUSDT",
        "BTCUSDT in Order Book Skew",
        "Halt BTCUSDT",
        "Whale threshold BTC of On-Chain Metrics",
        "ETHBTC",
        "Halt ETHBTC",
        "Bitcoin Dominance",
        "Halt Bitcoin Dominance",
        *[title for title in titles(rita, "btc") if title.endswith("of Bitcoin Dominance")],
    ]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("halt sol", ["Halt SOLUSDT"]),
        ("HALT  btc", ["Halt BTCUSDT"]),
        ("sol halt", ["Halt SOLUSDT"]),
        ("momentum", ["Trade Momentum", "Halt Trade Momentum", "Momentum window of Trade Momentum"]),
        ("halt", ["Halt signals"]),
        ("order book skew", ["Order Book Skew"]),
        ("buy threshold", ["Buy threshold of Order Book Skew"]),
        ("top levels", ["Top levels of Order Book Skew"]),
    ],
)
def test_what_is_meant_comes_first(
    rita: Client, monkeypatch: pytest.MonkeyPatch, asked: str, first: list[str]
):
    monkeypatch.setattr("realtime.tracking.tracked_symbols", lambda: ["BTCUSDT", "SOLUSDT"])
    assert [title for title in titles(rita, asked) if title in first][: len(first)] == first
    assert titles(rita, asked)[0] == first[0]


@pytest.mark.parametrize("asked", ["halt sol", "momentum", "btc", "window"])
def test_what_concerns_everything_is_found_only_by_its_own_words(
    rita: Client, monkeypatch: pytest.MonkeyPatch, asked: str
):
    monkeypatch.setattr("realtime.tracking.tracked_symbols", lambda: ["BTCUSDT", "SOLUSDT"])
    halts.halt(Scope(), author=AUTHOR)
    assert not {"Halt signals", "Resume signals"} & set(titles(rita, asked))


def test_a_parameter_leads_to_its_field_in_each_strategy_that_has_it_by_label_and_by_name(rita: Client):
    way = ("Buy threshold of Order Book Skew", "/admin/strategies/orderbook_skew/global/#param-buy_threshold")
    assert way in found(rita, "buy threshold")
    assert way in found(rita, "buy_threshold skew")
    viewer = Client()
    vera = User.objects.create_user("vera", is_staff=True)
    vera.groups.add(Group.objects.get(name="Viewers"))
    viewer.force_login(vera, MODEL_BACKEND)
    for who in (rita, viewer):
        assert 'id="param-buy_threshold"' in who.get(way[1]).content.decode()


def test_what_was_typed_is_marked_in_what_was_found(rita: Client):
    page = rita.get("/find", {"q": "MOM trade", "bare": ""}).content.decode()
    assert "<span><mark>Trade</mark> <mark>Mom</mark>entum</span>" in page
    assert "<mark>&lt;b&gt;</mark>" not in rita.get("/find", {"q": "<b>", "bare": ""}).content.decode()


def test_of_many_the_first_are_shown_and_how_many_there_are_is_shown(rita: Client, monkeypatch):
    monkeypatch.setattr("realtime.tracking.tracked_symbols", lambda: [f"COIN{n}USDT" for n in range(57)])
    page = rita.get("/find", {"q": "coin symbol", "bare": ""}).content.decode()
    assert page.count("<a ") == 12
    assert "12 of 57; type on to narrow it down." in page
    assert "type on" not in rita.get("/find", {"q": "coin56 symbol", "bare": ""}).content.decode()


def test_a_stranger_finds_what_is_open_to_all_and_nothing_else(client: Client):
    services.write("orderbook_skew", "SOLUSDT", {"top_levels": 9}, author=AUTHOR)
    assert [title for title, _ in found(client, "")] == ["Markets", "Signals", "API", "Compare markets"]
    assert found(client, "btc") == [("BTCUSDT", "/symbols/BTCUSDT/")]
    assert (
        found(client, "halt")
        == found(client, "solusdt")
        == found(client, "people")
        == found(client, "threshold")
        == []
    )


def test_a_stranger_finds_no_market_where_metrics_need_a_log_in(client: Client, settings):
    settings.METRICS_REQUIRE_LOGIN = True
    assert [title for title, _ in found(client, "")] == ["API"]
    assert found(client, "btc") == []


def test_without_scripts_the_search_is_a_page(rita: Client):
    page = rita.get("/find", {"q": "no <such> thing"}).content.decode()
    assert "<h1>Search</h1>" in page
    assert "Nothing fits “no &lt;such&gt; thing”." in page

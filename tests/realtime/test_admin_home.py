"""The admin's first page, with everything there and with parts away."""

import re
from collections.abc import Iterator
from html import unescape

import msgspec
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client

from configuration import services
from configuration.ledger import Author
from configuration.models import Source
from configuration.reading import reader as configuration_reader
from journal.report import JournalReport
from journal.report import key_of as key_of_journal
from metrics.store.reader import get_reader
from realtime import admin_home
from realtime.stack.servers import free_port
from tests.configuration.outage import database_away
from tests.factories import Clock, spot_book

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def viewer(db: None) -> Client:
    configuration_reader.forget()
    user = User.objects.create_user("vera", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_strategyconfig"))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def _store_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    get_reader.cache_clear()
    yield
    get_reader.cache_clear()


def text_of(page: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


def test_market_health_standing_and_changes(
    viewer: Client, reader: object, publish, clock: Clock, monkeypatch
):
    monkeypatch.setattr(reader, "clock", clock)
    publish(spot_book())
    author = Author(source=Source.API, name="rita", reason="deep books")
    services.write("orderbook_skew", "BTCUSDT", {"top_levels": 9}, author=author)
    text = text_of(viewer.get("/admin/").content)
    assert "Symbols tracked 1 all books are live" in text
    assert "Database working" in text
    assert "Store working" in text
    assert "Market feed working" in text
    assert (
        "rita set Order Book Skew · BTCUSDT just now What it did : version 1 of Order Book Skew, BTCUSDT "
        "Top levels top_levels inherited → 9 levels “deep books”" in text
    )


def test_how_far_the_journal_of_the_market_reaches(viewer: Client, reader: object, store, clock: Clock):
    assert "Journal unknown unknown Nobody keeps a journal of the market here." in text_of(
        viewer.get("/admin/").content
    )
    held = JournalReport(
        clock() - 5, first=clock() - 605, last=clock() - 5, messages=7, bytes=2**20, most_bytes=2**30
    )

    def shown(report: JournalReport) -> str:
        store.hset(key_of_journal(settings.STORE_PREFIX), "report", msgspec.msgpack.encode(report))
        return text_of(viewer.get("/admin/").content)

    assert re.search(
        r"Journal kept unknown It holds [\d: UTCto]+, 10 min: 7 messages, 1.0 MiB of 1.0 GiB\.", shown(held)
    )
    trouble = "NATS runs without JetStream."
    assert f"Journal none unknown {trouble}" in shown(JournalReport(clock(), trouble=trouble))


def test_of_many_changed_levels_the_newest_six_are_shown_and_the_others_counted(viewer: Client):
    author = Author(source=Source.API, name="rita", reason="deep books")
    for number in range(8):
        services.write("orderbook_skew", f"COIN{number}USDT", {"top_levels": 9}, author=author)
    page = viewer.get("/admin/")
    assert [entry.symbol for entry in page.context["touched"]] == [f"COIN{n}USDT" for n in range(7, 1, -1)]
    [way] = re.findall(r'<a class="link" href="([^"]+)">and 2 more</a>', page.content.decode())
    assert "COIN0USDT" in text_of(viewer.get(unescape(way)).content)
    services.delete("orderbook_skew", "COIN0USDT", author=author)
    services.write("orderbook_skew", None, {"top_levels": 9}, author=author)
    assert "and 3 more</a>" in viewer.get("/admin/").content.decode()


def test_six_changed_levels_are_all_there_are(viewer: Client):
    author = Author(source=Source.API, name="rita", reason="deep books")
    for number in range(6):
        services.write("orderbook_skew", f"COIN{number}USDT", {"top_levels": 9}, author=author)
    assert " more</a>" not in viewer.get("/admin/").content.decode()


def test_without_a_feed_the_page_shows_it(viewer: Client, reader: object):
    response = viewer.get("/admin/")
    assert response.status_code == 200
    text = text_of(response.content)
    assert "No market numbers: no feed is heard." in text
    assert "Market feed away unknown No feed has been heard" in text
    assert "Strategies away unknown No strategy process is heard" in text
    assert "No strategy process is heard: below stands what is decided, not what runs." in text
    assert "Store working" in text


@pytest.mark.usefixtures("_store_away")
def test_without_the_store_configuration_goes_on(viewer: Client):
    author = Author(source=Source.API, name="rita", reason="deep books")
    services.write("orderbook_skew", None, {"top_levels": 9}, author=author)
    response = viewer.get("/admin/")
    assert response.status_code == 200
    text = text_of(response.content)
    assert re.search(r"Store away unknown Seen away since \d\d:\d\d:\d\d UTC", text)
    assert "Market feed unknown" in text
    assert "Strategies unknown Strategy processes report by way of the store, which is away" in text
    assert "what feeds and strategies do is not known" in text
    assert "Order Book Skew ACTIVE 1 changed" in text
    for page in (
        "strategies/",
        "strategies/orderbook_skew/",
        "strategies/orderbook_skew/symbols/BTCUSDT/",
        "history/",
    ):
        assert viewer.get(f"/admin/{page}").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("reader")
def test_without_the_database_every_part_shows_it():
    with database_away():
        assert admin_home.configuration() == {
            "may_read": True,
            "recent": None,
            "touched": None,
            "strategy_rows": [],
            "halts": None,
        }
        database = admin_home.checks(True, 1.0, "")[0]
    assert (database.name, database.works) == ("Database", False)
    assert re.match(r"Seen away since \d\d:\d\d:\d\d UTC\. .*nothing can be changed", database.meaning)
    assert admin_home.outage(admin_home.DATABASE, True) == ""


@pytest.mark.django_db(transaction=True)
def test_a_page_that_needs_the_absent_database_is_unavailable_not_broken(viewer: Client):
    viewer.raise_request_exception = False
    with database_away():
        response = viewer.get("/admin/strategies/")
    assert response.status_code == 503
    assert response["Retry-After"]
    assert "The database is away" in text_of(response.content)


def test_any_other_failure_is_a_failure(viewer: Client, monkeypatch: pytest.MonkeyPatch):
    viewer.raise_request_exception = False
    monkeypatch.setattr(admin_home, "market", lambda: 1 / 0)
    assert viewer.get("/admin/").status_code == 500


def test_without_the_right_to_read_there_is_no_configuration_on_it(reader: object):
    client = Client()
    client.force_login(
        User.objects.create_user("guest", is_staff=True), "django.contrib.auth.backends.ModelBackend"
    )
    text = text_of(client.get("/admin/").content)
    assert "may not read configuration" in text
    assert "Latest changes" not in text
    assert "Database working" in text


def test_the_search_of_the_admin_finds_accounts_and_pages(admin_client):
    answer = admin_client.get("/admin/search/?extended=1&s=people")
    assert answer.status_code == 200
    assert "People" in answer.content.decode()

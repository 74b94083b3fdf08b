"""Where a halt is shown to those who may see configuration, it says how many signals it has held back."""

import re
from html import unescape

import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from configuration.ledger import Author
from configuration.models import Source
from halts import services
from halts.domain import Scope
from realtime import held_back
from realtime.stack.servers import LOCALHOST, free_port
from strategies.domain.signal import moment
from strategies.keys import StrategyKeys
from strategies.reader import StrategiesReader
from tests.strategies.scenes import START

pytestmark = [pytest.mark.database, pytest.mark.django_db]
KEYS = StrategyKeys(settings.STORE_PREFIX)
SCOPE = Scope("orderbook_skew")
PAGES = ["/admin/", "/admin/resume/?strategy=orderbook_skew", "/admin/strategies/"]


@pytest.fixture
def root(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(held_back, "get_reader", lambda: StrategiesReader(store, KEYS, lambda: START + 60))
    services.halt(SCOPE, author=Author(source=Source.API, name="rita", reason="odd books"))
    client = Client()
    client.force_login(User.objects.create_superuser("root"), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def without_a_store(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where it should be."""
    away = redis.Redis.from_url(f"redis://{LOCALHOST}:{free_port()}")
    monkeypatch.setattr(held_back, "get_reader", lambda: StrategiesReader(away, KEYS))


def hold_back(store: redis.Redis, signals: int, *, since: float = 0.0) -> None:
    """By the halt that holds; `since` is when counting began."""
    store.set(KEYS.counted_since, moment(since))
    found = ["signals", str(signals), "last", "2027-01-15T08:00:36.000Z"]
    store.hset(KEYS.held_back(services.in_force().records[SCOPE]), items=found)


def text(client: Client, page: str) -> str:
    html = client.get(page).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize(
    ("signals", "words"), [(1, "1 signal"), (37, "37 signals"), (123_456, "123,456 signals")]
)
def test_pages_that_show_a_halt_show_it(root: Client, store: redis.Redis, signals: int, words: str):
    hold_back(store, signals)
    for page in PAGES:
        reported = (
            f"It has held back {words} of Order Book Skew on all symbols ; the last: 15 January, 08:00:36 UTC"
        )
        assert reported in text(root, page), page
        listed = 'href="/signals/?strategy=orderbook_skew&amp;state=halted"'
        assert listed in root.get(page).content.decode()


def test_of_a_halt_older_than_the_count_the_least_is_shown(root: Client, store: redis.Redis):
    for page in PAGES:
        assert "Whether it has held back signals is not known" in text(root, page)
    hold_back(store, 3, since=START)
    for page in PAGES:
        assert "It has held back at least 3 signals" in text(root, page)


def test_rest_has_it_with_each_halt(root: Client, store: redis.Redis):
    hold_back(store, 37)
    (halt,) = root.get("/api/v1/halts").json()["data"]
    assert halt["held_back"] == {"signals": 37, "last": "2027-01-15T08:00:36Z", "is_complete": True}


@pytest.mark.usefixtures("without_a_store")
def test_rest_has_null_while_the_store_is_away(root: Client):
    (halt,) = root.get("/api/v1/halts").json()["data"]
    assert halt["held_back"] is None


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_shown_of_none(root: Client, page: str, store: redis.Redis):
    hold_back(store, 0)
    assert "has held back" not in text(root, page)


@pytest.mark.usefixtures("without_a_store")
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_shown_while_the_store_is_away(root: Client, page: str):
    assert "odd books" in text(root, page)
    assert "has held back" not in text(root, page)

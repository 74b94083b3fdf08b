"""Where a halt is shown to those who may see configuration, it says how many signals it has held back."""

import re
from datetime import UTC, datetime
from html import unescape

import msgspec
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
from strategies.domain.signal import fate_under, kept
from strategies.keys import KEPT_HALTED, StrategyKeys
from strategies.reader import StrategiesReader
from tests.strategies.scenes import START
from tests.strategies.test_views import signal

pytestmark = [pytest.mark.database, pytest.mark.django_db]
KEYS = StrategyKeys(settings.STORE_PREFIX)
SCOPE = Scope("orderbook_skew")
RESUME = "/admin/resume/?strategy=orderbook_skew"


@pytest.fixture
def root(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(held_back, "get_reader", lambda: StrategiesReader(store, KEYS, lambda: START + 60))
    services.halt(SCOPE, author=Author(source=Source.API, name="rita", reason="odd books"))
    client = Client()
    client.force_login(User.objects.create_superuser("root"), "django.contrib.auth.backends.ModelBackend")
    return client


def hold_back(store: redis.Redis, signals: int) -> None:
    fate = fate_under(services.in_force().records[SCOPE])
    for second in range(signals):
        store.lpush(KEYS.halted("orderbook_skew"), kept(msgspec.json.encode(signal(second)), fate))


def text(client: Client, page: str) -> str:
    html = client.get(page).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.mark.parametrize(
    ("signals", "words"), [(1, "1 signal"), (37, "37 signals"), (KEPT_HALTED, "signals")]
)
def test_the_home_page_and_the_page_that_resumes_show_it(
    root: Client, store: redis.Redis, signals: int, words: str
):
    """Without a number where some may not be kept any more."""
    hold_back(store, signals)
    for page in ("/admin/", RESUME):
        last = datetime.fromtimestamp(START + signals - 1, UTC)
        reported = f"It has held back {words} ; the last: 15 January, {last:%H:%M:%S} UTC"
        assert reported in text(root, page), page
        listed = 'href="/signals/?strategy=orderbook_skew&amp;state=halted"'
        assert listed in root.get(page).content.decode()


def test_what_is_not_known_any_more_is_shown(root: Client, store: redis.Redis):
    other = services.in_force().records[SCOPE]
    fate = fate_under(msgspec.structs.replace(other, symbol="ETHUSDT"))
    for second in range(KEPT_HALTED):
        store.lpush(KEYS.halted("orderbook_skew"), kept(msgspec.json.encode(signal(second)), fate))
    for page in ("/admin/", RESUME):
        assert "Whether it has held back signals is not known any more" in text(root, page)


@pytest.mark.parametrize("page", ["/admin/", RESUME])
def test_nothing_is_shown_of_none_and_while_the_store_is_away(
    root: Client, page: str, monkeypatch: pytest.MonkeyPatch
):
    assert "has held back" not in text(root, page)
    away = redis.Redis(LOCALHOST, free_port(), socket_connect_timeout=1)
    monkeypatch.setattr(held_back, "get_reader", lambda: StrategiesReader(away, KEYS))
    assert "odd books" in text(root, page)
    assert "has held back" not in text(root, page)

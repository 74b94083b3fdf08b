"""Fixtures every test may use: a clean store, a clock that moves only when moved, a feed between them, callers."""

from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import caches
from django.db import connections
from django.db.models import QuerySet
from django.db.models.signals import post_migrate
from django.test import Client
from hypothesis import settings as hypothesis_settings
from knox.models import AuthToken
from redis.asyncio import Redis

from alerts.models import AlertRule
from configuration.api.authentication import memory
from configuration.domain.catalogue import CATALOGUE
from configuration.reading import reader as configuration_reader
from journal.report import connected as store_of_journal
from markets.reports.store import get_reader as get_markets_reader
from metrics import marks
from metrics.answers import venues
from metrics.domain.market import Expiry
from metrics.feed.minute_writer import MinuteWriter
from metrics.feed.runner import DepthFeed
from metrics.feed.wire import WireDecoder
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader, get_reader
from metrics.store.writer import StoreWriter
from realtime import health
from stored import left_out
from strategies.measured_reader import get_measured_reader
from strategies.reader import get_reader as get_strategies_reader
from tests.factories import Clock, depth_analyzer
from tests.people import ROLES, Caller
from tests.servers import Server, redis_url, running, valkey

# A busy machine is slow now and then, and no example is wrong for that.
hypothesis_settings.register_profile("suite", deadline=None)
hypothesis_settings.load_profile("suite")

# In this process alone; those that tests start are as people start them.
settings.WHITENOISE_AUTOREFRESH = True  # else each client, with its own middleware, reads all static files
settings.PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher"
]  # the usual one is slow on purpose

Step = Callable[[], Awaitable[Any]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test has an id of its own: schemathesis leaves the operation out, and xdist would run the first only."""
    for item in items:
        if item.parent and item.name not in item.nodeid:
            item._id = type(item.id).parse(f"{item.parent.nodeid}::{item.name}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """A test that commits ends with a flush, which takes the migrated groups, too: they are put back. Rules of alerts
    that come with the product are taken away at once, so that every test begins without any."""

    def put_back(**_: Any) -> None:
        import_module("configuration.migrations.0002_groups").create_groups(apps, None)
        import_module("halts.migrations.0002_who_may_halt").grant(apps, None)
        import_module("login.migrations.0002_who_lets_in").grant(apps, None)
        import_module("alerts.migrations.0002_who_may_what").grant(apps, None)
        import_module("alerts.migrations.0005_channels").grant(apps, None)
        import_module("alerts.migrations.0006_silences").grant(apps, None)

    post_migrate.connect(put_back, sender=apps.get_app_config("halts"), weak=False)
    with django_db_blocker.unblock():
        for model in (AlertRule, AlertRule.history.model):
            QuerySet(model)._raw_delete("default")


@pytest.fixture(autouse=True)
def nothing_left_out() -> None:
    """What one test has forged is not counted in the reports of another."""
    left_out.clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Iterator[redis.Redis]:
    """The real store, empty."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.close()


def forget_readers() -> None:
    """Those of this process connect anew, as the settings have it then."""
    get_reader.cache_clear()
    get_strategies_reader.cache_clear()
    get_measured_reader.cache_clear()
    get_markets_reader.cache_clear()
    store_of_journal.cache_clear()


@pytest.fixture
def own_store(tmp_path: Path, settings: Any) -> Iterator[Server]:
    """A store that is running, is the one the views read, and may be stopped."""
    with running(valkey(tmp_path)) as server:
        settings.REDIS_URL = redis_url(server.port)
        forget_readers()
        yield server
        forget_readers()


@pytest.fixture
def reader(store: redis.Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> StoreReader:
    """The reader that views and pages use, over the clean store and on the injected clock."""
    reader = get_reader()
    monkeypatch.setattr(reader, "clock", clock)
    return reader


@pytest.fixture
def writer(store: redis.Redis) -> StoreWriter:
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=5)
    return StoreWriter(client, Keys(settings.STORE_PREFIX), settings.METRICS_TTL_SECONDS)


@pytest.fixture
def make_feed(writer: StoreWriter, clock: Clock) -> Callable[[], DepthFeed]:
    """Feeds over the clean store that are driven by hand; nothing in them moves by itself."""
    return lambda: DepthFeed(
        instance="test/0/1",
        subjects=settings.NATS_CONSUMER_TOPIC,
        decoder=WireDecoder(),
        analyzer=depth_analyzer(expiry=Expiry(settings.STALE_AFTER_SECONDS, settings.METRICS_TTL_SECONDS)),
        writer=writer,
        layer=get_channel_layer(),
        minute_writer=MinuteWriter(),
        interval=0.25,
        clock=clock,
    )


@pytest.fixture
def feed(make_feed: Callable[[], DepthFeed]) -> DepthFeed:
    return make_feed()


@pytest.fixture
def run(writer: StoreWriter) -> Callable[[Step], Any]:
    """Run one coroutine function to its end, database work in this thread: `run(feed.publish_once)`."""

    async def then_disconnect(step: Step) -> Any:
        try:
            return await step()
        finally:
            await writer.close()  # connections belong to the event loop of this call

    return lambda step: async_to_sync(then_disconnect)(step)


@pytest.fixture
def publish(feed: DepthFeed, run: Callable[[Step], Any]) -> Callable[..., None]:
    """Take frames in and carry everything out to the store: `publish(spot_book(), usdm_book("ETHUSDT"))`."""

    async def carry_out() -> None:
        await feed.publish_once()
        await feed.record_once()

    def publish(*frames: bytes) -> None:
        for raw in frames:
            feed.process(raw)
        run(carry_out)

    return publish


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """No variable of the machine sets a parameter, and no test sees another one's snapshot."""
    for spec in CATALOGUE.values():
        for parameter in spec.parameters.values():
            if parameter.environment:
                monkeypatch.delenv(parameter.environment, raising=False)
    settings.CONFIG_WRITE_RATE = "100000/min"
    configuration_reader.forget()
    yield
    configuration_reader.forget()


@pytest.fixture(autouse=True)
def _nothing_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers about the market ask nobody what is halted, unless a test has somebody."""
    monkeypatch.setattr(marks, "_read", marks.Marks)


@pytest.fixture(autouse=True)
def _nothing_compared_yet() -> None:
    """No test is told the gaps of another one, whose clock showed the same second."""
    venues.forget()


@pytest.fixture(autouse=True)
def _nothing_in_the_file_of_halts() -> None:
    """No test applies what another one issued on this machine."""
    (settings.STATE_DIR / "strategies" / "halts.json").unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def _database_not_tried_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test inherits what another one's database took, or NATS."""
    monkeypatch.setattr(health, "nats_trial", health.Trial(health.nats_trouble))
    monkeypatch.setattr(health, "writing_trial", health.Trial(health.takes_a_write))


@pytest.fixture
def no_connection_of_an_earlier_test() -> None:
    """The first thing a request or a socket does is to look after those of its thread, here that of all tests."""
    connections.close_all()


@pytest.fixture
def nobody_remembered(db: None) -> None:
    """No test inherits another one's rate or log-in. To be asked for first: the cache is in the store, all of it."""
    caches["writes"].clear()
    memory._known.clear()


@pytest.fixture
def make_user(db: None) -> Callable[[str], User]:
    """A user with the permissions of a role."""

    def make(role: str) -> User:
        user = User.objects.create_user(role, is_staff=True)
        if role == "administrator":
            user.groups.add(Group.objects.get(name="Administrators"))
        else:
            user.user_permissions.set(Permission.objects.filter(codename__in=ROLES[role]))
        return user

    return make


@pytest.fixture
def caller(make_user: Callable[[str], User]) -> Callable[..., Caller]:
    """A caller of a role, by token or by session; without a role nobody is logged in."""
    people: dict[str, User] = {}

    def make(role: str | None, by: str = "token") -> Caller:
        client = Client()
        if role is None:
            return Caller(client, {})
        user = people.get(role) or people.setdefault(role, make_user(role))
        if by == "session":
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            return Caller(client, {})
        _, token = AuthToken.objects.create(user)
        return Caller(client, {"Authorization": f"Token {token}"})

    return make

"""Reading what is in force: at once after a commit, in every process, and without the database."""

import json
import logging

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from configuration import announcements, reading, services
from configuration.exceptions import StoreUnavailable, StrategyNotFound
from configuration.models import Source
from configuration.reading import ConfigurationReader
from configuration.services import Author
from tests.configuration.outage import database_away

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
SKEW = "orderbook_skew"
AUTHOR = Author(source=Source.COMMAND, name="tests")


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def levels_of(reader: ConfigurationReader) -> int:
    return int(reader.snapshot().strategies[SKEW].config(None).parameters["top_levels"])


def test_a_committed_write_is_seen_at_once_by_every_reader():
    readers = [ConfigurationReader(), ConfigurationReader()]
    assert [levels_of(reader) for reader in readers] == [5, 5]
    services.write(SKEW, None, {"top_levels": 9}, author=AUTHOR)
    assert [levels_of(reader) for reader in readers] == [9, 9]


def test_an_unchanged_configuration_costs_one_query():
    reader = ConfigurationReader()
    reader.snapshot()
    services.write(SKEW, None, {"top_levels": 9}, author=AUTHOR)
    with CaptureQueriesContext(connection) as first:
        reader.snapshot()
    with CaptureQueriesContext(connection) as again:
        reader.snapshot()
    assert (len(first), len(again)) == (3, 1)


def test_a_snapshot_is_read_again_after_its_time(settings):
    settings.CONFIG_CACHE_TTL_SECONDS = 60
    clock = Clock()
    reader = ConfigurationReader(clock)
    first = reader.snapshot()
    clock.now += 59
    assert reader.snapshot() is first
    clock.now += 2
    assert reader.snapshot() is not first


def test_a_refresh_reaches_every_reader():
    reader = ConfigurationReader()
    first = reader.snapshot()
    services.refresh()
    assert reader.snapshot() is not first


def test_a_rolled_back_write_is_never_served_for_a_later_one():
    from django.db import transaction

    reader = ConfigurationReader()
    with transaction.atomic():
        services.write(SKEW, None, {"top_levels": 9}, author=AUTHOR)
        assert levels_of(reader) == 9  # within the transaction it is so
        transaction.set_rollback(True)
    assert levels_of(reader) == 5
    services.write(SKEW, None, {"top_levels": 11}, author=AUTHOR)
    assert levels_of(reader) == 11


def test_the_last_known_good_is_served_while_the_database_is_away(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    clock = Clock()
    reader = ConfigurationReader(clock)
    services.write(SKEW, None, {"top_levels": 9}, author=AUTHOR)
    levels_of(reader)
    with database_away():
        for _ in range(3):
            clock.now += 5
            assert levels_of(reader) == 9
        assert reader.is_store_away
    clock.now += 0.5
    assert levels_of(reader) == 9  # the database is left alone for a second
    clock.now += 1
    assert levels_of(reader) == 9
    assert not reader.is_store_away
    events = [record.message.split()[0] for record in caplog.records if "store_" in record.message]
    assert events == ["configuration.store_away", "configuration.store_back"]


def test_without_a_last_known_good_reading_reports_it():
    with database_away(), pytest.raises(StoreUnavailable):
        ConfigurationReader().snapshot()


def test_writes_are_refused_whole_while_the_database_is_away():
    with database_away(), pytest.raises(StoreUnavailable):
        services.write(SKEW, None, {"top_levels": 9}, author=AUTHOR)
    assert reading.effective(SKEW).version == 0


def test_an_unknown_strategy_has_no_configuration():
    with pytest.raises(StrategyNotFound):
        reading.effective("nope")


def test_a_change_is_published_on_redis_after_the_commit():
    with redis.Redis.from_url(settings.REDIS_URL) as client, client.pubsub() as subscription:
        subscription.subscribe(announcements.channel())
        assert subscription.get_message(timeout=5)["type"] == "subscribe"
        services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=AUTHOR)
        services.refresh()
        change = json.loads(subscription.get_message(timeout=5)["data"])
        assert json.loads(subscription.get_message(timeout=5)["data"]) == {}
    assert (change["strategy_id"], change["symbol"], change["action"]) == (SKEW, "BTCUSDT", "CREATE")
    assert change["config"]["parameters"]["top_levels"] == 9
    assert change["actor"] == "tests"

"""A committed change is announced on Redis; where that is away, the log says so once, in a sentence."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from configuration import announcements, services
from configuration.ledger import MOST_WRITERS
from configuration.models import Source, StrategyConfig
from configuration.services import Author
from halts import services as halts
from halts.domain import Scope
from tests.servers import Server, redis_url, running, until, valkey

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
AUTHOR = Author(source=Source.COMMAND, name="tests", reason="why")


@pytest.fixture
def redis_server(settings, tmp_path, monkeypatch):
    server = valkey(tmp_path)
    settings.REDIS_URL = redis_url(server.port)
    monkeypatch.setattr(announcements.outage, "is_logged", False)
    announcements._client.cache_clear()
    yield server
    announcements._client.cache_clear()


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [
        (record.levelno, record.message.partition(";")[0].partition(" (")[0])
        for record in caplog.records
        if record.name == announcements.__name__
    ]


def test_everything_is_written_without_redis_and_the_log_has_a_sentence(redis_server: Server, caplog):
    assert services.write("orderbook_skew", None, {"top_levels": 9}, author=AUTHOR).config.version == 1
    services.refresh()
    halts.halt(Scope(), author=AUTHOR)
    halts.resume(Scope(), author=AUTHOR)
    assert logged(caplog) == [(logging.WARNING, "Redis: not reached")]
    assert "find out by asking the database" in caplog.text
    assert "Traceback" not in caplog.text


def test_the_end_of_an_outage_is_reported_and_the_next_one_is_another(redis_server: Server, caplog):
    caplog.set_level(logging.INFO, announcements.__name__)
    services.refresh()
    with running(redis_server):
        services.refresh()
        services.refresh()
    services.refresh()
    assert logged(caplog) == [
        (logging.WARNING, "Redis: not reached"),
        (logging.INFO, "Redis: reached again"),
        (logging.WARNING, "Redis: not reached"),
    ]


def test_writers_whom_redis_leaves_waiting_keep_nobody_from_writing(redis_server: Server, settings):
    def write(number: int) -> None:
        services.write("orderbook_skew", f"W{number}USDT", {"top_levels": 9}, author=AUTHOR)
        connection.close()

    with running(redis_server), ThreadPoolExecutor(MOST_WRITERS) as pool:
        services.refresh()
        redis_server.freeze()
        telling = [pool.submit(write, number) for number in range(MOST_WRITERS)]
        until(lambda: StrategyConfig.objects.count() == MOST_WRITERS, "all is committed")
        settings.DATABASE_LOCK_SECONDS = 0.1
        services.write("orderbook_skew", None, {"top_levels": 9}, author=AUTHOR)
        assert [each.result() for each in telling] == [None] * MOST_WRITERS

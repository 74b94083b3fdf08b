"""Reports in a real store: written, read, forgotten, and not believed where they cannot be true."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import redis
from asgiref.sync import async_to_sync
from django.conf import settings
from redis.asyncio import Redis

from markets.reports.report import MarketsReport
from markets.reports.store import ReportReader, ReportWriter, key_of
from stored import left_out
from tests.factories import START
from tests.markets.reports.reports import TROUBLED, markets_report, venue_report

KEY = key_of(settings.STORE_PREFIX)


@pytest.fixture
def reader(store: redis.Redis) -> ReportReader:
    return ReportReader(store, settings.STORE_PREFIX)


def act(step: Callable[[ReportWriter], Any]) -> None:
    async def then_disconnect() -> None:
        writer = ReportWriter(Redis.from_url(settings.REDIS_URL), settings.STORE_PREFIX)
        try:
            await step(writer)
        finally:
            await writer.close()

    async_to_sync(then_disconnect)()


def put(store: redis.Redis, report: MarketsReport) -> None:
    store.hset(KEY, report.instance, msgspec.msgpack.encode(report))


def test_what_is_written_is_read(reader: ReportReader):
    report = markets_report(venue_report(), TROUBLED)
    act(lambda writer: writer.write(report))
    assert reader.reports(START) == [report]


def test_who_ends_in_good_order_is_not_missed(reader: ReportReader):
    act(lambda writer: writer.write(markets_report()))
    act(lambda writer: writer.withdraw(markets_report().instance))
    assert reader.reports(START) == []


def test_who_died_is_shown_for_an_hour(reader: ReportReader, store: redis.Redis):
    put(store, markets_report())
    assert len(reader.reports(START + 3_599)) == 1
    assert reader.reports(START + 3_600) == []
    assert 0 < store.ttl(KEY) <= 3_600 or store.ttl(KEY) == -1
    act(lambda writer: writer.tidy(START + 3_600))
    assert not store.exists(KEY)


def test_a_key_of_another_type_makes_room(reader: ReportReader, store: redis.Redis):
    store.set(KEY, "no hash")
    assert reader.reports(START) == []
    act(lambda writer: writer.write(markets_report()))
    assert len(reader.reports(START)) == 1


@pytest.mark.parametrize(
    "forged",
    [
        {"reported_at": START + 3_600},
        {"reported_at": float("nan")},
        {"dropped": -1},
        {"instance": "line\nbreak"},
        {"venues": [venue_report()] * 101},
        {"venues": [venue_report(frames=-1)]},
        {"venues": [venue_report(rate_per_second=float("inf"))]},
        {"venues": [venue_report(trouble="x" * 301)]},
        {"venues": [venue_report(refusals={"\x00": 1})]},
    ],
)
def test_what_cannot_be_true_is_left_out_and_the_rest_is_read(
    reader: ReportReader, store: redis.Redis, forged: dict[str, Any]
):
    put(store, markets_report(**forged))
    put(store, markets_report(instance="another"))
    assert [report.instance for report in reader.reports(START)] == ["another"]
    assert left_out["markets_reports"] == 1


def test_what_stands_under_another_name_or_is_no_report_is_left_out_and_tidied_away(
    reader: ReportReader, store: redis.Redis
):
    put(store, markets_report())
    store.hset(KEY, "b", msgspec.msgpack.encode(markets_report()))
    store.hset(KEY, "c", b"\xc1")
    assert len(reader.reports(START)) == 1
    act(lambda writer: writer.tidy(START))
    assert store.hkeys(KEY) == [markets_report().instance.encode()]

"""A process that streams reports how it goes; a store that is away is its own affair."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from django.conf import settings
from redis.asyncio import Redis

from markets.figures import Figures
from markets.reporting import Reporter, missing
from markets.reports.report import VenueReport
from markets.reports.store import ReportReader, ReportWriter
from messaging.bus import Link
from tests.factories import START, Clock
from tests.markets.reports.reports import TROUBLED, markets_report, venue_report
from tests.servers import redis_url, running, valkey


@pytest.fixture
def figures() -> Figures:
    figures = Figures("okx", "usdm")
    figures.symbols, figures.connections_open, figures.connections_wanted = 3, 1, 1
    return figures


@pytest.fixture
def make(figures: Figures, clock: Clock) -> Callable[..., Reporter]:
    """Of a process that has not reached NATS."""

    def make(url: str = settings.REDIS_URL) -> Reporter:
        link = Link("nats://127.0.0.1:1", "markets")
        client = Redis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
        writer = ReportWriter(client, settings.STORE_PREFIX)
        return Reporter("host/okx", [figures], link, writer, 2, clock)

    return make


def of_venue(reporter: Reporter, clock: Clock) -> VenueReport:
    return reporter.report(clock()).venues[0]


def test_rates_are_since_the_report_before(make: Callable[..., Reporter], figures: Figures, clock: Clock):
    reporter = make()
    figures.frames = 30
    clock.advance(2)
    assert of_venue(reporter, clock).rate_per_second == 15
    clock.advance(1)
    assert of_venue(reporter, clock).rate_per_second == 0
    assert of_venue(reporter, clock).rate_per_second == 0


def test_what_is_counted_is_reported(make: Callable[..., Reporter], figures: Figures, clock: Clock):
    figures.frames, figures.published, figures.reconnections = 5, 4, 3
    figures.lost_books["gap"] += 2
    figures.last_frame_at = START - 1
    report = make().report(clock())
    (venue,) = report.venues
    assert (report.instance, report.restarts, report.connected) == ("host/okx", 2, False)
    assert (venue.venue, venue.form, venue.symbols) == ("okx", "usdm", 3)
    assert (venue.frames, venue.published, venue.reconnections) == (5, 4, 3)
    assert (venue.lost_books, venue.last_frame_at, venue.trouble) == ({"gap": 2}, START - 1, None)


def test_since_when_there_is_no_nats(make: Callable[..., Reporter], clock: Clock):
    reporter = make()
    clock.advance(3)
    assert reporter.report(clock()).nats_away_since == START


def test_words_of_venues_can_be_read_again(make: Callable[..., Reporter], figures: Figures, clock: Clock):
    figures.away("test", "no\nanswer")
    for words in ("", "a\x00b", "a\x07b", "x" * 5_000, "\ud800"):
        figures.refused(words)
    venue = of_venue(make(), clock)
    assert venue.trouble == "no answer"
    assert venue.refusals == {"without a word": 1, "a?b": 2, "x" * 200: 1, "?": 1}


def test_reports_come_into_the_store_and_leave_it_at_the_end(
    make: Callable[..., Reporter], store: redis.Redis, clock: Clock
):
    reader = ReportReader(store, settings.STORE_PREFIX)

    async def live() -> None:
        reporter = make()
        await reporter.report_once()
        assert [report.instance for report in reader.reports(clock())] == ["host/okx"]
        await reporter.finish()

    asyncio.run(live())
    assert reader.reports(clock()) == []


def test_a_store_that_is_away_is_reported_once_and_found_again(
    make: Callable[..., Reporter], tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "markets.reporting")
    server = valkey(tmp_path)

    async def live() -> None:
        reporter = make(redis_url(server.port))
        await reporter.report_once()
        await reporter.report_once()
        with running(server):
            await reporter.report_once()
            with redis.Redis.from_url(redis_url(server.port)) as client:
                assert ReportReader(client, settings.STORE_PREFIX).reports(clock())
        await reporter.report_once()
        await asyncio.wait_for(reporter.finish(), 5)

    asyncio.run(live())
    words = [record.getMessage().partition(" ")[0] for record in caplog.records]
    assert words == ["store_away", "store_back", "store_away"]


def test_what_a_process_cannot_do():
    assert missing(markets_report()) == {}
    lacking = missing(markets_report(venue_report(connections_wanted=0), TROUBLED, connected=False))
    assert [*lacking] == ["nats", "binance/spot", "okx/spot"]
    assert lacking["okx/spot"] == "okx spot: nothing came for 60 s; trying until it is back."
    assert lacking["nats"].startswith("There is no connection to NATS")


def test_a_process_that_is_stopped_while_it_reports__does_end(make: Callable[..., Reporter]):
    """The client of the store has lost cancellations: whenever one comes, it counts."""

    async def run() -> None:
        reporter = make()
        await reporter.report_once()  # is connected
        for turns in range(60):  # of the event loop, before it is stopped
            running = asyncio.create_task(reporter.run())
            for _ in range(turns):
                await asyncio.sleep(0)
            running.cancel()
            done, _ = await asyncio.wait({running}, timeout=5)
            assert done, f"it went on after {turns} turns"
        await reporter.finish()

    asyncio.run(run())

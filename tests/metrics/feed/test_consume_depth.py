"""`manage.py consume_depth` as a process of its own, between a real NATS and a real store."""

import asyncio
from pathlib import Path
from time import time

import httpx
import msgspec
import pytest
import redis
from django.conf import settings
from django.core.management import CommandError, call_command
from nats.aio.msg import Msg
from prometheus_client.parser import text_string_to_metric_families

from messaging import bus
from metrics.answers import Body
from metrics.answers.book import depth_answer
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from realtime.stack.servers import LOCALHOST, free_port
from tests.factories import diff_depth, frame, market_id, spot_book, trade, usdm_book
from tests.metrics.domain.test_depth import EXAMPLE
from tests.metrics.feed.process import PREFIX, publish, report_where, stopped
from tests.servers import Server, manage, nats_url, until


def test_from_nats_to_the_store__and_an_orderly_end(
    server: Server, environment: dict[str, str], now_reader: StoreReader
):
    port = free_port()
    with manage("consume_depth", **environment, FEED_HTTP_PORT=str(port), FULL_BOOKS="off") as process:
        report_where(now_reader, lambda report: report.connected, "connected")
        now = time()
        touch = trade(price="100.25", at=now)
        publish(server, usdm_book(event_time=now), touch, diff_depth(update_id=2), b"nonsense")
        until(lambda: depth_answer(now_reader, "BTCUSDT", 20), "metrics in the store")
        answer: Body | None = depth_answer(now_reader, "BTCUSDT", 20)
        assert answer is not None
        assert {name: answer[name] for name in EXAMPLE} == EXAMPLE
        report_where(now_reader, lambda report: report.messages == 4, "all counted")

        probe = httpx.get(f"http://{LOCALHOST}:{port}/healthz")
        assert (probe.status_code, probe.json()) == (200, {"status": "ok"})
        assert httpx.get(f"http://{LOCALHOST}:{port}/else").status_code == 404
        figures = {
            (sample.name, sample.labels.get("reason") or sample.labels.get("kind")): sample.value
            for family in text_string_to_metric_families(httpx.get(f"http://{LOCALHOST}:{port}/metrics").text)
            for sample in family.samples
        }
        assert figures[("feed_messages_total", None)] == 4
        assert figures[("feed_accepted_total", None)] == 1
        assert figures[("feed_refused_total", "not_json")] == 1
        assert figures[("feed_ignored_total", "diff_depth")] == 1

        # A thousand more, and the order to stop right behind them: all of them still count.
        publish(server, *(spot_book("ETHUSDT", update_id=number + 1) for number in range(1_000)))
        code, log = stopped(process)
        assert code == 0, log
        assert "feed_stopped messages=1004 accepted=1001 refused=1 ignored=2" in log
    [report] = now_reader.feeds()
    assert (report.messages, report.accepted, report.errors) == (1004, 1001, {})
    times, _ = now_reader.history(market_id("ETHUSDT"), report.started_at, report.reported_at)
    assert len(times) == 1_000
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        assert client.hlen(Keys(PREFIX).rows) == 2
    assert saved_minutes(environment["DATABASE_URL"]) == set(), "neither has lived for a minute"


def saved_minutes(url: str) -> set[str]:
    import sqlite3

    with sqlite3.connect(Path(url.removeprefix("sqlite:///"))) as connection:
        return {symbol for (symbol,) in connection.execute("SELECT symbol FROM metrics_minuterollup")}


def test_nats_restarted__the_same_process_goes_on(
    server: Server, environment: dict[str, str], now_reader: StoreReader
):
    with manage("consume_depth", **environment) as process:
        report_where(now_reader, lambda report: report.connected, "connected")
        publish(server, spot_book("AAAUSDT"))
        until(lambda: now_reader.book("AAAUSDT"), "first book")
        server.stop()
        report_where(now_reader, lambda report: not report.connected, "noticed")
        server.start()
        report_where(now_reader, lambda report: report.connected, "connected again")
        publish(server, spot_book("BBBUSDT"))
        until(lambda: now_reader.book("BBBUSDT"), "second book")
        code, log = stopped(process)
        assert code == 0, log
        assert log.count("nats_disconnected") == log.count("nats_reconnected") == 1
        assert "Traceback" not in log


def test_nothing_reachable__still_stops_when_told(database: str):
    nowhere = free_port()
    with manage(
        "consume_depth",
        NATS_URL=nats_url(nowhere),
        REDIS_URL=f"redis://{LOCALHOST}:{nowhere}/0",
        DATABASE_URL=database,
    ) as process:
        assert process.stderr is not None
        lines = iter(process.stderr)
        waiting = {"store_away", "nats_unreachable"}
        while waiting:
            waiting -= set(next(lines).split())
        code, log = stopped(process)
        assert code == 0, log
        assert "Traceback" not in log


@pytest.mark.parametrize("share", ["4/4", "half"])
def test_partition_that_is_none__a_sentence(share: str):
    with pytest.raises(CommandError, match="written i/n"):
        call_command("consume_depth", partition=share)


def test_a_full_book_is_asked_for_kept_and_lost_over_a_real_nats(
    server: Server, environment: dict[str, str], now_reader: StoreReader
):
    """Whoever brings the market answers, and publishes the answer among the changes."""
    subject = settings.NATS_CONSUMER_TOPIC[0]
    sides = {"bids": [["99", "1"], ["98", "2"]], "asks": [["101", "1"], ["102", "4"]]}

    def change(first: int, last: int, **levels: list[list[str]]) -> bytes:
        data = {"e": "depthUpdate", "E": round(1_000 * time()), "s": "BTCUSDT", "U": first, "u": last}
        return frame("btcusdt@depth@100ms", data | {"b": [], "a": []} | levels)

    def shown() -> tuple[str, float | None]:
        row = now_reader.rows().get("BTCUSDT")
        return ("", None) if row is None else (row.book, row.mid_price)

    async def market() -> None:
        asked = 0
        async with bus.connected(nats_url(server.port), "market") as client:

            async def answer(message: Msg) -> None:
                nonlocal asked
                asked += 1
                body = {"lastUpdateId": 10 * asked, **sides}
                await message.respond(msgspec.json.encode(body))
                await client.publish(subject, frame("btcusdt@depthSnapshot", body))

            await client.publish(subject, change(8, 9))
            await client.flush()
            await asyncio.to_thread(until, lambda: shown() == ("warming", None), "warming")
            await client.subscribe("snapshot.binance.BTCUSDT", cb=answer)
            await asyncio.to_thread(until, lambda: shown() == ("live", 100.0), "live")
            await client.publish(subject, change(11, 11, b=[["100", "1"]]))
            await client.flush()
            await asyncio.to_thread(until, lambda: shown() == ("live", 100.5), "live and changed")
            await client.publish(subject, change(20, 20))
            await client.flush()
            await asyncio.to_thread(until, lambda: asked == 2 and shown() == ("live", 100.0), "live again")

    with manage("consume_depth", **environment) as process:
        report_where(now_reader, lambda report: report.connected, "connected")
        asyncio.run(market())
        report = report_where(now_reader, lambda report: report.full_book_snapshots == 2, "counted")
        assert stopped(process)[0] == 0
    assert (report.full_books_count, report.full_books_whole, report.full_book_gaps) == (1, 1, 1)
    assert report.errors.keys() <= {"snapshot_not_answered"}

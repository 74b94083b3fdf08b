"""A feed whose log-in NATS does not take, from the start and later on."""

import asyncio
from pathlib import Path

import httpx
from django.conf import settings

from messaging.bus import connected
from metrics.store.reader import StoreReader
from realtime.stack.servers import LOCALHOST, free_port
from tests.factories import spot_book
from tests.messaging.guarded import ENCODED, PASSWORD, Guarded, guarded, user
from tests.metrics.feed.process import report_where, stopped
from tests.servers import manage, until


async def publish(server: Guarded, symbol: str) -> None:
    async with connected(server.url(), "publisher") as client:
        await client.publish(settings.NATS_CONSUMER_TOPIC[0], spot_book(symbol))


def test_a_log_in_that_is_not_taken__is_an_outage_and_ready_says_so(
    tmp_path: Path, environment: dict[str, str], now_reader: StoreReader
):
    port = free_port()

    def ready() -> httpx.Response:
        return httpx.get(f"http://{LOCALHOST}:{port}/ready")

    with guarded(tmp_path, user("another")) as server:
        environment |= {"NATS_URL": server.url(), "FEED_HTTP_PORT": str(port)}
        with manage("consume_depth", **environment) as process:
            report_where(now_reader, lambda report: report.nats_away_since, "away from the start")
            answer = ready()
            assert (answer.status_code, answer.json()["missing"]) == (503, ["nats"])
            [warning] = answer.json()["warnings"]
            assert "Authorization Violation" in warning
            assert PASSWORD not in answer.text

            server.now(user())
            report_where(now_reader, lambda report: report.connected, "let in")
            until(lambda: ready().status_code == 200, "ready")
            assert ready().json() == {"status": "ready", "missing": [], "warnings": []}
            asyncio.run(publish(server, "AAAUSDT"))
            until(lambda: now_reader.book("AAAUSDT"), "first book")

            server.now(user("another"))
            away = report_where(now_reader, lambda report: report.nats_away_since, "turned away")
            assert away.nats_trouble
            assert ready().status_code == 503
            server.now(user())
            report_where(now_reader, lambda report: report.connected, "let in again")
            asyncio.run(publish(server, "BBBUSDT"))
            until(lambda: now_reader.book("BBBUSDT"), "second book")
            code, log = stopped(process)
    assert code == 0, log
    assert log.count("ERROR") == log.count("nats_refused") == 2, log
    assert "Traceback" not in log
    assert PASSWORD not in log
    assert ENCODED not in log

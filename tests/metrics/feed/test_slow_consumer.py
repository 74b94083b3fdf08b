"""A burst that is larger than what may wait in a feed: what is too much is dropped, and an operator sees how much."""

import httpx
import redis
from prometheus_client.parser import text_string_to_metric_families

from metrics.store.reader import StoreReader
from realtime.stack.servers import LOCALHOST, free_port
from tests.factories import spot_book
from tests.metrics.feed.process import publish, report_where, stopped
from tests.servers import Server, manage

BURST = 5_000


def drops_shown(port: int) -> float:
    text = httpx.get(f"http://{LOCALHOST}:{port}/metrics").text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "feed_slow_consumer_drops_total"
    )


def test_what_is_dropped_of_a_burst_is_counted(
    server: Server,
    environment: dict[str, str],
    now_reader: StoreReader,
    store: redis.Redis,
):
    port = free_port()
    burst = [spot_book("ETHUSDT", update_id=number + 1) for number in range(BURST)]
    with manage(
        "consume_depth", **environment, NATS_PENDING_MESSAGES="8", FEED_HTTP_PORT=str(port)
    ) as process:
        report_where(now_reader, lambda report: report.connected, "connected")
        publish(server, *burst)
        report = report_where(
            now_reader,
            lambda report: report.messages + report.slow_consumer_drops == BURST,
            "every message was taken in or counted as dropped",
        )
        assert report.slow_consumer_drops > 0
        assert report.messages > 0
        assert report.errors == {}
        assert drops_shown(port) == report.slow_consumer_drops

        # It goes on with what comes afterwards.
        publish(server, spot_book("BTCUSDT"))
        report_where(now_reader, lambda after: after.messages == report.messages + 1, "the next message")
        code, log = stopped(process)
        assert code == 0, log
        assert "Traceback" not in log

"""`manage.py stream_market` reports how it goes: probes of its own, and a report in the store, which may be away."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time

import httpx
import redis
from django.conf import settings

from markets.reports.store import ReportReader
from realtime.stack.servers import LOCALHOST, free_port
from tests.markets.binance_played import played_binance
from tests.servers import Server, command, nats, nats_url, redis_url, running, until, valkey


class Streamer:
    """The process, with its probes."""

    def __init__(self, log: Path, **environment: str) -> None:
        self.port = free_port()
        environment |= {"MARKETS_HTTP_PORT": str(self.port)}
        arguments = ("--venue", "binance", "--symbols", "BTCUSDT", "--kinds", "depth,trade")
        self.server = command("stream_market", *arguments, log=log, environment=environment)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://{LOCALHOST}:{self.port}{path}", timeout=5, trust_env=False)

    def is_ready(self) -> bool:
        try:
            return self.get("/ready").status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def played(log: Path, server: Server, store_url: str) -> Iterator[Streamer]:
    with played_binance() as origins:
        streamer = Streamer(log, NATS_URL=nats_url(server.port), REDIS_URL=store_url, **origins)
        with running(streamer.server):
            yield streamer


def test_probes_and_a_report_while_it_runs_and_none_when_it_has_ended(tmp_path: Path, store: redis.Redis):
    reader = ReportReader(store, settings.STORE_PREFIX)
    with running(nats()) as server, played(tmp_path / "log", server, settings.REDIS_URL) as streamer:
        until(streamer.is_ready, "ready", 40)
        assert streamer.get("/healthz").json() == {"status": "ok"}
        until(lambda: _published(reader) > 5, "a report", 40)
        (report,) = reader.reports(time())
        assert (report.connected, report.venues[0].symbols, report.venues[0].trouble) == (True, 1, None)
        assert report.instance.endswith("/binance:BTCUSDT:depth+trade")
        assert 'markets_connections_open{form="spot",process="' in streamer.get("/metrics").text
        assert streamer.server.stop() == 0
    assert reader.reports(time()) == []


def test_without_nats_it_is_not_ready_and_states_why_and_without_a_store_it_streams(tmp_path: Path):
    server, store = nats(), valkey(tmp_path)
    with played(tmp_path / "log", server, redis_url(store.port)) as streamer:
        until(lambda: _warned(streamer, "There is no connection to NATS since"), "no NATS", 40)
        with running(server):
            until(streamer.is_ready, "ready without a store", 40)
            assert "store_away" in (tmp_path / "log").read_text()
            with running(store):
                until(lambda: "store_back" in (tmp_path / "log").read_text(), "the store is found", 40)
            assert streamer.server.stop() == 0


def _published(reader: ReportReader) -> int:
    return sum(venue.published for report in reader.reports(time()) for venue in report.venues)


def _warned(streamer: Streamer, words: str) -> bool:
    try:
        return words in json.dumps(streamer.get("/ready").json()["warnings"])
    except httpx.HTTPError:
        return False

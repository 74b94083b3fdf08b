"""Each part of the system is killed and comes back, while clients watch.

They learn what is happening, recover without help, and are never shown a number nobody published.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from realtime.stack.servers import LOCALHOST
from tests.integration.browser import Browser
from tests.integration.scripted import SYMBOLS, ScriptedMarket
from tests.servers import ROOT, command, nats, nats_url, redis_url, running, until, valkey, web

STALE_AFTER_SECONDS = 2.0
FEED_LOG_LINES, WEB_LOG_LINES = 60, 80  # over all faults together; a traceback a second would be hundreds

pytestmark = pytest.mark.timeout(180)


class Desk:
    """The whole system in processes of its own, a market and two watchers."""

    def __init__(self, directory: Path) -> None:
        self.nats, self.store = nats(), valkey(directory / "valkey")
        environment = {
            "NATS_URL": nats_url(self.nats.port),
            "REDIS_URL": redis_url(self.store.port),
            "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
            "STALE_AFTER_SECONDS": str(STALE_AFTER_SECONDS),
            "PUSH_INTERVAL_MS": "100",
        }
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, cwd=ROOT, env=os.environ | environment, check=True, timeout=120)
        self.feed = command("consume_depth", log=directory / "feed.log", environment=environment)
        self.web = web(directory / "web.log", environment)
        self.market = ScriptedMarket(environment["NATS_URL"])
        place = f"ws://{LOCALHOST}:{self.web.port}/ws"
        self.rows = Browser(f"{place}/pressure/", self.market, STALE_AFTER_SECONDS)
        self.book = Browser(f"{place}/depth/{SYMBOLS[0]}/", self.market, STALE_AFTER_SECONDS)

    @property
    def browsers(self) -> tuple[Browser, Browser]:
        return self.rows, self.book

    def get(self, address: str, **query: Any) -> httpx.Response:
        return httpx.get(f"http://{LOCALHOST}:{self.web.port}{address}", params=query, timeout=20)

    def sees_stale(self) -> bool:
        return all(browser.states() == {"stale"} for browser in self.browsers)

    def sees_silent(self) -> bool:
        return self.rows.feed == "silent"

    def is_live(self) -> bool:
        return self.rows.feed == "live" and self.rows.rows.keys() == set(SYMBOLS) and self.moves()

    def moves(self) -> bool:
        """Everything shown is live, and of the last second."""
        newest = self.market.step - 10
        return all(browser.is_live() for browser in self.browsers) and all(
            (row["mid_price"] - 0.25) % 100 * 100 > newest
            for browser in self.browsers
            for row in browser.rows.values()
        )

    def recovers(self) -> None:
        until(self.is_live, "recovery", 30)
        depth = self.get(f"/api/v1/metrics/depth/{SYMBOLS[0]}").json()
        assert depth["state"] == "live"
        assert self.market.expected(SYMBOLS[0], depth["spread"]["mid_price"]) == pytest.approx(
            depth["pressure"]["net_pressure"], abs=0.0051
        )


@pytest.fixture(scope="module")
def running_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk(tmp_path_factory.mktemp("desk"))
    with ExitStack() as stack:
        for server in (desk.nats, desk.store, desk.feed, desk.web):
            stack.enter_context(running(server))
        for thread in (desk.market, *desk.browsers):
            thread.start()
            stack.callback(thread.stop)
        yield desk


@pytest.fixture
def desk(running_desk: Desk) -> Iterator[Desk]:
    """Live before the fault, live after it, and not one wrong number between."""
    until(running_desk.is_live, "start", 40)
    yield running_desk
    running_desk.recovers()
    assert [browser.problems for browser in running_desk.browsers] == [[], []]


def refused(desk: Desk) -> list[str]:
    answer = desk.get("/ready")
    return answer.json()["missing"] if answer.status_code == 503 else []


def test_nats_killed(desk: Desk):
    desk.nats.kill()
    until(desk.sees_stale, "stale rows and book")
    until(lambda: not desk.get("/api/v1/feed").json()["feeds"][0]["connected"], "report of the feed")
    assert desk.rows.feed == "live"  # the feed itself is there, and says that it hears nothing
    desk.nats.start()


def test_store_killed(desk: Desk):
    connections = [browser.connections for browser in desk.browsers]
    desk.store.kill()
    until(lambda: desk.get("/api/v1/metrics/all").status_code == 503, "REST says so")
    assert desk.get("/api/v1/metrics/all").json()["error"] == "Store unavailable"
    assert refused(desk) == ["store", "feed"]
    assert desk.get("/healthz").status_code == 200
    until(desk.sees_stale, "stale rows and book")
    until(desk.sees_silent, "silent feed")
    desk.store.start()
    until(desk.is_live, "recovery", 30)
    assert [browser.connections for browser in desk.browsers] == connections  # nobody was cut off
    assert refused(desk) == []


def test_store_hangs(desk: Desk):
    desk.store.freeze()
    until(desk.sees_stale, "stale rows and book")
    until(desk.sees_silent, "silent feed")
    assert desk.get("/api/v1/metrics/all").status_code == 503
    desk.store.thaw()


def test_feed_killed(desk: Desk):
    history = desk.get(f"/api/v1/metrics/pressure/{SYMBOLS[0]}", timeframe="15m", max_points=1000).json()
    snapshots = desk.rows.snapshots
    desk.feed.kill()
    until(desk.sees_stale, "stale rows and book")
    until(desk.sees_silent, "silent feed")
    desk.feed.start()
    until(desk.is_live, "recovery", 30)
    assert desk.rows.snapshots > snapshots  # a new epoch
    again = desk.get(f"/api/v1/metrics/pressure/{SYMBOLS[0]}", timeframe="15m", max_points=1000).json()
    assert again["data_points"] >= history["data_points"] > 10
    assert again["pressure_history"][0] == history["pressure_history"][0]


def test_web_killed(desk: Desk):
    connections = [browser.connections for browser in desk.browsers]
    desk.web.kill()
    until(lambda: not any(browser.is_connected for browser in desk.browsers), "lost connections")
    desk.web.start()
    until(desk.is_live, "recovery", 30)
    assert [browser.connections for browser in desk.browsers] == [count + 1 for count in connections]


def test_web_starts_before_the_store(desk: Desk):
    desk.web.kill()
    desk.store.kill()
    frames = [browser.frames for browser in desk.browsers]
    desk.web.start()
    until(
        lambda: [browser.frames for browser in desk.browsers] > frames and desk.sees_silent(),
        "a socket that says the feed is silent",
    )
    assert refused(desk) == ["store", "feed"]
    desk.store.start()


def test_everything_killed_at_once(desk: Desk):
    servers = (desk.nats, desk.store, desk.feed, desk.web)
    for server in servers:
        server.kill()
    for server in reversed(servers):
        server.start()


def test_logs_report_it_in_few_words(running_desk: Desk):
    """Last: what feed and web wrote over all of that."""
    for server, lines in ((running_desk.feed, FEED_LOG_LINES), (running_desk.web, WEB_LOG_LINES)):
        text = server.log.read_text()
        assert "Traceback" not in text, text
        assert len(text.splitlines()) < lines, text

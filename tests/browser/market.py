"""A whole market for the pages: bus, store, feed, web and simulator, each of which may stop and come back."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from realtime.stack.servers import LOCALHOST, free_port, wait_for_port
from tests.servers import ROOT, freeze, nats, nats_url, redis_url, running, until, valkey
from tests.strategies.house import SQLite

SYMBOLS = 30
RATE = 2  # books a second of each: what moves shows it, and each more costs all processes, throughout
STALE_AFTER_SECONDS = 4
TTL_SECONDS = 18


class Process:
    """One manage.py command that can be stopped, started again, frozen and thawed."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self._environment = environment
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def start(self, **variables: str) -> subprocess.Popen[bytes]:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "manage.py", *self._arguments],
            cwd=ROOT,
            env=os.environ | self._environment | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return self._process

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        self._process.wait(20)
        self._process = None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def started_again(self, times: int) -> Iterator[None]:
        """It has died so often, and whoever runs it has said so; afterwards it knows nothing of that any more."""
        self.process.kill()
        self.process.wait()
        self.start(RESTARTS=str(times))
        try:
            yield
        finally:
            self.stop()
            self.start()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It keeps its connections and does nothing."""
        freeze(self.process)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


class Market:
    """Everything behind the pages at `url`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory  # where its processes keep what they keep
        self.port = free_port()
        self.url = f"http://{LOCALHOST}:{self.port}"
        self.nats, self.store = nats(directory / "nats"), valkey(directory / "valkey")
        self.database = SQLite(directory)
        self._environment = {
            "NATS_URL": nats_url(self.nats.port),
            "REDIS_URL": redis_url(self.store.port),
            "DATABASE_URL": self.database.url,
            "STATE_DIR": str(directory),
            "STATIC_ROOT": str(directory / "static"),
            "WHITENOISE_USE_FINDERS": "false",  # collected and compressed, as they are where people work
            "STALE_AFTER_SECONDS": str(STALE_AFTER_SECONDS),
            "METRICS_TTL_SECONDS": str(TTL_SECONDS),
        }
        self.feed = self.manage("consume_depth")
        self.web = self.manage("serve_web", "--port", str(self.port))
        self.strategies = self.manage("run_strategies")  # for those who need it to start
        self.judge = self.manage("run_what_if")  # so is this
        self.simulator = self.manage(
            "simulate_market", "--symbols", str(SYMBOLS), "--rate", str(RATE), "--seed", "7"
        )

    def manage(self, *arguments: str, **environment: str) -> Process:
        return Process(self._environment | environment, *arguments)

    def start(self) -> None:
        assert self.manage("migrate", "-v0").start().wait(60) == 0
        assert self.manage("collectstatic", "-v0", "--noinput").start().wait(60) == 0
        for process in (self.feed, self.simulator):
            process.start()
        wait_for_port(self.port, self.web.start(), 30)
        until(lambda: self.rest("all")["symbols_count"] == SYMBOLS, "all symbols are tracked")

    def stop(self) -> None:
        for process in (self.simulator, self.web, self.feed):
            process.stop()

    @contextmanager
    def store_away(self) -> Iterator[None]:
        """Nobody reaches the store inside the block; what it held is there again afterwards."""
        self.store.stop()
        try:
            yield
        finally:
            self.store.start()

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """Nobody opens the database inside the block."""
        self.database.take_away()
        try:
            yield
        finally:
            self.database.bring_back()

    def rest(self, path: str) -> dict[str, Any]:
        """The body of a metrics endpoint; empty counts while there is no feed yet."""
        answer = httpx.get(f"{self.url}/api/v1/metrics/{path}")
        return answer.json() if answer.is_success else {"symbols_count": 0}


@contextmanager
def live_market(directory: Path) -> Iterator[Market]:
    market = Market(directory)
    with running(market.nats), running(market.store):
        try:
            market.start()
            yield market
        finally:
            market.stop()

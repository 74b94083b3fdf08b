"""A whole house of one's own: servers, a web process and strategy processes, each of which may be taken away."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psutil
import psycopg
import redis

from messaging.bus import connected, flush
from realtime.stack.servers import LOCALHOST, free_port
from strategies.keys import StrategyKeys
from strategies.reader import StrategiesReader
from tests.servers import ROOT, nats, nats_url, redis_url, until, valkey

PASSWORD = "a long and unguessable word"
PREPARE = f"""
from django.contrib.auth.models import User
from django.core.management import call_command
from knox.models import AuthToken
call_command("migrate", verbosity=0)
manager = User.objects.create_superuser("manager", "m@example.org", "{PASSWORD}")
print(AuthToken.objects.create(manager)[1])
"""
"""In one process: to start each is a second."""
PREFIX = "house"


class SQLite:
    """A file that can be taken away, together with the directory it is in."""

    def __init__(self, directory: Path) -> None:
        self._here, self._away = directory / "database", directory / "away"
        self._here.mkdir()
        self.url = f"sqlite:///{self._here / 'db.sqlite3'}"

    def kill(self) -> None:
        """It has no process of its own: it dies with those that write it."""

    def take_away(self) -> None:
        self._here.rename(self._away)

    def bring_back(self) -> None:
        if self._away.exists():
            self._away.rename(self._here)


class PostgreSQL:
    """A database on the suite's server that throws everybody out and lets nobody in."""

    def __init__(self, server_url: str) -> None:
        self._server_url = server_url
        self._do("DROP DATABASE IF EXISTS house WITH (FORCE)", "CREATE DATABASE house")
        parts = urlsplit(server_url)
        self.url = urlunsplit(parts._replace(path="/house"))

    def take_away(self) -> None:
        self._do(
            "ALTER DATABASE house ALLOW_CONNECTIONS false",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'house'",
        )

    def bring_back(self) -> None:
        self._do("ALTER DATABASE house ALLOW_CONNECTIONS true")

    def kill(self) -> None:
        """Kill whatever serves it. Its server takes that for a crash: it throws everybody out, of other databases too,
        and comes back with what it had written to its log."""
        with psycopg.connect(self._server_url) as connection:
            query = "SELECT pid FROM pg_stat_activity WHERE datname = 'house'"
            serving = [pid for (pid,) in connection.execute(query)]
        for pid in serving:
            with suppress(ProcessLookupError):  # once one is dead the others are ended by their server
                os.kill(pid, signal.SIGKILL)
        until(self._is_back, "the server is back after its crash", 60)

    def _is_back(self) -> bool:
        try:
            self.connections()
        except psycopg.OperationalError:
            return False
        return True

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Its whole server stands still: connections stay open, new ones are taken, and nobody sends anything."""
        with psycopg.connect(self._server_url) as connection:
            (directory,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        first, *_ = (Path(directory) / "postmaster.pid").read_text().split()
        postmaster = psutil.Process(int(first))
        with ExitStack() as thawing:
            thawing.callback(postmaster.resume)
            postmaster.suspend()
            until(lambda: postmaster.status() == psutil.STATUS_STOPPED, "it has no more children", 5)
            for child in postmaster.children(recursive=True):
                thawing.callback(child.resume)
                child.suspend()
            yield

    def connections(self) -> int:
        """How many there are to it now."""
        with psycopg.connect(self._server_url) as connection:
            query = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'house'"
            (count,) = connection.execute(query).fetchone() or (0,)
            return int(count)

    def _do(self, *statements: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


class House:
    """Everything in processes of their own; tests talk to it as people and bots do."""

    def __init__(self, directory: Path, database_url: str) -> None:
        self.directory = directory
        is_file = database_url.startswith("sqlite")
        self.database = SQLite(directory) if is_file else PostgreSQL(database_url)
        self.nats, self.valkey = nats(), valkey(directory / "valkey")
        self.port = free_port()
        self.log = (directory / "log").open("w+")
        self.environment = os.environ | {
            "SECRET_KEY": "a key of this house only, long enough to pass every check 0123456789",
            "HTTPS": "false",
            "WHITENOISE_USE_FINDERS": "true",
            "NATS_URL": nats_url(self.nats.port),
            "REDIS_URL": redis_url(self.valkey.port),
            "DATABASE_URL": self.database.url,
            "STORE_PREFIX": PREFIX,
            "STATE_DIR": str(directory),
            "CONFIG_WRITE_RATE": "100000/min",
        }
        self._token = ""
        self._web: subprocess.Popen[str] | None = None

    def start_web(self) -> None:
        self._web = self.start("serve_web", "--port", str(self.port))
        until(lambda: is_up(self.port), "the web process")

    def stop_web(self) -> None:
        if self._web is not None:
            stop(self._web)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """A command of the product, running."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | environment,
            stdout=self.log,
            stderr=self.log,
            text=True,
        )

    @contextmanager
    def running(self, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """A command of the product, running for the time of the block."""
        process = self.start(*arguments, **environment)
        try:
            yield process
        finally:
            stop(process)

    def do(self, *arguments: str) -> str:
        """A command of the product, done; its output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def prepare(self) -> None:
        self._token = self.do("shell", "--verbosity", "0", "-c", PREPARE).split()[-1]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of the REST API, decoded."""
        answer = httpx.request(
            method,
            f"http://{LOCALHOST}:{self.port}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Token {self._token}"},
            timeout=20,
        )
        return answer.json()

    @property
    def token(self) -> str:
        return self._token

    @property
    def store(self) -> redis.Redis:
        return redis.Redis.from_url(redis_url(self.valkey.port), socket_timeout=2)

    @property
    def reader(self) -> StrategiesReader:
        return StrategiesReader(self.store, StrategyKeys(PREFIX))

    def applied(self, strategy: str = "orderbook_skew", symbol: str = "") -> dict[str, Any]:
        query = f"?symbol={symbol}" if symbol else ""
        answer: dict[str, Any] = self.ask("GET", f"/strategies/{strategy}/applied{query}")
        return answer

    def set(self, **parameters: Any) -> Any:
        """Change the skew strategy for all symbols."""
        body = {"parameters": parameters, "reason": "test"}
        answer = self.ask("POST", "/strategies/orderbook_skew/config", body)
        assert answer["success"], answer
        return answer["data"]

    def publish(self, *frames: bytes) -> None:
        async def send() -> None:
            async with connected(nats_url(self.nats.port), "tests") as client:
                for frame in frames:
                    await client.publish("binance.websocket.data", frame)
                await flush(client)

        asyncio.run(send())


@contextmanager
def standing(directory: Path, database_url: str = "sqlite:") -> Iterator[House]:
    """A house with its servers and its web process, and no strategies yet.

    Its database is a file of its own, or one of its own on the PostgreSQL server of `database_url`.
    """
    house = House(directory, database_url)
    with ExitStack() as stack:
        for server in (house.nats, house.valkey):
            server.start()
            stack.callback(server.stop)
        house.prepare()
        stack.callback(house.stop_web)
        house.start_web()
        yield house


@contextmanager
def strategies(house: House, count: int = 1, *arguments: str) -> Iterator[list[subprocess.Popen[str]]]:
    """So many strategy processes, heard and up to date."""
    processes = [house.start("run_strategies", *arguments) for _ in range(count)]
    try:
        until(lambda: len(heard(house)) == count, f"{count} strategy processes", 40)
        yield processes
    finally:
        for process in processes:
            stop(process)
        house.store.delete(StrategyKeys(PREFIX).processes)


def heard(house: House) -> list[Any]:
    now = time.time()
    return [
        report
        for report in house.reader.processes()
        if not report.is_silent(now) and report.configuration != "none" and report.connected
    ]


def is_up(port: int) -> bool:
    try:
        return httpx.get(f"http://{LOCALHOST}:{port}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def took(condition: Callable[[], object], what: str, seconds: float = 20) -> float:
    """Seconds until `condition` was true."""
    began = time.monotonic()
    until(condition, what, seconds)
    return time.monotonic() - began

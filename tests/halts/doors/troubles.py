"""The troubles a halt has to get past. Each lasts for its block; afterwards all is as it was."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg

from realtime.stack.servers import LOCALHOST
from tests.servers import ROOT
from tests.strategies.house import House, PostgreSQL

WRITERS = 60
HOLD = """
import os, signal, django
django.setup()
from configuration.ledger import exclusive
with exclusive():
    print("held", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


@contextmanager
def nothing(house: House) -> Iterator[None]:
    yield


@contextmanager
def frozen_in_a_transaction(house: House) -> Iterator[None]:
    """As a web process that stopped where it had just begun to write."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=ROOT, env=house.environment | {"DJANGO_SETTINGS_MODULE": "realtime.settings"},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    os.waitpid(process.pid, os.WUNTRACED)
    try:
        yield
    finally:
        process.kill()
        process.wait(10)


@contextmanager
def row_locked(house: House) -> Iterator[None]:
    """Somebody with psql looks at the row that all writers lock, and went to lunch."""
    with psycopg.connect(house.database.url) as connection:
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        connection.execute("SELECT * FROM configuration_revision FOR UPDATE")
        yield


@contextmanager
def waiting_writers(house: House) -> Iterator[None]:
    def write(number: int) -> int:
        answer = httpx.post(
            f"http://{LOCALHOST}:{house.port}/api/v1/strategies/orderbook_skew/config/W{number}USDT",
            json={"parameters": {"top_levels": 7}, "reason": "in the crowd"},
            headers={"Authorization": f"Token {house.token}"},
            timeout=60,
        )
        return answer.status_code

    hold = row_locked if not house.database.url.startswith("sqlite") else frozen_in_a_transaction
    with hold(house), ThreadPoolExecutor(WRITERS) as pool:
        writing = [pool.submit(write, number) for number in range(WRITERS)]
        time.sleep(0.5)
        yield
        codes = {each.result() for each in writing}
        assert codes <= {200, 503}, codes


@contextmanager
def read_only(house: House) -> Iterator[None]:
    """After a failover to a standby."""
    set_read_only(house, "on")
    try:
        yield
    finally:
        set_read_only(house, "off")


def set_read_only(house: House, value: str) -> None:
    with psycopg.connect(house.database.url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute(f"ALTER DATABASE house SET default_transaction_read_only = {value}".encode())
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = 'house' AND pid <> pg_backend_pid()"
        )


@contextmanager
def frozen_server(house: House) -> Iterator[None]:
    """As a machine that is paused."""
    assert isinstance(house.database, PostgreSQL)
    with house.database.frozen():
        yield


@contextmanager
def malformed(house: House) -> Iterator[None]:
    """The file is damaged from its second page on."""
    path = Path(house.database.url.removeprefix("sqlite:///"))
    kept = {each: each.read_bytes() for each in path.parent.iterdir()}
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    path.with_name(f"{path.name}-wal").write_bytes(b"")
    try:
        yield
    finally:
        for each, content in kept.items():
            each.write_bytes(content)


@contextmanager
def full_disk(house: House) -> Iterator[None]:
    """Nothing is left on the disk that the database and the state directory are on: `house` stands on a small one."""
    filler = house.directory / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def nats_away(house: House) -> Iterator[None]:
    house.nats.kill()
    try:
        yield
    finally:
        house.nats.start()


@contextmanager
def redis_away(house: House) -> Iterator[None]:
    house.valkey.kill()
    try:
        yield
    finally:
        house.valkey.start()


@contextmanager
def all_away(house: House) -> Iterator[None]:
    with nats_away(house), redis_away(house):
        house.database.take_away()
        try:
            yield
        finally:
            house.database.bring_back()


Trouble = Callable[[House], Any]
EVERYWHERE: list[Trouble] = [
    nothing,
    frozen_in_a_transaction,
    waiting_writers,
    nats_away,
    redis_away,
    all_away,
]
TROUBLES: dict[str, list[Trouble]] = {
    "postgresql": [*EVERYWHERE, row_locked, read_only, frozen_server],
    "sqlite": [*EVERYWHERE, malformed, full_disk],
}

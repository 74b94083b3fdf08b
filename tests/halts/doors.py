"""The doors a halt comes in by, and the troubles it has to get past.

    python -m tests.halts.doors [--database postgresql|sqlite]

measures each pair: seconds from the request until the strategy process obeys, and until the answer. The table in
docs/strategies.md comes from here. Everything is real and of this program's own: servers, a web process, a strategy
process, a frozen process in a transaction.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg

from realtime.stack.servers import LOCALHOST
from tests.plugin import database_url
from tests.servers import ROOT, until
from tests.strategies import house as houses
from tests.strategies.house import PASSWORD, House
from tests.strategies.test_total_outage import Desk

WRITERS = 60
HOLD = """
import os, signal, django
django.setup()
from configuration.ledger import exclusive
with exclusive():
    print("held", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


class Landed(NamedTuple):
    """What came of a halt: seconds until it was obeyed and answered, and the answer."""

    obeyed: float
    answered: float
    said: str


# -- Doors -----------------------------------------------------------------------------------


def by_shell(house: House, reason: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", "halt", "--reason", reason],
        cwd=ROOT, env=house.environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("\n")[0]


def by_rest(house: House, reason: str) -> str:
    answer = httpx.post(
        f"http://{LOCALHOST}:{house.port}/api/v1/strategies/halt",
        json={"reason": reason},
        headers={"Authorization": f"Token {house.token}"},
        timeout=20,
    )
    assert answer.status_code in (200, 202), answer.text
    body = answer.json()
    return f"{answer.status_code} {body['metadata'].get('ways', 'database')}"


class Browser:
    """Somebody who is logged in to the admin."""

    def __init__(self, house: House) -> None:
        self._client = httpx.Client(base_url=f"http://{LOCALHOST}:{house.port}", timeout=20)
        log_in = {"username": "manager", "password": PASSWORD, "next": "/admin/"}
        assert self._post("/admin/login/", log_in).status_code == 302
        assert self._client.get("/admin/halt/").status_code == 200  # the desk knows this browser now

    def halt(self, _house: House, reason: str) -> str:
        answer = self._post("/admin/halt/", {"strategy": "", "symbol": "", "_reason": reason}, looks=False)
        assert answer.status_code in (202, 302), answer.text[-2000:]
        ways = re.search(r"Said by way of ([^.]*)\.", answer.text)
        return f"{answer.status_code} {ways.group(1) if ways else 'database'}"

    def _post(self, address: str, form: dict[str, str], *, looks: bool = True) -> httpx.Response:
        if looks:
            self._client.get(address)
        token = {"csrfmiddlewaretoken": self._client.cookies["csrftoken"]}
        return self._client.post(address, data=form | token)


# -- Troubles --------------------------------------------------------------------------------


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
    "postgresql": [*EVERYWHERE, row_locked, read_only],
    "sqlite": [*EVERYWHERE, malformed, full_disk],
}


# -- Trying ----------------------------------------------------------------------------------


class Desks:
    """A house with a strategy process, and everybody who may halt."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.desk = Desk(house)
        self._tries = 0
        until(lambda: self.desk.shows(connected=1, database_answers=1), "the process", 40)
        by_rest(house, "the web process knows this token now")
        self.doors: dict[str, Callable[[House, str], str]] = {
            "shell": by_shell,
            "REST": by_rest,
            "admin": Browser(house).halt,
        }
        self.resume()

    def resume(self) -> None:
        self.house.do("resume", "--reason", "next")
        until(lambda: self.desk.shows(halted_scopes=0), "resumed", 10)

    def land(self, door: str, trouble: Trouble) -> Landed:
        """Halt in trouble, and wait until all is over and on record, once."""
        self._tries += 1
        reason = f"try {self._tries}: {door}, {trouble.__name__}"
        with trouble(self.house), ThreadPoolExecutor(1) as pool:
            began = time.monotonic()
            asking = pool.submit(self._ask, door, reason)
            until(lambda: self.desk.shows(halted_scopes=1), "obeyed", 20)
            obeyed = time.monotonic() - began
            ended, said = asking.result()
        until(lambda: self.desk.shows(database_answers=1, connected=1), "all is back", 30)
        until(lambda: self.on_record(reason) == 1, "on record once", 20)
        time.sleep(1.5)  # whoever would record it a second time has had the occasion
        assert self.on_record(reason) == 1
        self.resume()
        return Landed(obeyed, ended - began, said)

    def _ask(self, door: str, reason: str) -> tuple[float, str]:
        said = self.doors[door](self.house, reason)
        return time.monotonic(), said

    def on_record(self, reason: str) -> int:
        counted = self.house.do(
            "shell", "-v0", "-c",
            f"from halts.models import HaltChange; print(HaltChange.objects.filter(reason={reason!r}).count())",
        )  # fmt: skip
        return int(counted)


@contextmanager
def standing(database: str) -> Iterator[Desks]:
    """On a disk of its own, small enough to be filled."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        directory.chmod(0o755)
        url = "sqlite:"
        if database == "postgresql":
            url = database_url("postgresql", directory)
        home = directory / "house"
        home.mkdir()
        if database == "sqlite":
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", home], check=True)
            stack.callback(lambda: subprocess.run(["umount", "-l", home], check=True))
        house = stack.enter_context(houses.standing(home, url))
        desks = Desks(house)
        stack.callback(houses.stop, desks.desk.process)
        yield desks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--database", choices=list(TROUBLES), default="postgresql")
    parser.add_argument("--only", default="", help="part of a trouble's name")
    chosen = parser.parse_args()
    print("| trouble | door | obeyed after | answered after | answer |\n| --- | --- | --- | --- | --- |")
    with standing(chosen.database) as desks:
        for trouble in TROUBLES[chosen.database]:
            if chosen.only not in trouble.__name__:
                continue
            for door in desks.doors:
                landed = desks.land(door, trouble)
                name = trouble.__name__.replace("_", " ")
                print(
                    f"| {name} | {door} | {landed.obeyed:.1f} s | {landed.answered:.1f} s | {landed.said} |",
                    flush=True,
                )


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()

"""A NATS server that may refuse, and change its mind while it runs."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from realtime.stack.servers import LOCALHOST, free_port, nats_command
from tests.servers import Server, running

PASSWORD = "p@ss:w/rd,100%"
ENCODED = "p%40ss%3Aw%2Frd%2C100%25"


class Guarded:
    """`rules` are those of nats-server's configuration file, taken over without a restart."""

    def __init__(self, file: Path, rules: str) -> None:
        self._file = file
        file.write_text(rules)
        self.server = Server(lambda port: [*nats_command(port), "-c", str(file)], file.with_suffix(".log"))

    def url(self, login: str = f"desk:{ENCODED}") -> str:
        return f"nats://{login}@127.0.0.1:{self.server.port}"

    def now(self, rules: str) -> None:
        """Take over other rules."""
        self._file.write_text(rules)
        pid = self.server.pid
        assert pid
        reloaded = self._reloads()
        os.kill(pid, signal.SIGHUP)
        deadline = time.monotonic() + 10
        while self._reloads() == reloaded:
            assert time.monotonic() < deadline, self.server.log.read_text()
            time.sleep(0.01)

    def _reloads(self) -> int:
        return self.server.log.read_text().count("Reloaded server configuration")


def user(password: str = PASSWORD, more: str = "", name: str = "desk") -> str:
    """Rules that let one user in."""
    return f'authorization {{ users = [ {{ user: "{name}", password: "{password}", {more} }} ] }}\n'


@contextmanager
def two_members(directory: Path, rules: str) -> Iterator[tuple[Guarded, Guarded]]:
    """Of one cluster, each with these rules."""
    ports = free_port(), free_port()

    def member(name: str, own: int, other: int) -> Guarded:
        routes = f"routes: [ nats://{LOCALHOST}:{other} ]"
        cluster = f"cluster {{ name: c, listen: {LOCALHOST}:{own}, {routes} }}\n"
        return Guarded(directory / f"{name}.conf", rules + cluster)

    one, other = member("one", *ports), member("other", *reversed(ports))
    with running(one.server), running(other.server):
        yield one, other


@contextmanager
def guarded(directory: Path, rules: str) -> Iterator[Guarded]:
    server = Guarded(directory / "nats.conf", rules)
    with running(server.server):
        yield server

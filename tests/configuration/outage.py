"""A database that is really away, or of no use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from realtime.stack.servers import LOCALHOST, free_port


@contextmanager
def database_away() -> Iterator[None]:
    """New connections of this thread lead nowhere, so that the driver itself refuses; the old one is kept
    aside, since closing it would end a database in memory."""
    if connection.vendor == "postgresql":
        nowhere: dict[str, Any] = {"HOST": LOCALHOST, "PORT": free_port()}
    else:
        nowhere = {"NAME": str(Path(settings.STATE_DIR) / "absent" / "db.sqlite3")}
    with _elsewhere(nowhere):
        yield


@contextmanager
def database_ill() -> Iterator[None]:
    """It answers, and with nothing but errors: a file that is none, a server that has lost our tables."""
    if connection.vendor == "postgresql":
        with _elsewhere({"NAME": "postgres"}):
            yield
        return
    damaged = Path(settings.STATE_DIR) / "damaged.sqlite3"
    damaged.write_bytes(b"SQLite format 3\0" + b"?" * 8192)
    with _elsewhere({"NAME": str(damaged)}):
        yield


@contextmanager
def only_to_be_read() -> Iterator[None]:
    """As a standby after a failover."""
    on, off = {
        "sqlite": ("PRAGMA query_only = ON", "PRAGMA query_only = OFF"),
        "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(on)
    yield
    with connection.cursor() as cursor:
        cursor.execute(off)


@contextmanager
def _elsewhere(place: dict[str, Any]) -> Iterator[None]:
    kept, original = connection.connection, dict(connection.settings_dict)
    connection.connection = None
    connection.settings_dict |= place
    try:
        yield
    finally:
        if connection.connection is not None:
            connection.connection.close()
        connection.settings_dict.update(original)
        connection.connection = kept

"""A database that is really away."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from realtime.stack.servers import LOCALHOST, free_port


@contextmanager
def database_away() -> Iterator[None]:
    """New connections of this thread lead nowhere, so that the driver itself refuses; the old one is kept
    aside, since closing it would end a database in memory."""
    kept, original = connection.connection, dict(connection.settings_dict)
    connection.connection = None
    if connection.vendor == "postgresql":
        connection.settings_dict |= {"HOST": LOCALHOST, "PORT": free_port()}
    else:
        connection.settings_dict["NAME"] = str(Path(settings.STATE_DIR) / "absent" / "db.sqlite3")
    try:
        yield
    finally:
        connection.settings_dict.update(original)
        connection.connection = kept

"""Somebody else who has begun to write and does not go on, in a connection that is not Django's."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from django.db import connection

PLACE = ("dbname", "user", "password", "host", "port")


def driver(**options: Any) -> psycopg.Connection[Any]:
    """Another client of the PostgreSQL database of the test."""
    where: dict[str, Any] = {name: connection.get_connection_params().get(name) for name in PLACE}
    return psycopg.connect(**where, **options)


@contextmanager
def held() -> Iterator[None]:
    """All writers wait."""
    if connection.vendor == "postgresql":
        with driver() as other:
            other.execute("SELECT * FROM configuration_revision FOR UPDATE")
            yield
        return
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield

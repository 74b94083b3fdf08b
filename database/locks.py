"""Whether a failure shows that somebody else is writing, and nothing worse."""

import sqlite3

import psycopg
from django.db import Error, connection


def is_locked(error: Error) -> bool:
    """Somebody holds a lock; the database is well."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.OperationalError):
        return cause.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
    return isinstance(cause, psycopg.errors.LockNotAvailable)


def wait_little_for_locks() -> None:
    """In the transaction that has just begun; SQLite has waited for its one lock by then."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = 500")  # milliseconds

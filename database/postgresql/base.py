"""PostgreSQL that is not waited for without end, whatever state the server is in.

The server ends what takes too long (`lock_timeout`, `statement_timeout`), and the transaction of a client that
has fallen silent in the middle of one. A server that is itself frozen does none of that, so the client has an
end of its own.
"""

from math import ceil
from types import ModuleType
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from psycopg.errors import _WaitTimeout

from database.deadline import at_most, seconds_left

GRACE_SECONDS = 1.0
"""A server that is well says itself that a statement took too long."""
SHORTEST_CONNECT_SECONDS = 2  # of libpq
USABLE_SECONDS = 0.5
"""A kept connection that is silent for so long is given up: a new one shows whether the server is well."""


class PunctualConnection(psycopg.Connection[Any]):
    """Closes, and raises OperationalError, where a statement is not answered in time."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, seconds_left(_longest()) if timeout is None else timeout)
        except _WaitTimeout as error:
            self.pgconn.finish()
            raise psycopg.OperationalError("the database did not answer in time") from error


driver = ModuleType("psycopg")
driver.__dict__.update(vars(psycopg), connect=PunctualConnection.connect)


class DatabaseWrapper(base.DatabaseWrapper):
    Database = driver

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        patience = int(conn_params.get("connect_timeout", 0)) or SHORTEST_CONNECT_SECONDS
        left = seconds_left(patience) or 0
        if left == 0:
            raise psycopg.OperationalError("no time is left to connect")
        conn_params["connect_timeout"] = max(SHORTEST_CONNECT_SECONDS, ceil(left))
        return super().get_new_connection(conn_params)

    def ensure_connection(self) -> None:
        """Connect anew where the last question was cut short."""
        if self.connection is not None and self.connection.closed and not self.in_atomic_block:
            self.close()
        super().ensure_connection()

    def is_usable(self) -> bool:
        with at_most(USABLE_SECONDS):
            return bool(super().is_usable())


def _longest() -> float | None:
    seconds: float = settings.DATABASE_STATEMENT_SECONDS
    return seconds + GRACE_SECONDS if seconds else None

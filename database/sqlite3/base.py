"""SQLite whose writers wait for each other no longer than whoever asks has time."""

from typing import Any

from django.conf import settings
from django.db.backends.sqlite3 import base

from database.deadline import seconds_left


class DatabaseWrapper(base.DatabaseWrapper):
    _patience: float | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._patience = None
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = super().create_cursor(name)
        patience = seconds_left(settings.DATABASE_LOCK_SECONDS) or 0.0
        if patience != self._patience:
            cursor.execute(f"PRAGMA busy_timeout = {round(1000 * patience)}")
            self._patience = patience
        return cursor

"""How a process that watches says how things stand."""

import msgspec


class WatchReport(msgspec.Struct, frozen=True, kw_only=True):
    """State of one process. `rules`, `firing` and `pending` are zero where it does not watch.

    `unwritten` are changes that wait for the database, `changes` counts those that were written since the process
    started, `tick_ms` is what the newest look at all markets took.
    """

    instance: str
    is_watching: bool
    database_answers: bool
    store_answers: bool
    rules: int
    firing: int
    pending: int
    unwritten: int
    tick_ms: float
    restarts: int
    changes: dict[str, int]
    errors: dict[str, int]

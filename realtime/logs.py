"""What is worth a line in the log, and how long a line."""

import logging

QUIET_SECONDS = 5.0


class OneLineAnOutage(logging.Filter):
    """Of a library that logs a traceback for every attempt to reach a server: one line an outage.

    An outage is over once nothing was logged for QUIET_SECONDS. Records without a lost connection behind
    them pass as they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not is_lost_connection(error):
            return True
        goes_on = record.created - self._last < QUIET_SECONDS
        self._last = record.created
        record.msg, record.args = (
            "connection_lost %s: %s; trying until it is back",
            (type(error).__name__, error),
        )
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
        return not goes_on


class UnexpectedOnly(logging.Filter):
    """Of the requests that ended with a 5xx: those that failed, not those that were answered with a reason."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


def is_lost_connection(error: BaseException | None) -> bool:
    """Is this what a client raises while its server is away?"""
    from redis.exceptions import ConnectionError as LostStore
    from redis.exceptions import TimeoutError as SlowStore

    return isinstance(error, LostStore | SlowStore | OSError)

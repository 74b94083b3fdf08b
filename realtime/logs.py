"""What is worth a line in the log, and how long a line."""

import logging
import re

from redis.exceptions import ConnectionError as StoreLost
from redis.exceptions import TimeoutError as StoreSlow

CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
OUTAGE_OVER_AFTER_SECONDS = 5.0
LOST_CONNECTION = (StoreLost, StoreSlow, OSError)


class OneLineAnOutage(logging.Filter):
    """For a library that logs a traceback with every attempt to reach a server: one line an outage.

    An outage is over when no attempt has failed for OUTAGE_OVER_AFTER_SECONDS. Records about anything but
    a lost connection pass as they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last_failure = float("-inf")

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, LOST_CONNECTION):
            return True
        goes_on = record.created - self._last_failure < OUTAGE_OVER_AFTER_SECONDS
        self._last_failure = record.created
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        record.msg = "connection_lost %s: %s; trying until it is back"
        record.args = (type(error).__name__, error)
        record.exc_info = None
        return not goes_on


class UnexpectedOnly(logging.Filter):
    """Of requests that end with a 5xx: those that failed, not those that were answered with a reason."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


class OneLine(logging.Formatter):
    """What somebody sent stays in its line, and moves no cursor: control characters are shown by their codes.

    Tracebacks, which are ours, keep their lines.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        return CONTROL_CHARACTER.sub(lambda found: f"\\x{ord(found[0]):02x}", super().formatMessage(record))

"""What can be wrong with a question about the market, each with its HTTP status and body."""

from typing import Any


class MetricsError(Exception):
    """Base of this application's errors; `status` and `body` are what a client gets."""

    status = 500

    def __init__(self, **body: Any) -> None:
        super().__init__(body.get("error", ""))
        self.body = body


class NotTracked(MetricsError):
    """The symbol is unknown, or its newest numbers are too old to show."""

    status = 404


class NoFeed(MetricsError):
    """No feed is running, so nothing can be known."""

    status = 503


class InvalidQuery(MetricsError):
    """A query parameter has a value it cannot have."""

    status = 400


class Busy(MetricsError):
    """As many do this as may at a time."""

    status = 503

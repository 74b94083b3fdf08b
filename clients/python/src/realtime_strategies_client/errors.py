"""What can go wrong. Every message is a sentence for people.

ClientError
├── ClientClosed            the client was closed
├── Unreachable             no answer: no connection, cut off, or not in time
├── UnreadableAnswer        an answer that is not what the address promises
├── NotApplied              a configuration is not in force in every process
├── CannotBeJudged          nobody can say what values would have done
├── StreamClosed            the server sent a stream away, and would again
└── Refused                 a refusal; `code`, `status` and `details` explain it
    ├── ValidationFailed    400  a value, a name or a rule; `errors` and `fields` name every problem
    ├── NotAuthenticated    401  no token, or one that is unknown or has expired
    ├── PermissionDenied    403  the account may not do this
    ├── NotFound            404  no such strategy or symbol, or nothing to show or delete
    ├── RollbackFailed      409  nothing to go back to, or the old values no longer pass
    ├── UnknownSymbol       409  a halt of a symbol nobody has heard of; `nearest` are names that are alike
    ├── BatchChanged        409  a batch that is not taken back: `levels` of it were changed since
    ├── AlertResolved       409  an alert that fires no more, and is not acknowledged
    ├── SilenceOver         409  a silence that is over already, and is not ended
    ├── Conflict            412  somebody else wrote in between; `seen` and `present` are both states
    ├── RuleChanged         412  the same of a rule of alerts
    ├── Throttled           429  too often; `retry_after` says when to come again
    └── Unavailable         503  the database, the store or the feed is away
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from realtime_strategies_client.alerts import Rule
    from realtime_strategies_client.configuration import Applied, Config


class ClientError(Exception):
    """Base of all that this package raises."""


class ClientClosed(ClientError):
    """The client was closed before, or while it waited for the answer."""


class Unreachable(ClientError):
    """Nobody answered, so it is not known whether a write was carried out."""


class UnreadableAnswer(ClientError):
    """Something else answers at this address, or a version that this client does not know."""


class StreamClosed(ClientError):
    """The server ended a stream for what this client does or asks: to connect again would not help.

    `code` is the close code (1008, 1009, 4xxx) or the name of the error it sent.
    """

    def __init__(self, code: int | str, reason: str) -> None:
        super().__init__(f"The stream was refused ({code}): {reason or 'no reason was given'}")
        self.code = code


class NotApplied(ClientError):
    """`applied` is what the processes reported last."""

    def __init__(self, message: str, applied: "Applied") -> None:
        super().__init__(message)
        self.applied = applied


class CannotBeJudged(ClientError):
    """There is no answer to a what-if; the message is the sentence that says why."""


class Refused(ClientError):
    """The server refused. `retry_after` is in seconds, None where the answer has none."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        details: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = dict(details or {})
        self.retry_after = retry_after


class ValidationFailed(Refused):
    def __str__(self) -> str:
        return ": ".join([super().__str__(), *(["; ".join(self.errors)] if self.errors else [])])

    @property
    def errors(self) -> list[str]:
        """A sentence for each problem, in the order of the request."""
        return list(self.details.get("errors", ()))

    @property
    def fields(self) -> dict[str, list[str]]:
        """What is wrong with each parameter."""
        return dict(self.details.get("fields", {}))


class NotAuthenticated(Refused):
    pass


class PermissionDenied(Refused):
    pass


class NotFound(Refused):
    pass


class RollbackFailed(Refused):
    pass


class UnknownSymbol(Refused):
    @property
    def nearest(self) -> list[str]:
        """Known names that are most alike."""
        return list(self.details.get("nearest", ()))


class BatchChanged(Refused):
    @property
    def levels(self) -> list[str]:
        """Those that were changed since, each as its strategy and its symbol."""
        return list(self.details.get("levels", ()))


class AlertResolved(Refused):
    pass


class SilenceOver(Refused):
    pass


class Conflict(Refused):
    """`seen` is the state the change was built on, `present` the one there is now, to decide upon anew.

    Where that could not be read, `present` is None, and `__cause__` says why.
    """

    seen: "Config"
    present: "Config | None" = None


class RuleChanged(Refused):
    """`seen` and `present` as of a Conflict."""

    seen: "Rule"
    present: "Rule | None" = None


class Throttled(Refused):
    pass


class Unavailable(Refused):
    pass


BY_STATUS: dict[int, type[Refused]] = {
    400: ValidationFailed,
    401: NotAuthenticated,
    403: PermissionDenied,
    404: NotFound,
    412: Conflict,
    429: Throttled,
    503: Unavailable,
}
BY_CODE: dict[str, type[Refused]] = {
    "ROLLBACK_FAILED": RollbackFailed,
    "UNKNOWN_SYMBOL": UnknownSymbol,
    "BATCH_CHANGED": BatchChanged,
    "ALERT_RESOLVED": AlertResolved,
    "SILENCE_OVER": SilenceOver,
}
"""Where one status means several things."""


def kind_of(status: int, code: str = "") -> type[Refused]:
    """The error of a code of the contract, or of a status."""
    return BY_CODE.get(code) or BY_STATUS.get(status, Refused)

"""What can go wrong with configuration.

ConfigurationError
├── StrategyNotFound      the catalogue has no such strategy
├── NothingToDelete       the level holds nothing
├── NothingToCopy         the level holds nothing
├── ValidationFailed      the parameters, the symbol or the shape of the request are refused
├── VersionConflict       somebody else wrote in between
├── RollbackFailed        there is no such version, or its values no longer pass
├── BatchNotFound         nothing was changed under this id
├── ChangeNotFound        the audit trail has no such change
├── BatchChanged          levels of a batch were changed since
├── NotPermitted          the account, or the token it comes with, may not do this
├── StoreUnavailable      the database is away
└── ForbiddenWrite        a write that goes around configuration.services (a programming error)

Each carries the code and the HTTP status it is answered with, so that every edge answers alike.
"""

from collections.abc import Collection, Iterable
from typing import Any, ClassVar

from configuration.domain.problems import Problem, listed, omission, shown
from configuration.domain.states import LevelState, own_part, version_in
from rest.unavailable import RETRY_AFTER_SECONDS


class ConfigurationError(Exception):
    """Base of all; the message is a sentence for people."""

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500

    @property
    def details(self) -> dict[str, Any] | None:
        """What a program may want to know beside the sentence."""
        return None

    @property
    def in_full(self) -> str:
        """The sentence, and every problem behind it: for logs and shells."""
        problems = "; ".join((self.details or {}).get("errors", []))
        return f"{self}: {problems}" if problems else str(self)


class StrategyNotFound(ConfigurationError):
    code = "NOT_FOUND"
    status = 404

    def __init__(self, strategy_id: str) -> None:
        super().__init__(f"Strategy not found: {shown(strategy_id)}")


class NothingToDelete(ConfigurationError):
    code = "NOT_FOUND"
    status = 404

    def __init__(self, strategy_id: str, symbol: str | None) -> None:
        super().__init__(f"No configuration of {strategy_id} for {symbol or 'all symbols'} to delete")


class NothingToCopy(ConfigurationError):
    code = "NOT_FOUND"
    status = 404

    def __init__(self, strategy_id: str, symbol: str | None) -> None:
        super().__init__(f"No configuration of {strategy_id} for {symbol or 'all symbols'} to copy")


class ValidationFailed(ConfigurationError):
    code = "VALIDATION_ERROR"
    status = 400

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        left_out = omission(self.problems)
        super().__init__(f"Validation failed: {left_out}" if left_out else "Validation failed")

    @property
    def details(self) -> dict[str, Any]:
        return problem_details(self.problems)


class VersionConflict(ConfigurationError):
    code = "PRECONDITION_FAILED"
    status = 412

    def __init__(self, expected: Collection[str], state: LevelState, tag: str) -> None:
        """`expected` are the tags of which none matched, `tag` is the one that would."""
        asked = [shown(each) for each in sorted(expected)]
        self.expected, self.current, self.state = asked, tag, state
        own = f'"{state.tag}" to compare the level alone'
        super().__init__(f'{self.finding}. Read it again, and send its ETag, now "{tag}", or {own}')

    @property
    def finding(self) -> str:
        """What is found instead, for people."""
        if self.expected and all(map(str.isdecimal, self.expected)):
            return f"A bare version names no state of a level; this one {self.state.sentence}"
        if self.state.tag in map(own_part, self.expected):
            return "What is inherited here has changed, what is set here has not"
        return f"Somebody else changed this: it {self.state.sentence} now"

    @property
    def details(self) -> dict[str, Any]:
        return {
            "expected": self.expected,
            "current": self.current,
            "expected_version": max(map(version_in, self.expected), default=0),
            "current_version": self.state.version,
        }


class RollbackFailed(ConfigurationError):
    code = "ROLLBACK_FAILED"
    status = 409

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    @property
    def details(self) -> dict[str, Any] | None:
        return problem_details(self.problems) if self.problems else None


class BatchNotFound(ConfigurationError):
    code = "NOT_FOUND"
    status = 404

    def __init__(self, batch: str) -> None:
        super().__init__(f"Batch not found: {shown(batch)}")


class ChangeNotFound(ConfigurationError):
    code = "NOT_FOUND"
    status = 404

    def __init__(self, change_id: str) -> None:
        super().__init__(f"Change not found: {shown(change_id)}")


class BatchChanged(ConfigurationError):
    """`levels` are those changed since, each in words."""

    code = "BATCH_CHANGED"
    status = 409

    def __init__(self, levels: list[str]) -> None:
        self.levels = levels
        super().__init__(f"Changed since, so that nothing is taken back: {'; '.join(levels)}")

    @property
    def details(self) -> dict[str, Any]:
        return {"levels": self.levels}


class NotPermitted(ConfigurationError):
    """`missing` names what it takes: a `scope` where the token was not made for it, else a `right` of the account."""

    code = "PERMISSION_DENIED"
    status = 403

    def __init__(self, message: str, missing: dict[str, str]) -> None:
        super().__init__(message)
        self.missing = missing

    @property
    def details(self) -> dict[str, str]:
        return self.missing


class StoreUnavailable(ConfigurationError):
    code = "STORE_UNAVAILABLE"
    status = 503
    retry_after_seconds: ClassVar[int] = RETRY_AFTER_SECONDS

    def __init__(self, *, writing: bool = False, is_known: bool = True) -> None:
        """`is_known` is False where the store fell silent while it was asked to commit a change."""
        consequence = "; nothing was changed" if writing else " and cannot be read at the moment"
        if not is_known:
            consequence = " any more, and did not acknowledge the change; look before you try again"
        super().__init__(f"The configuration store is not available{consequence}")
        self.is_known = is_known


class ForbiddenWrite(ConfigurationError):
    """Configuration is written by configuration.services only, and its history never altered."""


def problem_details(problems: Iterable[Problem]) -> dict[str, Any]:
    """Problems as clients are shown them: the messages in order, and per field what is wrong with it."""
    errors: list[str] = []
    fields: dict[str, list[str]] = {}
    for problem in listed(problems):
        errors.append(problem.message)
        for field in problem.fields:
            fields.setdefault(field, []).append(problem.reason)
    return {"errors": errors, "fields": fields}

"""What can be wrong with a proposed configuration, in words and in codes."""

from dataclasses import dataclass
from enum import StrEnum


class ProblemCode(StrEnum):
    UNKNOWN_PARAMETER = "UNKNOWN_PARAMETER"
    INVALID_TYPE = "INVALID_TYPE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    RULE_VIOLATED = "RULE_VIOLATED"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a configuration.

    `message` stands alone ("top_levels must be an integer"); `reason` is the same for a place where the
    field is already named, such as beside a form field ("must be an integer").
    """

    field: str
    code: ProblemCode
    reason: str
    message: str

    @classmethod
    def with_value(cls, field: str, code: ProblemCode, reason: str) -> "Problem":
        """A problem of one parameter's value, whose message is the field followed by the reason."""
        return cls(field, code, reason, f"{field} {reason}")

    @classmethod
    def unknown(cls, field: str) -> "Problem":
        message = f"Unknown parameter: {field}"
        return cls(field, ProblemCode.UNKNOWN_PARAMETER, message, message)


class Refused(ValueError):
    """A single value that cannot be accepted, and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem

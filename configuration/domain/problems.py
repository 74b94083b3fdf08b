"""What can be wrong with a proposed configuration, in words and in codes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MOST_MADE_UP = 50
LONGEST_REPEATED = 60


class ProblemCode(StrEnum):
    UNKNOWN_PARAMETER = "UNKNOWN_PARAMETER"
    INVALID_TYPE = "INVALID_TYPE"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    RULE_VIOLATED = "RULE_VIOLATED"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse a configuration.

    `message` stands alone ("top_levels must be an integer"); `reason` is the same for a place where the
    field is already named, such as beside a form field ("must be an integer"). `partners` are the other
    parameters of a broken rule: changing any of them could mend it.
    """

    field: str
    code: ProblemCode
    reason: str
    message: str
    partners: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """Every parameter the problem is reported at."""
        return (self.field, *self.partners)

    @classmethod
    def with_value(cls, field: str, code: ProblemCode, reason: str) -> "Problem":
        """A problem of one parameter's value, whose message is the field followed by the reason."""
        return cls(field, code, reason, f"{field} {reason}")

    @classmethod
    def unknown(cls, field: str) -> "Problem":
        message = f"Unknown parameter: {shown(field)}"
        return cls(shown(field), ProblemCode.UNKNOWN_PARAMETER, message, message)


def shown(given: Any) -> str:
    """What somebody sent, as far as a message repeats it."""
    text = str(given)
    return text if len(text) <= LONGEST_REPEATED else f"{text[:LONGEST_REPEATED]}…"


def listed(problems: Iterable[Problem]) -> list[Problem]:
    """The problems an answer names: every broken rule, of the others the first fifty.

    Rules are broken by levels that exist, and each of those is named. Names of parameters can be made up
    without end.
    """
    chosen, made_up = [], 0
    for problem in problems:
        made_up += problem.code is not ProblemCode.RULE_VIOLATED
        if problem.code is ProblemCode.RULE_VIOLATED or made_up <= MOST_MADE_UP:
            chosen.append(problem)
    return chosen


def omission(problems: Collection[Problem]) -> str | None:
    """The sentence saying that `listed` leaves some out; None where it does not."""
    count = len(listed(problems))
    return None if count == len(problems) else f"{count} of {len(problems)} problems are shown"


class InvalidValue(ValueError):
    """A single value that cannot be accepted, and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem

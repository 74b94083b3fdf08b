"""What requests may say: bodies, queries, and the version a client expects."""

from typing import Any

from django.utils.http import parse_etags
from rest_framework import serializers
from rest_framework.request import Request

from configuration.domain.effective import Config, StrategyLevels
from configuration.domain.problems import Problem, ProblemCode, shown
from configuration.exceptions import ValidationFailed

CHANGED_BY_LENGTH = 150
REASON_LENGTH = 2000
VERSION_LIMIT = 2**31 - 1
REQUIRED = {"required": "is required", "null": "must not be null"}


def text(length: int, help_text: str) -> serializers.CharField:
    return serializers.CharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        max_length=length,
        help_text=help_text,
        error_messages={
            "invalid": "must be a string",
            "max_length": f"must have at most {length} characters",
        },
    )


def flag(help_text: str) -> serializers.BooleanField:
    messages: dict[str, Any] = {"invalid": "must be a boolean", "null": "must not be null"}
    return serializers.BooleanField(default=False, help_text=help_text, error_messages=messages)


def number(low: int, high: int, help_text: str, **options: Any) -> serializers.IntegerField:
    messages: dict[str, Any] = {
        "invalid": "must be an integer",
        "max_string_length": "must be an integer",
        "min_value": f"must be >= {low}",
        "max_value": f"must be <= {high}",
    }
    return serializers.IntegerField(
        min_value=low, max_value=high, help_text=help_text, error_messages=messages, **options
    )


def parameters() -> serializers.DictField:
    return serializers.DictField(
        help_text="Values by parameter name; null lets a parameter inherit again.",
        error_messages={"not_a_dict": "must be an object", **REQUIRED},
    )


def changed_by() -> serializers.CharField:
    return text(CHANGED_BY_LENGTH, "On whose behalf, kept beside the authenticated actor.")


def reason() -> serializers.CharField:
    return text(REASON_LENGTH, "Why; it stands in the audit trail.")


class Demand(serializers.Serializer[Any]):
    """Base: a request's part, checked; raises ValidationFailed with every problem."""

    ignored: frozenset[str] = frozenset()  # names a client may send although they say nothing here

    @classmethod
    def of_body(cls, request: Request) -> dict[str, Any]:
        data = request.data
        if not isinstance(data, dict):
            raise ValidationFailed([_problem("body", "must be a JSON object")])
        known = {*cls().fields, *cls.ignored}
        unknown = [_problem(name, "is not a field of this request") for name in data if name not in known]
        return cls._checked(data, unknown)

    @classmethod
    def of_query(cls, request: Request) -> dict[str, Any]:
        return cls._checked(request.query_params, [])

    @classmethod
    def _checked(cls, data: Any, problems: list[Problem]) -> dict[str, Any]:
        demand = cls(data=data)
        if not demand.is_valid():
            problems = problems + [
                _problem(name, str(fault)) for name, faults in demand.errors.items() for fault in faults
            ]
        if problems:
            raise ValidationFailed(problems)
        return dict(demand.validated_data)


class ConfigUpdate(Demand):
    """A change of one level."""

    # The answer to a GET can be sent back as it is: its `parameters` count, the rest is passed over.
    ignored = frozenset(Config.__struct_fields__)

    parameters = parameters()
    reason = reason()
    changed_by = changed_by()
    validate_only = flag("Check and preview; write nothing.")
    replace = flag("The parameters become the whole level instead of being merged into it.")


class ConfigRollback(Demand):
    """Where to go back to; without a version or an id, to before the last change."""

    target_version = number(1, VERSION_LIMIT, "A version of this level.", required=False, allow_null=True)
    rollback_id = text(40, "The `id` of an audit item of this level.")
    symbol = text(64, "The level, when the path does not name it.")
    reason = reason()
    changed_by = changed_by()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("target_version") is not None and attrs.get("rollback_id"):
            raise serializers.ValidationError(
                {"rollback_id": "must not be given together with target_version"}
            )
        return attrs


class ConfigDeletion(Demand):
    """The query of a DELETE."""

    reason = reason()
    changed_by = changed_by()


class ConfigValidation(Demand):
    """A change to be judged only."""

    strategy_id = serializers.CharField(
        help_text="Which strategy.",
        error_messages={"blank": "must not be empty", "invalid": "must be a string", **REQUIRED},
    )
    symbol = text(64, "Which symbol; null for all of them.")
    parameters = parameters()
    replace = flag("Judge the parameters as the whole level.")


class AuditQuery(Demand):
    """Which changes to list."""

    symbol = text(64, "The level of this symbol, in any case; without it the global level.")
    limit = number(1, 1000, "How many, the newest first.", default=100)
    offset = number(0, VERSION_LIMIT, "How many to skip.", default=0)


class SymbolQuery(Demand):
    symbol = text(64, "The level, when neither the path nor the body names it.")


def expected_version(request: Request, levels: StrategyLevels, symbol: str | None) -> int | None:
    """The version If-Match insists on, None when it does not. Several are allowed; the present one wins."""
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    versions = [tag.removeprefix("W/").strip('"') for tag in parse_etags(header)]  # proxies weaken tags
    if not versions or not all(version.isdecimal() and len(version) < 10 for version in versions):
        raise ValidationFailed([_problem("If-Match", 'must name a version, such as "7"')])
    numbers = [int(version) for version in versions]
    present = levels.version(symbol)
    return present if present in numbers else numbers[0]


def _problem(field: str, reason: str) -> Problem:
    return Problem.with_value(shown(field), ProblemCode.INVALID_TYPE, reason)

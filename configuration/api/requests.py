"""What requests may say: bodies, queries, and the version a client expects."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from configuration.api.fields import Flag, Members, Text, Whole, WholeInQuery, literal
from configuration.domain.effective import Config, StrategyLevels
from configuration.domain.problems import Problem, ProblemCode, Refused, shown
from configuration.domain.symbols import parse_symbol
from configuration.exceptions import ValidationFailed, VersionConflict

CHANGED_BY_LENGTH = 150
REASON_LENGTH = 2000
VERSION_LIMIT = 2**31 - 1
ENTITY_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
EMPTY_TAG = '""'
VERSION = re.compile(r"0|[1-9][0-9]{0,9}")


def reason() -> Text:
    return Text(
        required=False, allow_blank=True, allow_null=True, max_length=REASON_LENGTH,
        help_text="Why; it stands in the audit trail.",
    )  # fmt: skip


def changed_by() -> Text:
    return Text(
        required=False, allow_blank=True, allow_null=True, max_length=CHANGED_BY_LENGTH,
        help_text="On whose behalf, kept beside the authenticated actor.",
    )  # fmt: skip


def symbol(help_text: str) -> Text:
    """A level; null, where a body may say it, is the same as saying nothing."""
    return Text(required=False, allow_null=True, help_text=help_text)


def parameters() -> Members:
    return Members(help_text="Values by parameter name; null lets a parameter inherit again.")


class Demand(serializers.Serializer[Any]):
    """Base: a request's part, checked; raises ValidationFailed with every problem."""

    ignored: frozenset[str] = frozenset()  # names a client may send although they say nothing here

    @classmethod
    def of_body(cls, request: Request) -> dict[str, Any]:
        data = request.data
        if not isinstance(data, dict):
            raise ValidationFailed([_problem("body", f"must be a JSON object, got {literal(data)}")])
        known = {*cls().fields, *cls.ignored}
        takes = f"it takes {', '.join(cls().fields)}"
        unknown = [
            _problem(name, f"is not a field of this request; {takes}") for name in data if name not in known
        ]
        return cls._checked(data, unknown)

    @classmethod
    def _checked(cls, data: Mapping[str, Any], problems: list[Problem]) -> dict[str, Any]:
        demand = cls(data=data)
        if not demand.is_valid():
            problems = problems + [
                _problem(name, str(fault)) for name, faults in demand.errors.items() for fault in faults
            ]
        if problems:
            raise ValidationFailed(problems)
        return dict(demand.validated_data)


class Change(Demand):
    """Base of what proposes values for a level."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["parameters"] and not attrs["replace"]:
            raise serializers.ValidationError({"parameters": "must name at least one parameter, got {}"})
        return attrs


class ConfigUpdate(Change):
    """A change of one level."""

    # The answer to a GET can be sent back as it is: its `parameters` count, the rest is passed over.
    ignored = frozenset(Config.__struct_fields__)

    parameters = parameters()
    reason = reason()
    changed_by = changed_by()
    validate_only = Flag(default=False, help_text="Check and preview; write nothing.")
    replace = Flag(
        default=False, help_text="The parameters become the whole level instead of being merged into it."
    )


class ConfigRollback(Demand):
    """Where to go back to; without a version or an id, to before the last change."""

    target_version = Whole(
        1, VERSION_LIMIT, required=False, allow_null=True, help_text="A version of this level."
    )
    rollback_id = Text(
        required=False, allow_null=True, max_length=40, help_text="The `id` of an audit item of this level."
    )
    symbol = symbol("The level, when the path does not name it.")
    reason = reason()
    changed_by = changed_by()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        names = ("target_version", "rollback_id")
        if all(attrs.get(name) is not None for name in names):
            sentence = "of target_version and rollback_id only one may be given"
            raise serializers.ValidationError(dict.fromkeys(names, sentence))
        return attrs


class ConfigValidation(Change):
    """A change to be judged only."""

    strategy_id = Text(help_text="Which strategy.")
    symbol = symbol("Which symbol; null for all of them.")
    parameters = parameters()
    replace = Flag(default=False, help_text="Judge the parameters as the whole level.")


class QueryDemand(Demand):
    """What an address takes in its query: nothing, unless a subclass declares it."""

    @classmethod
    def of_query(cls, request: Request) -> dict[str, Any]:
        given = request.query_params
        known = cls().fields
        takes = f"it takes {', '.join(known) or 'none'}"
        problems = [
            _problem(name, f"is not a query parameter of this address; {takes}")
            for name in given
            if name not in known
        ]
        problems += [
            _problem(name, f"must be given once, got {len(values)} values")
            for name, values in given.lists()
            if name in known and len(values) > 1
        ]
        return cls._checked(given.dict(), problems)


class ConfigDeletion(QueryDemand):
    """Why something is deleted."""

    reason = reason()
    changed_by = changed_by()


class AuditQuery(QueryDemand):
    """Which changes to list."""

    symbol = symbol("The level of this symbol, in any case; * for all levels, without it the global one.")
    limit = WholeInQuery(1, 1000, default=100, help_text="How many, the newest first.")
    offset = WholeInQuery(0, VERSION_LIMIT, default=0, help_text="How many to skip.")


class SymbolQuery(QueryDemand):
    """Which level is meant."""

    symbol = symbol("The level, when neither the path nor the body names it.")


def require_address(body: Any, strategy_id: str, symbol: str | None) -> None:
    """An answer that is sent back goes where it came from; raises ValidationFailed."""
    problems = []
    for name, addressed in (("strategy_id", strategy_id), ("symbol", symbol)):
        said = body.get(name, addressed)
        in_any_case = isinstance(said, str) and said.isascii() and said.upper() == addressed
        if said != addressed and not in_any_case:
            reason = f"must be {literal(addressed)} as the path has it, got {literal(said)}"
            problems.append(_problem(name, reason))
    if problems:
        raise ValidationFailed(problems)


def one_symbol(**places: str | None) -> str | None:
    """The symbol that path, query and body agree on, in upper case; raises ValidationFailed.

    A place that says nothing is passed over; None where none says anything.
    """
    try:
        named = {place: parse_symbol(said) for place, said in places.items() if said is not None}
    except Refused as refusal:
        raise ValidationFailed([refusal.problem]) from refusal
    if len(set(named.values())) > 1:
        told = " and ".join(f"{symbol} in the {place}" for place, symbol in named.items())
        raise ValidationFailed([_problem("symbol", f"must be one symbol, got {told}")])
    return next(iter(named.values()), None)


def expected_version(request: Request, levels: StrategyLevels, symbol: str | None) -> int | None:
    """The version If-Match insists on, None when it does not; raises VersionConflict where none can match.

    By RFC 9110, 13.1.1: several tags are allowed, of which one must match; a weak one never does; `*` matches
    whatever there is, and there is always a configuration.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    strong, present = _strong_tags(header), levels.version(symbol)
    if str(present) not in strong:
        versions = [int(tag) for tag in strong if VERSION.fullmatch(tag)]
        raise VersionConflict(versions[0] if versions else header, present)
    return present


def _strong_tags(header: str) -> list[str]:
    """What stands in the strong ones of a list of entity tags; raises ValidationFailed for any other text."""
    members = {member.strip(" \t") for member in ENTITY_TAG.sub(EMPTY_TAG, header).split(",")} - {""}
    if members != {EMPTY_TAG}:
        reason = f'must be * or entity tags such as "7", got {literal(header)}'
        raise ValidationFailed([_problem("If-Match", reason)])
    return [tag for weak, tag in ENTITY_TAG.findall(header) if not weak]


def _problem(field: str, reason: str) -> Problem:
    return Problem.with_value(shown(field), ProblemCode.INVALID_TYPE, reason)

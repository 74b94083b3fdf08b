"""What the bodies of requests may contain."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from configuration.api import fields
from configuration.api.fields import Flag, Text, Whole, literal, problem
from configuration.api.passing_over import PASSED_OVER
from configuration.domain.effective import Config
from configuration.exceptions import ValidationFailed


class RequestBody(serializers.Serializer[Any]):
    """Base: the fields of a JSON object; whatever else stands in it is refused."""

    ignored: frozenset[str] = frozenset()  # names a client may send although they mean nothing here

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """What the body contains; raises ValidationFailed with every problem."""
        data = request.data
        if not isinstance(data, dict):
            raise ValidationFailed([problem("body", f"must be a JSON object, got {literal(data)}")])
        body = cls(data=data)
        body.is_valid()
        takes = f"it takes {', '.join(body.fields)}"
        problems = [
            *(
                problem(name, f"is not a field of this request; {takes}")
                for name in data
                if name not in body.fields and name not in cls.ignored
            ),
            *(problem(name, str(fault)) for name, faults in body.errors.items() for fault in faults),
        ]
        if problems:
            raise ValidationFailed(problems)
        return dict(body.validated_data)


class ParametersBody(RequestBody):
    """Base of what proposes values for a level."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs["parameters"] and not attrs["replace"]:
            raise serializers.ValidationError({"parameters": "must name at least one parameter, got {}"})
        return attrs


class ConfigUpdate(ParametersBody):
    """A change of one level."""

    # The answer to a GET can be sent back as it is: its `parameters` count, the rest is passed over.
    ignored = PASSED_OVER | frozenset(Config.__struct_fields__)

    parameters = fields.parameters()
    reason = fields.reason()
    changed_by = fields.changed_by()
    validate_only = Flag(default=False, help_text="Check and preview; write nothing.")
    replace = Flag(
        default=False, help_text="The parameters become the whole level instead of being merged into it."
    )


class ConfigRollback(RequestBody):
    """Where to go back to; without a version or an id, to before the last change."""

    ignored = PASSED_OVER

    target_version = Whole(
        1, fields.VERSION_LIMIT, required=False, allow_null=True, help_text="A version of this level."
    )
    rollback_id = Text(
        required=False, allow_null=True, max_length=40, help_text="The `id` of an audit item of this level."
    )
    symbol = fields.symbol("The level, when the path does not name it.")
    reason = fields.reason()
    changed_by = fields.changed_by()


class ConfigValidation(ParametersBody):
    """A change to be judged only."""

    ignored = PASSED_OVER

    strategy_id = Text(help_text="Which strategy.")
    symbol = fields.symbol("Which symbol; null for all of them.")
    parameters = fields.parameters()
    replace = Flag(default=False, help_text="Judge the parameters as the whole level.")

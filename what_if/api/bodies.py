"""What a question may contain: values, a sweep, and which part of the past it is about."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from configuration.api import fields
from configuration.api.bodies import ParametersBody
from configuration.api.fields import Flag, Members, literal, problem
from configuration.exceptions import ValidationFailed
from rest.moments import read_instant
from what_if.domain.question import EVER, MOST_VALUES, CannotBeJudged, Sweep, repeated
from what_if.recordings import named

USUAL_MINUTES = 15.0
MOST_MINUTES = 7 * 24 * 60.0
SWEEP = {
    "type": "object",
    "required": ["parameter", "values"],
    "properties": {
        "parameter": {"type": "string"},
        "values": {"type": "array", "items": {}, "minItems": 1, "maxItems": MOST_VALUES, "uniqueItems": True},
    },
}


class Instant(fields.Moment):
    """A moment that is the same for everybody."""

    read = staticmethod(read_instant)


@extend_schema_field(SWEEP)
class SweepField(Members):
    """One parameter, and the values it is tried with; a Sweep."""

    def to_internal_value(self, data: Any) -> Any:
        given = super().to_internal_value(data)
        faults = [*_strangers(given), *_faults_of_parameter(given), *_faults_of_values(given.get("values"))]
        if faults:
            raise serializers.ValidationError(faults)
        return Sweep(**given)


def _strangers(sweep: dict[str, Any]) -> Iterator[str]:
    for name in sweep.keys() - set(Sweep.__struct_fields__):
        yield f"takes parameter and values, and no {literal(name)}"


def _faults_of_parameter(sweep: dict[str, Any]) -> Iterator[str]:
    name = sweep.get("parameter")
    if not isinstance(name, str):
        yield f"must name one parameter, got {literal(name)}"


def _faults_of_values(values: Any) -> Iterator[str]:
    if not isinstance(values, list):
        yield f"must have an array of values, got {literal(values)}"
        return
    if not 1 <= len(values) <= MOST_VALUES:
        yield f"must have 1 to {MOST_VALUES} values, got {len(values)}"
    elif None in values:
        yield "must have values to try, got null"
    elif twice := repeated(values):
        yield f"must have each value once, got {literal(twice[0])} twice"


class WhatIfBody(ParametersBody):
    """Values that may be set one day, and of which part of the past is asked what they would have done."""

    parameters = fields.parameters(required=False)
    replace = Flag(
        default=False, help_text="The parameters become the whole level instead of being merged into it."
    )
    minutes = fields.Number(
        required=False, help_text="So many, until `to`, in place of `from` or a `recording`; default 15."
    )
    recording = fields.Text(
        required=False,
        max_length=200,
        help_text="In place of the journal: the name of a recording, or a pattern such as `binance*_20261128T*` for "
        "several that are merged. All of it, or what lies between `from` and `to`.",
    )
    sweep = SweepField(
        required=False,
        help_text=f"`parameter`, and up to {MOST_VALUES} `values` it is tried with, whatever else `parameters` has.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "sweep" in attrs:
            return {"parameters": {}, **attrs}
        if "parameters" not in attrs:
            raise serializers.ValidationError({"parameters": "is required where there is no sweep"})
        return super().validate(attrs)

    def get_fields(self) -> Any:
        moments = {
            "from": Instant(
                required=False, help_text="The beginning, in place of `minutes`; it names its zone."
            ),
            "to": Instant(required=False, help_text="The end, not included; default now. It names its zone."),
        }
        return super().get_fields() | moments


def span_of(body: dict[str, Any], now: float) -> tuple[float, float]:
    """Seconds since the epoch; raises ValidationFailed where nothing can lie between."""
    for other in ("recording", "from"):
        if other in body and "minutes" in body:
            raise ValidationFailed([problem("minutes", f"must be left out where {other} is given")])
    minutes = body.get("minutes", USUAL_MINUTES)
    if not 0 < minutes <= MOST_MINUTES:
        raise ValidationFailed([problem("minutes", f"must be more than 0 and at most {MOST_MINUTES:.0f}")])
    first, last = EVER if "recording" in body else (None, now)
    until = body["to"].timestamp() if "to" in body else last
    since = body["from"].timestamp() if "from" in body else first
    if since is None:
        since = until - 60 * minutes
    if since >= until:
        raise ValidationFailed([problem("from", "must be before the end")])
    return since, until


def recording_of(body: dict[str, Any]) -> str | None:
    """The recording that is asked about; raises ValidationFailed where it is none of those there are."""
    if (name := body.get("recording")) is None:
        return None
    try:
        named(name)
    except CannotBeJudged as why:
        raise ValidationFailed([problem("recording", f"cannot be read: {why}")]) from why
    return str(name)

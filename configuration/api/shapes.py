"""Shapes of the answers, for the OpenAPI document; tests hold the real answers against them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers as s

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.parameters import ParameterType
from configuration.domain.problems import ProblemCode
from configuration.domain.resolution import LAYERS
from configuration.models import ChangeAction, Source
from rest.shapes import Shape as Shape
from symbols import PATTERN

LAYER_NAMES = [str(layer) for layer in LAYERS]


def nullable_text(text: str = "") -> s.CharField:
    return s.CharField(allow_null=True, help_text=text)


def moment(text: str = "") -> s.DateTimeField:
    return s.DateTimeField(allow_null=True, help_text=text)


def by_name(text: str, *, nullable: bool = False) -> s.DictField:
    """An object keyed by parameter name."""
    return s.DictField(help_text=text, allow_null=nullable)


class SchemaItem(Shape):
    name = s.CharField()
    type = s.ChoiceField([str(kind) for kind in ParameterType])
    description = s.CharField()
    unit = nullable_text()
    default = s.JSONField()
    min = s.FloatField(allow_null=True, help_text="For a list, of its number of entries.")
    max = s.FloatField(allow_null=True, help_text="For a list, of its number of entries.")
    allowed_values = s.ListField(child=s.CharField(), allow_null=True)
    example = s.JSONField()


class ConfigShape(Shape):
    strategy_id = s.CharField()
    symbol = nullable_text("Null for all symbols.")
    parameters = by_name("The complete set in force.")
    overrides = by_name("Only what this level sets.")
    provenance = s.DictField(child=s.ChoiceField(LAYER_NAMES), help_text="The layer each value comes from.")
    version = s.IntegerField(help_text="Of this level, else of the global one, else 0.")
    source = s.ChoiceField(LAYER_NAMES, help_text="The highest layer that contributed.")  # type: ignore[assignment]
    is_override = s.BooleanField(help_text="Whether a symbol's own level contributed.")
    created_at = moment()
    updated_at = moment()
    hash = s.CharField(help_text="Names the set of values: equal sets, equal hash.")


class AuditShape(Shape):
    id = s.CharField()
    strategy_id = s.CharField()
    symbol = nullable_text()
    action = s.ChoiceField(ChangeAction.values)
    old_parameters = by_name("What the level held before.", nullable=True)
    new_parameters = by_name("What it holds since.", nullable=True)
    changes = s.DictField(child=s.ListField(child=s.JSONField(allow_null=True)), help_text="[before, after]")
    version = s.IntegerField()
    actor = s.CharField(help_text="Who was authenticated.")
    changed_by = nullable_text("On whose behalf, as told.")
    changed_at = s.DateTimeField()
    reason = nullable_text()
    source = s.ChoiceField(Source.values)  # type: ignore[assignment]
    batch = s.UUIDField(allow_null=True, help_text="Shared by levels that changed at one stroke.")


class ExplainedShape(Shape):
    value = s.JSONField()
    layer = s.ChoiceField(LAYER_NAMES)
    version = s.IntegerField(allow_null=True)
    changed_by = nullable_text()
    changed_at = moment()
    reason = nullable_text()


class ExplanationShape(ExplainedShape):
    shadows = ExplainedShape(many=True, help_text="Values it hides, the lowest layer first.")


class ValidationProblem(Shape):
    field = s.CharField()
    message = s.CharField()
    code = s.ChoiceField([str(code) for code in ProblemCode])


class ValidationShape(Shape):
    validation_passed = s.BooleanField()
    errors = ValidationProblem(many=True)  # type: ignore[assignment]
    warnings = s.ListField(child=s.CharField())
    preview = ConfigShape(allow_null=True)


class DoneMessage(Shape):
    message = s.CharField()


class ConfigurationErrorBody(Shape):
    code = s.CharField()
    message = s.CharField()
    details = s.JSONField(allow_null=True)


class ConfigurationErrorAnswer(Shape):
    success = s.BooleanField()
    data = s.JSONField(allow_null=True)  # type: ignore[assignment]
    error = ConfigurationErrorBody()
    metadata = s.JSONField(allow_null=True)


def envelope(name: str, data: Any) -> Any:
    """The shape of a success that carries `data`."""
    return inline_serializer(
        f"{name}Answer",
        {
            "success": s.BooleanField(),
            "data": data,
            "error": s.JSONField(allow_null=True),
            "metadata": s.DictField(allow_null=True),
        },
    )


def refused(*statuses: int) -> dict[int, OpenApiResponse]:
    """The refusals an operation may answer with, beside those any may."""
    return {
        status: OpenApiResponse(ConfigurationErrorAnswer, REFUSALS[status])
        for status in sorted({*statuses, 401, 403, 503})
    }


REFUSALS = {
    400: "VALIDATION_ERROR: parameters, symbol or body shape; every problem is named.",
    401: "NOT_AUTHENTICATED: no valid session or token.",
    403: "PERMISSION_DENIED: the account may not do this.",
    404: "NOT_FOUND: no such strategy, or nothing to delete.",
    409: "ROLLBACK_FAILED: nothing to go back to, or the old values no longer pass; BATCH_CHANGED.",
    412: "PRECONDITION_FAILED: If-Match names another state of the level; read again.",
    415: "UNSUPPORTED_MEDIA_TYPE: bodies are JSON.",
    429: "THROTTLED: too many writes; Retry-After says how long to wait.",
    503: "STORE_UNAVAILABLE: the database is away; a write has changed nothing.",
}
WRITE_REFUSALS = (400, 412, 415, 429)

STRATEGY_ID = OpenApiParameter(
    "strategy_id",
    str,
    OpenApiParameter.PATH,
    description="One of the catalogue.",
    enum=list(CATALOGUE),
    examples=[OpenApiExample("Order Book Skew", "orderbook_skew")],
)
SYMBOL = OpenApiParameter(
    "symbol",
    {"type": "string", "pattern": PATTERN},
    OpenApiParameter.PATH,
    description="In any case.",
    examples=[OpenApiExample("Bitcoin in Tether", "BTCUSDT")],
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description='The state the change builds on: the ETag of an answer, or "own:7" for the level alone.',
)

UPDATE_EXAMPLES = [
    OpenApiExample(
        "Look deeper into the book",
        {"parameters": {"top_levels": 10, "buy_threshold": 1.5}, "reason": "thin touch since the listing"},
        request_only=True,
    ),
    OpenApiExample(
        "Inherit a value again, checking only",
        {"parameters": {"buy_threshold": None}, "validate_only": True},
        request_only=True,
    ),
]
ROLLBACK_EXAMPLES = [
    OpenApiExample("Undo the last change", {"reason": "filled badly"}, request_only=True),
    OpenApiExample("Back to a version", {"target_version": 2}, request_only=True),
]
VALIDATION_EXAMPLE = OpenApiExample(
    "Would this pass?",
    {"strategy_id": "orderbook_skew", "symbol": "BTCUSDT", "parameters": {"top_levels": 10}},
    request_only=True,
)
CONFIG_EXAMPLE = OpenApiExample(
    "One value set for the symbol, the rest inherited",
    {
        "success": True,
        "data": {
            "strategy_id": "btc_dominance",
            "symbol": "BTCUSDT",
            "parameters": {**CATALOGUE["btc_dominance"].defaults, "high_threshold": 65.0},
            "overrides": {"high_threshold": 65.0},
            "provenance": {
                **dict.fromkeys(CATALOGUE["btc_dominance"].defaults, "default"),
                "high_threshold": "symbol",
            },
            "version": 3,
            "source": "symbol",
            "is_override": True,
            "created_at": "2026-11-02T09:00:00Z",
            "updated_at": "2026-11-23T14:43:32.674Z",
            "hash": "9f2c1a77d0b3e4f5",
        },
        "error": None,
        "metadata": None,
    },
    response_only=True,
    status_codes=["200"],
)


CONFIG_ANSWER = {200: envelope("Config", ConfigShape())}
DELETED_ANSWER = {200: envelope("Deleted", DoneMessage())}
EXPLAIN_ANSWER = {200: envelope("Explain", s.DictField(child=ExplanationShape()))}

"""Shapes of the answers, for the OpenAPI document: those that nothing else states, and the envelope around all."""

from typing import Annotated, Any, TypedDict

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from msgspec import Meta, defstruct

from configuration.audit import Explanation
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.effective import Config
from configuration.domain.parameters import ParameterType
from configuration.domain.problems import ProblemCode
from rest.refusals import ErrorAnswer as ErrorAnswer
from rest.refusals import ErrorBody
from rest.shapes import Moment as Moment
from rest.shapes import one_of as one_of
from symbols import PATTERN


class SchemaItem(TypedDict):
    name: str
    type: ParameterType
    description: str
    unit: str | None
    default: Any
    min: Annotated[float | None, Meta(description="For a list, of its number of entries.")]
    max: Annotated[float | None, Meta(description="For a list, of its number of entries.")]
    allowed_values: list[Any] | None
    example: Any


class ValidationProblem(TypedDict):
    field: str
    message: str
    code: ProblemCode


class Validation(TypedDict):
    validation_passed: bool
    errors: list[ValidationProblem]
    warnings: list[str]
    preview: Config | None


class DoneMessage(TypedDict):
    message: str


class Metadata(TypedDict, total=False):
    """What is worth knowing besides; each address has some of it."""

    action: Annotated[str, Meta(description="What was done: created, updated, deleted, halted …")]
    state: Annotated[str, Meta(description="Of what was resumed: ACTIVE, or HALTED by another halt.")]
    symbol: str
    warnings: Annotated[
        list[str], Meta(description="Sentences: a symbol nobody has heard of, what is passed over.")
    ]
    validation: Annotated[str, Meta(description="Of a change that was only judged: passed.")]
    restored_version: Annotated[int, Meta(description="Of a rollback.")]
    count: Annotated[int, Meta(description="Items in this answer.")]
    total: Annotated[int, Meta(description="Items there are.")]
    total_count: int
    rules: Annotated[list[str], Meta(description="What ties parameters together.")]
    strategy_name: str
    converged: Annotated[bool, Meta(description="There is a process, and all use what the database holds.")]
    ways: Annotated[list[str], Meta(description="Of a halt that is not on record yet: how it was published.")]
    confirmed_by: Annotated[
        list[str], Meta(description="Of such a halt: the processes that apply it by now.")
    ]
    unchanged: Annotated[list[str], Meta(description="Symbols that had no halt of their own.")]


def envelope(name: str, data: Any) -> Any:
    """The shape of a success that carries `data`."""
    return defstruct(
        f"{name}Answer",
        [
            ("success", bool),
            ("data", data),
            ("error", Annotated[ErrorBody | None, Meta(description="Null.")]),
            ("metadata", Metadata | None),
        ],
    )


def refused(*statuses: int) -> dict[int, OpenApiResponse]:
    """The refusals an operation may answer with, beside those any may."""
    return {
        status: OpenApiResponse(ErrorAnswer, REFUSALS[status])
        for status in sorted({*statuses, 400, 401, 403, 503})
    }


REFUSALS = {
    400: "VALIDATION_ERROR: parameters, symbol or body shape; every problem is named.",
    401: "NOT_AUTHENTICATED: no valid session or token.",
    403: "PERMISSION_DENIED: the account, or its token, may not do this; `details` names the scope or right.",
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
TAG = OpenApiParameter("ETag", location=OpenApiParameter.HEADER, response=[200])
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
    OpenApiExample("Back to a version", {"target_version": 1}, request_only=True),
]
VALIDATION_EXAMPLE = OpenApiExample(
    "Would this pass?",
    {"strategy_id": "orderbook_skew", "symbol": "BTCUSDT", "parameters": {"top_levels": 10}},
    request_only=True,
)
HALTED_ONLY = "Of `enabled` alone: halted, and not on record yet."
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


CONFIG_ANSWER = {200: envelope("Config", Config)}
CHANGED_ANSWER = {**CONFIG_ANSWER, 202: OpenApiResponse(CONFIG_ANSWER[200], HALTED_ONLY)}
DELETED_ANSWER = {200: envelope("Deleted", DoneMessage)}
EXPLAIN_ANSWER = {200: envelope("Explain", dict[str, Explanation])}

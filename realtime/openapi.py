"""The OpenAPI document, made so that generators of clients make good ones of it.

They stumble over what the standard allows: an enumeration without a name, or one that holds null; a word that is no
name in their language; a header that is declared in an answer again and again. So each of these has one place and one
name.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from django.core.exceptions import ImproperlyConfigured

from alerts.domain.channels import KINDS as CHANNEL_KINDS
from alerts.domain.entities import KINDS as ENTITY_KINDS
from alerts.domain.rules import COMPARISONS, SEVERITIES
from alerts.models import Because
from alerts.reading import SILENCE_STATES
from alerts.reading import STATES as ALERT_STATES
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.parameters import ParameterType
from configuration.domain.problems import ProblemCode
from configuration.domain.resolution import Layer
from configuration.models import ChangeAction, Source
from configuration.scopes import SCOPES
from desk import events
from effects.domain import spans
from halts import domain as halts
from halts.api.offers import DECISIONS
from metrics.answers.shapes import PROCESS_STATES
from metrics.api.queries import LIQUIDITY_COLUMNS, SORT_FIELDS, SORT_ORDERS
from metrics.domain.market import FORMS, STATES, TRENDS
from metrics.domain.minutes import RESOLUTIONS
from metrics.domain.reasons import REASONS
from metrics.domain.window import TIMEFRAMES
from metrics.export.tables import TABLES
from realtime.typed_answers import COMPONENT, Schema, referring
from strategies.domain import decision, measuring, outcomes, signal
from strategies.ledger.reading import COLUMNS
from strategies.receipts import Status

ENUMS: Mapping[str, tuple[str, ...]] = {
    "AlertChannelKind": CHANNEL_KINDS,
    "AlertComparison": COMPARISONS,
    "AlertEntityKind": ENTITY_KINDS,
    "AlertResolution": tuple(Because.values),
    "AlertSeverity": SEVERITIES,
    "AlertState": ALERT_STATES,
    "AppliedStatus": get_args(Status),
    "BookState": STATES,
    "ChangeAction": tuple(ChangeAction.values),
    "ChangeSource": tuple(Source.values),
    "EffectCut": tuple(spans.CUTS),
    "EffectLength": tuple(spans.LENGTHS),
    "EventKind": events.KINDS,
    "ExportKind": TABLES,
    "HaltDecision": DECISIONS,
    "HaltState": halts.STATES,
    "Layer": tuple(Layer),
    "LiquidityColumn": LIQUIDITY_COLUMNS,
    "MarketForm": FORMS,
    "MeasuredHolds": get_args(measuring.Holds),
    "MeasuredPurpose": get_args(measuring.Purpose),
    "NotLiveReason": tuple(REASONS),
    "OutcomeUnknown": tuple(outcomes.WHY),
    "ParameterType": tuple(ParameterType),
    "ProblemCode": tuple(ProblemCode),
    "ProcessState": PROCESS_STATES,
    "Resolution": tuple(RESOLUTIONS),
    "Scope": tuple(SCOPES),
    "SignalAction": get_args(decision.Action),
    "SignalState": signal.STATES,
    "SignalsBy": tuple(COLUMNS),
    "SilenceState": SILENCE_STATES,
    "SortField": SORT_FIELDS,
    "SortOrder": SORT_ORDERS,
    "StrategyId": tuple(CATALOGUE),
    "Timeframe": tuple(TIMEFRAMES),
    "TradeSide": get_args(decision.Side),
    "Trend": TRENDS,
}
"""Every enumeration there is, by its name for clients."""
NAMES = {frozenset(words): name for name, words in ENUMS.items()}
SPANS = {"1m": "MINUTES_1", "5m": "MINUTES_5", "15m": "MINUTES_15", "1h": "HOURS_1", "24h": "HOURS_24"}
"""What begins with a digit is no name in any language."""

EXAMPLES = frozenset({"example", "examples"})
OF_ENUMS = frozenset({"type", "enum", "x-spec-enum-id", "minLength"})

HEADERS: Mapping[str, str] = {
    "Content-Disposition": "The name to keep the file under.",
    "ETag": "Names what was answered, to be sent back: in If-None-Match, or with a change in If-Match.",
    "Retry-After": "After so many seconds it may be tried again.",
    "WWW-Authenticate": "How to identify oneself.",
    "Warning": "Begins with 110 while the database is away: this is what was known last.",
}
"""Every header of an answer that means something to a client, by its name."""
OF_A_STATUS: Mapping[str, tuple[str, ...]] = {
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}
"""Headers that belong to a status, whatever the address."""
SESSION: Schema = {"session": []}
SESSION_OF_OTHERS = "cookieAuth"
"""It is one, whichever class reads it, and has one name."""
MAY_BE_KEPT = frozenset({"config", "halts", "strategies"})
"""Tags of what is read from memory while the database is away."""


def named_enumerations(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """Each enumeration stands in a component of its own, by the name that ENUMS has for it."""
    used: set[str] = set()

    def named(part: Any) -> Any:
        if isinstance(part, list):
            return [named(each) for each in part]
        if not isinstance(part, dict):
            return part
        if not isinstance(part.get("enum"), list):
            return {key: value if key in EXAMPLES else named(value) for key, value in part.items()}
        name = _name_of(part["enum"])
        used.add(name)
        beside = {key: value for key, value in part.items() if key not in OF_ENUMS}
        return referring(COMPONENT.format(name=name), beside)

    named_result: Schema = named(result)
    schemas = named_result["components"]["schemas"]
    schemas.update({name: _enumeration(name) for name in used})
    named_result["components"]["schemas"] = dict(sorted(schemas.items()))
    return named_result


def _name_of(words: list[str]) -> str:
    name = NAMES.get(frozenset(words))
    if name is None:
        raise ImproperlyConfigured(f"The enumeration {words} has no name for clients in {__name__}.ENUMS.")
    return name


def _enumeration(name: str) -> Schema:
    words = ENUMS[name]
    names = [SPANS.get(word, word.upper().replace(" ", "_")) for word in words]
    return {"type": "string", "enum": list(words)} | (
        {} if all(map(str.isidentifier, words)) else {"x-enum-varnames": names}
    )


def named_headers(result: Schema, generator: Any, request: Any, public: bool) -> Schema:
    """Each header is described once. Where anybody may ask, that stands first: others are ways to be refused. The
    session has one name."""
    used: set[str] = set()
    for method, operation in _operations(result):
        ways = sorted(operation.get("security", []), key=bool)
        operation["security"] = [SESSION if SESSION_OF_OTHERS in way else way for way in ways]
        is_kept = method == "get" and not MAY_BE_KEPT.isdisjoint(operation["tags"])
        for status, response in operation["responses"].items():
            names = {*response.get("headers", ()), *OF_A_STATUS.get(status, ())}
            if is_kept and status == "200":
                names.add("Warning")
            if names:
                response["headers"] = {
                    name: {"$ref": f"#/components/headers/{name}"} for name in sorted(names)
                }
                used |= names
    result["components"]["securitySchemes"].pop(SESSION_OF_OTHERS, None)
    result["components"]["headers"] = {
        name: {"description": HEADERS[name], "schema": {"type": "string"}} for name in sorted(used)
    }
    return result


def _operations(result: Schema) -> Iterator[tuple[str, Schema]]:
    """Each with its method."""
    for path in result["paths"].values():
        yield from path.items()

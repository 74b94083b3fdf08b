"""REST: what is asked of the ledger."""

import math
from typing import Annotated, Any, TypedDict, cast, get_args

from drf_spectacular.utils import OpenApiResponse, extend_schema
from msgspec import Meta
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from configuration.api.shapes import Moment
from configuration.domain.catalogue import CATALOGUE
from metrics.answers.shapes import Problem
from metrics.api.base import REFUSED, MetricsView
from metrics.api.fields import DECIMAL, SymbolField, TimeField, WholeField, WordField, refused
from metrics.api.queries import MetricsQuery
from strategies.domain.decision import Action
from strategies.domain.signal import STATES, moment
from strategies.ledger.reading import COLUMNS, By, Choice, Group, Place, summary
from symbols import capitals, fault_of, stranger_in

ACTIONS: tuple[Action, ...] = get_args(Action)
LARGEST_VERSION = 2**31 - 1
LONGEST_PART = 32


class ConfidenceField(serializers.FloatField):
    """A number from 0 to 1, in plain ASCII digits."""

    def to_internal_value(self, data: Any) -> float:
        value = float(data) if DECIMAL.fullmatch(data) else math.nan
        if not 0 <= value <= 1:
            raise refused("must be a number from 0 to 1", data)
        return value


class PartField(serializers.CharField):
    """A part of the name of a symbol, in any case."""

    def to_internal_value(self, data: Any) -> Any:
        part = super().to_internal_value(data)
        if stranger_in(part) or len(part) > LONGEST_PART:
            raise serializers.ValidationError(f"must be part of {fault_of(part)}")
        return capitals(part)


class CursorField(serializers.CharField):
    """Where an earlier answer ended."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return Place.read(super().to_internal_value(data))
        except ValueError as error:
            raise refused("must be `next` of an earlier answer", data) from error


class ChosenSignalsQuery(MetricsQuery):
    """Which signals of the ledger are wanted."""

    strategy = WordField(tuple(CATALOGUE), required=False, help_text="Only of this strategy.")
    symbol = SymbolField(required=False, help_text="Only about this symbol, in any case.")
    state = WordField(STATES, required=False, help_text="Only those that were sent, for instance.")
    part = PartField(
        required=False, help_text="Only about symbols of whose name this is a part, in any case."
    )
    action = WordField(ACTIONS, required=False, help_text="Only of this side.")
    min_confidence = ConfidenceField(required=False, help_text="Only those at least so sure.")
    version = WholeField(
        required=False,
        min_value=0,
        max_value=LARGEST_VERSION,
        help_text="Only those decided under this version of a configuration.",
    )
    start = TimeField(required=False, help_text="Only those decided from then on.")
    end = TimeField(required=False, help_text="Only those decided before.")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        # `from` is a word of the language, so the fields cannot be declared under their public names.
        start, end = fields.pop("start"), fields.pop("end")
        return {**fields, "from": start, "to": end}


def choice_of(query: dict[str, Any]) -> Choice:
    """The choice of a query."""
    named = {name: query.get(name) for name in Choice._fields if name in query}
    return Choice(**named, start=query.get("from"), end=query.get("to"))


class SummaryQuery(ChosenSignalsQuery):
    by = WordField(tuple(COLUMNS), default="strategy", help_text="What signals of one row have in common.")


class SummaryRow(TypedDict):
    strategy_id: str
    symbol: Annotated[str | None, Meta(description="Where they are told apart by symbol.")]
    version: Annotated[int | None, Meta(description="Of the configuration, where they are told apart by it.")]
    hour: Annotated[
        Moment | None, Meta(description="When it began, where they are told apart by hour and side.")
    ]
    action: Annotated[str | None, Meta(description="Their side, where they are told apart by it.")]
    signals: int
    first: Moment
    last: Moment
    known: Annotated[dict[str, int], Meta(description="By span, of how many the outcome is known.")]
    mean_bps: Annotated[
        dict[str, float | None],
        Meta(description="By span, the mean of these outcomes; null where there are none."),
    ]


class SignalsSummary(TypedDict):
    by: By
    since: Annotated[
        Moment | None,
        Meta(description="Counted are those decided from then on; null where these are all of the choice."),
    ]
    signals: Annotated[int, Meta(description="Of all rows.")]
    rows: Annotated[
        list[SummaryRow],
        Meta(description="The most signals first, and of hours the newest; 1,000 rows at most."),
    ]


class SummaryView(MetricsView):
    query_class = SummaryQuery
    is_tagged = False

    @extend_schema(
        operation_id="summariseSignals",
        summary="How many signals there were, and how far prices moved their way afterwards",
        parameters=[SummaryQuery],
        responses={200: SignalsSummary, **REFUSED, 503: OpenApiResponse(Problem, "The database is away.")},
    )
    def get(self, request: Request) -> Response:
        """The signals of the ledger, counted by strategy, by strategy and symbol, by strategy and version of the
        configuration, or by strategy, hour (UTC) and side, with the mean of their outcomes 1, 5 and 15 minutes later,
        in basis points in the direction of each. `known` says of how many that is: outcomes that are null are left out.

        The newest 100,000 are looked through, of a symbol, else of a strategy, else of all, and `since` says how far
        back that was; with it as `to`, the next answer goes on from there.

        Example: `/api/v1/signals/summary?by=version&strategy=orderbook_skew&from=2026-11-23T00:00:00Z`
        """
        by = cast(By, self.query["by"])
        groups, since = summary(choice_of(self.query), by)
        body: SignalsSummary = {
            "by": by,
            "since": moment(since.timestamp()) if since else None,
            "signals": sum(group.signals for group in groups),
            "rows": [_row(group) for group in groups],
        }
        return Response(body)


def _row(group: Group) -> SummaryRow:
    times = {"first": group.first, "last": group.last, "hour": group.hour}
    told = {name: at and moment(at.timestamp()) for name, at in times.items()}
    return cast(SummaryRow, group._asdict() | told)

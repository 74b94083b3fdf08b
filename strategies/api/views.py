"""REST: the newest signals, and whether a configuration is in force in every process."""

from collections.abc import Callable
from typing import Any, get_args

from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
from redis.exceptions import RedisError
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from configuration.api import fields, shapes
from configuration.api.authentication import RememberedSession, RememberedToken, who_is_told_by
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer, refusal
from configuration.api.queries import LevelQuery
from configuration.domain.catalogue import CATALOGUE
from configuration.exceptions import StoreUnavailable
from configuration.permissions import VIEW
from metrics.api.base import MetricsView, answer_error
from metrics.api.fields import SymbolField, WholeField, WordField
from metrics.api.queries import MetricsQuery
from metrics.api.schemas import ProblemSerializer, QueryProblem
from strategies.answers import applied_row, signal_answer
from strategies.convergence import level_in_force
from strategies.domain.decision import Action, Side
from strategies.domain.signal import STATES
from strategies.keys import KEPT_SIGNALS
from strategies.reader import get_reader

STATUSES = ("applied", "pending", "rejected", "stale")


class AppliedShape(shapes.Shape):
    instance = serializers.CharField(help_text="Host, process id and partition.")
    version = serializers.IntegerField(allow_null=True, help_text="In use there.")
    hash = shapes.nullable_text("Names the parameter set in use there.")
    applied_at = shapes.moment("When it was taken into use.")
    lag_ms = serializers.IntegerField(
        allow_null=True, help_text="From saving to use; null where the process was not running then."
    )
    status = serializers.ChoiceField(STATUSES)
    reason = shapes.nullable_text("Why it was rejected, or what is the matter with the process.")


class AppliedQuery(LevelQuery):
    """Which level is asked about."""

    symbol = fields.symbol("A symbol; without it, the level of all symbols.")


class AppliedView(ConfigurationView):
    queries = {"GET": AppliedQuery}

    @extend_schema(
        operation_id="applied_config",
        summary="Is it in force in every running process?",
        parameters=[shapes.STRATEGY_ID, AppliedQuery],
        responses={200: shapes.envelope("Applied", AppliedShape(many=True)), **shapes.refused(400, 404)},
    )
    def get(self, request: Request, strategy_id: str) -> Response:
        """Every process that runs the strategy, with what it uses: `applied` (what the database says),
        `pending` (not yet), `rejected` (it refused the newest set, `reason` says why, and goes on with the one
        before) or `stale` (not heard for three seconds: dead, hanging or cut off). `metadata.converged` is
        true when there is a process and all of them have applied it.

        Example: `/api/v1/strategies/orderbook_skew/applied?symbol=BTCUSDT`
        """
        levels, symbol = self.level(strategy_id, self.query.get("symbol"))
        reader = get_reader()
        try:
            reports = reader.processes(strategy_id)
        except RedisError:
            return refusal("STORE_UNAVAILABLE", "The receipts cannot be read: Redis is away", None, 503)
        level = level_in_force(levels, symbol, reports, reader.clock())
        return answer([applied_row(row) for row in level.processes], {"converged": level.converged})


class SignalsQuery(MetricsQuery):
    strategy = WordField(tuple(CATALOGUE), required=False, help_text="Only of this strategy.")
    symbol = SymbolField(required=False, help_text="Only about this symbol, in any case.")
    state = WordField(STATES, required=False, help_text="Only those that were sent, say.")
    limit = WholeField(
        default=100, min_value=1, max_value=KEPT_SIGNALS, help_text="At most so many, the newest."
    )


class HaltedByShape(shapes.Shape):
    strategy_id = shapes.nullable_text("Null for all strategies.")
    symbol = shapes.nullable_text("Null for all symbols.")
    at = serializers.DateTimeField(help_text="Since when it is halted.")


class LegShape(shapes.Shape):
    venue = serializers.CharField()
    form = serializers.CharField(help_text="`spot`, or `usdm` for contracts.")
    action = serializers.ChoiceField(get_args(Side))
    price = serializers.FloatField()
    quantity = serializers.FloatField(help_text="In base units, the same in both legs.")


class SignalShape(shapes.Shape):
    """What tells one signal from another, and what became of it; beside it stands all that is published on NATS."""

    id = serializers.CharField()
    strategy_id = serializers.CharField()
    symbol = serializers.CharField()
    correlation_id = serializers.CharField(help_text="The same as `id`.")
    action = serializers.ChoiceField(
        get_args(Action),
        help_text="`hold`: of a gap between two other venues than `exchange`; it has neither target nor stop.",
    )
    exchange = serializers.CharField(
        required=False, help_text="Where the action is; only there where a signal has legs."
    )
    legs = LegShape(many=True, required=False, help_text="All trades that belong together.")
    rationale = serializers.CharField(help_text="Why it was decided: a sentence with the numbers.")
    timestamp = serializers.DateTimeField(help_text="When it was decided.")
    state = serializers.ChoiceField(
        STATES,
        help_text="`sent`: nothing held it back. `halted`: a halt did. `held_back`: it was too old when NATS was back.",
    )
    halted_by = HaltedByShape(
        allow_null=True, help_text="Of a halted one, the widest halt that covers it, where one was known."
    )


SIGNALS = inline_serializer(
    "Signals",
    {
        "count": serializers.IntegerField(),
        "signals": SignalShape(many=True),
        "kept_since": serializers.DateTimeField(
            required=False,
            help_text="There once older ones have been dropped: before this time, sent signals may be missing.",
        ),
    },
)


def answer_signals_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Like any of the metrics; but who somebody is may not be known without the database."""
    if isinstance(error, StoreUnavailable):
        return Response({"error": "Store unavailable", "message": str(error)}, status=503)
    return answer_error(error, context)


class SignalsView(MetricsView):
    query_class = SignalsQuery
    authentication_classes = [RememberedToken, RememberedSession]

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Whoever says who they are is looked up: they may see more."""
        return APIView.get_authenticators(self)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_signals_error

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, who_is_told_by())
        return response

    @extend_schema(
        operation_id="signals",
        summary="The newest signals of the strategies",
        parameters=[SignalsQuery],
        responses={
            200: SIGNALS,
            400: QueryProblem,
            503: OpenApiResponse(ProblemSerializer, "The store is away."),
        },
    )
    def get(self, request: Request) -> Response:
        """What the strategies have decided, the newest first: the last 1,000 of each, and besides the last 200 of
        each that a halt held back. `state` says what became of one, `halted_by` which halt held it back. What was
        held back has not left, and never will. `metadata` names the configuration (version and hash) and the book
        each was decided under; the parameters themselves are there for those who may see configuration.

        Example: `/api/v1/signals?strategy=orderbook_skew&symbol=BTCUSDT&state=sent&limit=10`
        """
        asked = self.query
        signals, kept_since = get_reader().signals_and_kept_since(
            strategy_id=asked.get("strategy"),
            symbol=asked.get("symbol"),
            state=asked.get("state"),
            limit=asked["limit"],
        )
        may_see = request.user.has_perm(VIEW)
        bodies = [signal_answer(signal, with_parameters=may_see) for signal in signals]
        body = {"count": len(bodies), "signals": bodies}
        return Response(body | ({"kept_since": kept_since} if kept_since else {}))

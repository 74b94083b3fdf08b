"""REST: halt and resume everything, a strategy, a symbol, or a strategy on one symbol."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from configuration.api import fields, shapes
from configuration.api.base import ConfigurationView
from configuration.api.bodies import Body
from configuration.api.envelope import answer
from configuration.permissions import HALT, RESUME
from database.deadline import at_most
from halts import landing, services
from halts.domain import REASON_LENGTH, STATES, Halts, Scope
from halts.landing import DATABASE_SECONDS
from halts.reading import in_force_after
from halts.without_database import Outcome


class Reason(Body):
    """Why; without a reason nothing is halted or resumed."""

    reason = fields.Text(max_length=REASON_LENGTH, help_text="Why; it stands in the log.")
    changed_by = fields.changed_by()


class ReasonAndSymbol(Reason):
    """Where no strategy is named, the body may name a symbol."""

    symbol = fields.symbol(
        "Only signals about this symbol, of all strategies; null or absent for everything."
    )


class HaltShape(shapes.Shape):
    strategy_id = shapes.nullable_text("Null for all strategies.")
    symbol = shapes.nullable_text("Null for all symbols.")
    reason = serializers.CharField()
    actor = serializers.CharField()
    at = serializers.DateTimeField()


class StateShape(shapes.Shape):
    strategy_id = shapes.nullable_text("Null for all strategies.")
    symbol = shapes.nullable_text("Null for all symbols.")
    state = serializers.ChoiceField(STATES)
    halted_by = HaltShape(many=True, help_text="Every halt that covers this, the widest first.")


EXAMPLE = OpenApiExample("Stop the signals", {"reason": "exchange maintenance"}, request_only=True)
ANSWER = {200: shapes.envelope("State", StateShape())}
"""Halting answers with 202, and the same, where the database did not take it in time."""


def described(operation: str, summary: str, *parameters: Any, body: type[Body] = Reason) -> Any:
    """The documentation of one address; a symbol or a strategy in it may be unknown."""
    return extend_schema_view(
        post=extend_schema(
            operation_id=operation,
            summary=summary,
            parameters=list(parameters),
            request=body,
            responses={**ANSWER, **shapes.refused(400, 404, 415)},
            examples=[EXAMPLE],
        )
    )


def state_in_force(scope: Scope, halts: Halts) -> dict[str, Any]:
    """The state of a scope, and the halts behind it."""
    covering = halts.covering(*scope)
    return {
        "strategy_id": scope.strategy_id or None,
        "symbol": scope.symbol or None,
        "state": "HALTED" if covering else "ACTIVE",
        "halted_by": [
            {
                "strategy_id": record.strategy_id or None,
                "symbol": record.symbol or None,
                "reason": record.reason,
                "actor": record.actor,
                "at": datetime.fromtimestamp(record.at, UTC),
            }
            for record in covering
        ],
    }


def landed(scope: Scope, outcome: Outcome) -> Response:
    """200 where the halt is on record; 202 where it is obeyed, or will be, and goes on record later."""
    if outcome.is_on_record:
        return answer(state_in_force(scope, in_force_after(outcome.record)), {"action": "halted"})
    confirmed = landing.confirmed_by(outcome.record)
    metadata = {"action": "halted", "ways": outcome.ways, "confirmed_by": confirmed}
    response = answer(state_in_force(scope, in_force_after(outcome.record)), metadata)
    response.status_code = HTTPStatus.ACCEPTED
    return response


class HaltView(ConfigurationView):
    """Base of the addresses that halt."""

    permissions_by_method = {"POST": (HALT,)}
    throttle_classes = []  # a halt must never be too many
    lands_without_database = True
    body: type[Body] = Reason

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with at_most(DATABASE_SECONDS):  # who it is, and the record
            return super().dispatch(request, *args, **kwargs)

    def post(self, request: Request, strategy_id: str | None = None, symbol: str | None = None) -> Response:
        """From now on no signal of the scope leaves; strategies go on evaluating, so that nothing has to warm
        up when they are resumed. Processes obey within a second. `halted_by` names every halt that holds.
        Where the database does not take it within two seconds it is said on NATS and in the file of the machine:
        202, with the `ways` it took and the processes that obey by then (`confirmed_by`) in `metadata`. It goes
        on record when the database is back.

        Example: `POST /api/v1/strategies/orderbook_skew/halt` with `{"reason": "exchange maintenance"}`
        """
        said = self.body.of(request)
        scope = services.scope_of(strategy_id, said.get("symbol", symbol))
        return landed(scope, landing.halt(scope, author=self.author(said)))


class ResumeView(ConfigurationView):
    """Base of the addresses that resume."""

    permissions_by_method = {"POST": (RESUME,)}
    throttle_classes = []
    body: type[Body] = Reason

    def post(self, request: Request, strategy_id: str | None = None, symbol: str | None = None) -> Response:
        """Lifts the halt of exactly this scope. One that covers more goes on holding: then `state` is still
        HALTED, and `halted_by` says why. Resuming needs a permission of its own.

        Example: `POST /api/v1/strategies/orderbook_skew/resume` with `{"reason": "exchange is back"}`
        """
        said = self.body.of(request)
        scope = services.scope_of(strategy_id, said.get("symbol", symbol))
        record = services.resume(scope, author=self.author(said))
        if record is None:
            return answer(state_in_force(scope, services.in_force()), {"action": "unchanged"})
        return answer(state_in_force(scope, in_force_after(record)), {"action": "resumed"})


ONE = shapes.STRATEGY_ID
BOTH = (shapes.STRATEGY_ID, shapes.SYMBOL)


@described("halt_all", "Let no signal of any strategy leave", body=ReasonAndSymbol)
class HaltAllView(HaltView):
    """Everything, or one symbol over all strategies."""

    body = ReasonAndSymbol


@described("halt_strategy", "Let no signal of a strategy leave", ONE)
class HaltStrategyView(HaltView):
    """One strategy."""


@described("halt_symbol", "Let no signal of a strategy about one symbol leave", *BOTH)
class HaltSymbolView(HaltView):
    """One strategy on one symbol."""


@described("resume_all", "Lift the halt of all strategies", body=ReasonAndSymbol)
class ResumeAllView(ResumeView):
    """Everything, or one symbol over all strategies."""

    body = ReasonAndSymbol


@described("resume_strategy", "Lift the halt of a strategy", ONE)
class ResumeStrategyView(ResumeView):
    """One strategy."""


@described("resume_symbol", "Lift the halt of a strategy about one symbol", *BOTH)
class ResumeSymbolView(ResumeView):
    """One strategy on one symbol."""

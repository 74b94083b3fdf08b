"""REST: the newest signals, and whether a configuration is in force in every process."""

from collections.abc import Callable
from typing import Annotated, Any, NotRequired, TypedDict

from django.conf import settings
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiResponse, extend_schema
from msgspec import Meta
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from configuration.addressing import address
from configuration.api import fields, shapes
from configuration.api.authentication import RememberedSession, RememberedToken, identifying_headers
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer, refusal
from configuration.api.queries import LevelQuery
from configuration.exceptions import StoreUnavailable
from configuration.permissions import VIEW
from metrics.answers.liquidity import liquidity_answer
from metrics.answers.liquidity_shapes import LiquidityNow
from metrics.answers.shapes import Problem
from metrics.api.base import REFUSED, MetricsView, answer_error, unavailable
from metrics.api.fields import WholeField
from metrics.store.reader import get_reader as get_store_reader
from strategies.answers import AppliedItem, applied_row, signal_answer
from strategies.api.ledger import ChosenSignalsQuery, CursorField, choice_of
from strategies.api.measured import MeasuredHour, measured_answer
from strategies.convergence import level_in_force
from strategies.domain.evaluators import EVALUATORS
from strategies.domain.measurements import ALL
from strategies.domain.measuring import Measuring
from strategies.domain.signal import KeptSignal
from strategies.keys import KEPT_SIGNALS
from strategies.ledger.reading import page
from strategies.measured_reader import get_measured_reader
from strategies.reader import get_reader


class AppliedQuery(LevelQuery):
    """Which level is asked about."""

    symbol = fields.symbol("A symbol; without it, the level of all symbols.")


class AppliedView(ConfigurationView):
    queries = {"GET": AppliedQuery}

    @extend_schema(
        operation_id="getAppliedConfig",
        summary="Is it in force in every running process?",
        parameters=[shapes.STRATEGY_ID, AppliedQuery],
        responses={200: shapes.envelope("Applied", list[AppliedItem]), **shapes.refused(400, 404)},
    )
    def get(self, request: Request, strategy_id: str) -> Response:
        """Every process that runs the strategy, with what it uses: `applied` (what the database holds),
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


class MeasuredView(ConfigurationView):
    queries = {"GET": AppliedQuery}

    @extend_schema(
        operation_id="getMeasured",
        summary="What the market brought in the last hour, beside each parameter that is held against it",
        parameters=[shapes.STRATEGY_ID, AppliedQuery],
        responses={200: shapes.envelope("Measured", MeasuredHour), **shapes.refused(400, 404)},
    )
    def get(self, request: Request, strategy_id: str) -> Response:
        """How the quantities that a strategy compares with its parameters were distributed in the last hour, of one
        symbol and of all together, as its processes measured them under the configuration in force: of each symbol
        every three seconds at most. Use it before setting a threshold, to see how often it would have been passed.
        Counts come in buckets; whether none or all lay beyond a value `lowest` and `highest` say exactly. Where a
        strategy has positions, `position` says what those of several sizes cost now.

        Example: `/api/v1/strategies/orderbook_skew/measured?symbol=BTCUSDT`
        """
        strategy_id, symbol = address(strategy_id, self.query.get("symbol"))
        evaluator = EVALUATORS[strategy_id]
        reader, names = get_measured_reader(), [ALL, symbol] if symbol else [ALL]
        try:
            found = reader.last_hour(strategy_id, *names) if evaluator.measuring else {}
            book = _book_for_positions(evaluator.measuring, symbol)
        except RedisError:
            return refusal("STORE_UNAVAILABLE", "What was measured cannot be read: Redis is away", None, 503)
        return answer(measured_answer(evaluator, symbol, found, reader.clock(), book))


def _book_for_positions(measuring: Measuring | None, symbol: str | None) -> LiquidityNow | None:
    """What positions cost in the followed market; None where that is not asked, or no book is known."""
    if measuring is None or measuring.position is None or symbol is None:
        return None
    return liquidity_answer(get_store_reader(), symbol, measuring.position.sizes, ())


class SignalsQuery(ChosenSignalsQuery):
    cursor = CursorField(required=False, help_text="Older ones than an earlier answer had: its `next`.")
    limit = WholeField(
        default=100, min_value=1, max_value=KEPT_SIGNALS, help_text="At most so many, the newest."
    )


LIVE = frozenset({"strategy", "symbol", "state", "limit"})
"""What the newest signals can be asked by without the database."""


class Signals(TypedDict):
    count: int
    signals: list[KeptSignal]
    kept_since: NotRequired[
        Annotated[
            str,
            Meta(
                description="There once older ones have been dropped: before this time, sent signals may be missing.",
                extra_json_schema={"format": "date-time"},
            ),
        ]
    ]
    next: NotRequired[
        Annotated[
            str,
            Meta(description="Of the ledger, where older ones follow: the `cursor` to ask for them with."),
        ]
    ]


WHO_ASKS: Any = [*([] if settings.METRICS_REQUIRE_LOGIN else [{}]), {"token": []}, {"session": []}]
"""Anybody; who may see configuration is shown more."""


def answer_signals_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """Like any of the metrics; but who somebody is may not be known without the database."""
    if isinstance(error, StoreUnavailable):
        return unavailable("Store unavailable", str(error))
    return answer_error(error, context)


class SignalsView(MetricsView):
    query_class = SignalsQuery
    authentication_classes = [RememberedToken, RememberedSession]

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Whoever identifies himself is looked up: they may see more."""
        return APIView.get_authenticators(self)

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_signals_error

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, identifying_headers())
        return response

    @extend_schema(
        operation_id="listSignals",
        auth=WHO_ASKS,
        summary="The newest signals of the strategies",
        parameters=[SignalsQuery],
        responses={
            200: Signals,
            **REFUSED,
            401: OpenApiResponse(shapes.ErrorAnswer, "A token or a session that is none."),
            503: OpenApiResponse(Problem, "The store is away, or the database where it is asked."),
        },
    )
    def get(self, request: Request) -> Response:
        """What the strategies have decided, the newest first: the last 1,000 of each, and besides the last 200 of
        each that a halt held back. `state` is what became of one, `halted_by` the halt that held it back. What was
        held back has not left, and never will. `metadata` names the configuration (version and hash) and the book
        each was decided under; the parameters themselves are there for those who may see configuration.

        Asked by anything but `strategy`, `symbol` and `state`, as by `from` or a `cursor`, it is the ledger that
        answers, about a second later: it has all signals of `SIGNALS_DAYS` days, page by page, each with `market`, the
        book when it was decided, and `outcome`, how far the mid price had moved its way 1, 5 and 15 minutes later, or
        why that is `unknown`.

        Example: `/api/v1/signals?strategy=orderbook_skew&symbol=BTCUSDT&state=sent&limit=10`
        """
        asked = self.query
        if asked.keys() <= LIVE:
            signals, more = self._newest(asked)
        else:
            signals, behind = page(choice_of(asked), asked.get("cursor"), asked["limit"])
            more = {"next": behind.text} if behind else {}
        may_see = request.user.has_perm(VIEW)
        bodies = [signal_answer(signal, with_parameters=may_see) for signal in signals]
        return Response({"count": len(bodies), "signals": bodies} | more)

    def _newest(self, asked: dict[str, Any]) -> tuple[list[KeptSignal], dict[str, str]]:
        """Of the lists that the processes keep; and what an answer with them says more."""
        signals, kept_since = get_reader().signals_and_kept_since(
            strategy_id=asked.get("strategy"),
            symbol=asked.get("symbol"),
            state=asked.get("state"),
            limit=asked["limit"],
        )
        return signals, {"kept_since": kept_since} if kept_since else {}

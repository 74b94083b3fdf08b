"""REST: halt and resume everything, a strategy, a symbol, or a strategy on one symbol."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)
from msgspec import Meta
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from configuration.api import fields, shapes
from configuration.api.base import ConfigurationView
from configuration.api.bodies import RequestBody
from configuration.api.envelope import answer
from configuration.permissions import HALT, RESUME
from database.deadline import at_most
from halts import landing, services
from halts.api.answers import ScopeState, halt_answer, states_in_force, still_halted
from halts.domain import MOST_AT_ONCE, REASON_LENGTH
from halts.known import require_known
from halts.landing import DATABASE_SECONDS
from halts.reading import in_force_after
from halts.without_database import Outcome


class Reason(RequestBody):
    """Why; without a reason nothing is halted or resumed."""

    reason = fields.Text(max_length=REASON_LENGTH, help_text="Why; it stands in the log.")
    changed_by = fields.changed_by()


class ReasonAndSymbols(Reason):
    """Where no strategy is named, the body may name a symbol, or several."""

    symbol = fields.symbol(
        "Only signals about this symbol, of all strategies; null or absent for everything."
    )
    symbols = fields.TextList(
        MOST_AT_ONCE,
        required=False,
        help_text="Each of these symbols, all at once or none; instead of `symbol`.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("symbol") is not None and "symbols" in attrs:
            sentence = "of symbol and symbols only one may be given"
            raise serializers.ValidationError(dict.fromkeys(("symbol", "symbols"), sentence))
        return attrs


def confirmation() -> fields.Flag:
    return fields.Flag(default=False, help_text="Halt a symbol although nobody has heard of it.")


class HaltOfSymbols(ReasonAndSymbols):
    """A halt of symbols may be of some that nobody knows."""

    confirm_unknown = confirmation()


class HaltOfSymbol(Reason):
    """So may one of the symbol in the path."""

    confirm_unknown = confirmation()


HALT_EXAMPLE = OpenApiExample("Stop the signals", {"reason": "exchange maintenance"}, request_only=True)
RESUME_EXAMPLE = OpenApiExample("Let them leave again", {"reason": "exchange is back"}, request_only=True)
ANSWER = {200: shapes.envelope("State", ScopeState)}
ANSWERS = {
    200: shapes.envelope(
        "States",
        Annotated[
            ScopeState | list[ScopeState],
            Meta(description="The state; of `symbols` the state of each, in their order."),
        ],
    )
}
NOT_YET = (
    "Halted: it is acknowledged, or will be, and goes on record later. `metadata` names the `ways` it took."
)
HALTED = {**ANSWER, 202: OpenApiResponse(ANSWER[200], NOT_YET)}
ALL_HALTED = {**ANSWERS, 202: OpenApiResponse(ANSWERS[200], NOT_YET)}
UNKNOWN_SYMBOL = {
    409: OpenApiResponse(
        shapes.ErrorAnswer,
        "UNKNOWN_SYMBOL: nobody has heard of the symbol, which may be misspelt: nothing is halted. `details` names "
        "the `nearest` names; `confirm_unknown` halts it all the same. Asked only while a feed is heard.",
    )
}


def described(
    operation: str,
    summary: str,
    *parameters: Any,
    body: type[RequestBody] = Reason,
    answers: Mapping[int, Any] = ANSWER,
    example: OpenApiExample = RESUME_EXAMPLE,
) -> Any:
    """The documentation of one address; a symbol or a strategy in it may be unknown."""
    return extend_schema_view(
        post=extend_schema(
            operation_id=operation,
            summary=summary,
            parameters=list(parameters),
            request=body,
            responses={**answers, **shapes.refused(400, 404, 415)},
            examples=[example],
        )
    )


def landed(outcome: Outcome, *, is_listed: bool = False) -> Response:
    """200 where the halt is on record; 202 where it is applied, or will be, and goes on record later."""
    metadata = metadata_of(outcome, is_listed)
    if not outcome.is_on_record:
        metadata |= {"ways": outcome.ways, "confirmed_by": landing.confirmed_by(outcome.records)}
    halts = in_force_after(outcome.records)
    response = answer(states_in_force([each.scope for each in outcome.records], halts, is_listed), metadata)
    if not outcome.is_on_record:
        response.status_code = HTTPStatus.ACCEPTED
    return response


def metadata_of(outcome: Outcome, is_listed: bool) -> dict[str, Any]:
    """What the halt changed: nothing where all of it was halted already for this reason; `replaced` are the halts
    whose reason is another one now."""
    found = [(record, before) for record in outcome.records if (before := outcome.before.get(record.scope))]
    same = [record for record, before in found if record.reason == before.reason]
    metadata: dict[str, Any] = {"action": "unchanged" if len(same) == len(outcome.records) else "halted"}
    if is_listed and same:
        metadata["unchanged"] = [record.symbol for record in same]
    if replaced := [halt_answer(before) for record, before in found if record.reason != before.reason]:
        metadata["replaced"] = replaced
    return metadata


def symbols_in(body: Mapping[str, Any], symbol: str | None) -> list[str]:
    """Those the body names, or the path; none for all."""
    named = body.get("symbol", symbol)
    return body.get("symbols") or ([named] if named else [])


class HaltView(ConfigurationView):
    """Base of the addresses that halt."""

    permissions_by_method = {"POST": (HALT,)}
    throttle_classes = []  # a halt must never be too many
    body: type[RequestBody] = Reason

    def lands_without_database(self, request: Request) -> bool:
        """Who was known lately may halt while nobody can be looked up."""
        return True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with at_most(DATABASE_SECONDS):  # who it is, and the record
            return super().dispatch(request, *args, **kwargs)

    def post(self, request: Request, strategy_id: str | None = None, symbol: str | None = None) -> Response:
        """From now on no signal of the scope is sent; strategies go on evaluating, so that nothing has to warm
        up when they are resumed. Processes apply it within a second. `halted_by` names every halt that holds.
        Where the database does not take it within two seconds it is published on NATS and written to the file of the
        machine: 202, with the `ways` it took and the processes that apply it by then (`confirmed_by`) in `metadata`.
        It goes on record when the database is back.

        What is halted already stays so, since then: another reason replaces the one that held, which `metadata`
        has as `replaced`; the same reason changes nothing, and `action` is `unchanged` (of `symbols` those are
        named as `unchanged`).

        A symbol that nobody has heard of (no market, no values of its own, no signal) is refused with the nearest
        names unless `confirm_unknown` says that it is meant; while no feed is heard every symbol is taken.

        Example: `POST /api/v1/strategies/orderbook_skew/halt` with `{"reason": "exchange maintenance"}`
        """
        body = self.body.of(request)
        scopes = services.scopes_of(strategy_id, symbols_in(body, symbol))
        author = self.author(body)
        if not body.get("confirm_unknown"):
            require_known(scopes)
        return landed(landing.halt(scopes, author=author), is_listed="symbols" in body)


class ResumeView(ConfigurationView):
    """Base of the addresses that resume."""

    permissions_by_method = {"POST": (RESUME,)}
    throttle_classes = []
    body: type[RequestBody] = Reason

    def post(self, request: Request, strategy_id: str | None = None, symbol: str | None = None) -> Response:
        """Lifts the halt of exactly this scope. One that covers more goes on holding: then `state` is still
        HALTED, and `halted_by` says why. In `metadata`, `still_halted` lists every halt that still holds back
        signals of this scope, of parts of it, too. Resuming needs a permission of its own. Of `symbols` those
        without a halt of their own are named in `metadata` as `unchanged`.

        Example: `POST /api/v1/strategies/orderbook_skew/resume` with `{"reason": "exchange is back"}`
        """
        body = self.body.of(request)
        scopes = services.scopes_of(strategy_id, symbols_in(body, symbol))
        records = services.resume_all(scopes, author=self.author(body))
        halts = in_force_after(records) if records else services.in_force()
        metadata: dict[str, Any] = {
            "action": "resumed" if records else "unchanged",
            "still_halted": still_halted(scopes, halts),
        }
        if "symbols" in body:
            resumed = {record.scope for record in records}
            metadata["unchanged"] = [scope.symbol for scope in scopes if scope not in resumed]
        return answer(states_in_force(scopes, halts, "symbols" in body), metadata)


ONE = shapes.STRATEGY_ID
BOTH = (shapes.STRATEGY_ID, shapes.SYMBOL)


@described(
    "haltAll",
    "Halt the signals of all strategies",
    body=HaltOfSymbols,
    answers={**ALL_HALTED, **UNKNOWN_SYMBOL},
    example=HALT_EXAMPLE,
)
class HaltAllView(HaltView):
    """Everything, or some symbols over all strategies."""

    body = HaltOfSymbols


@described("haltStrategy", "Halt the signals of a strategy", ONE, answers=HALTED, example=HALT_EXAMPLE)
class HaltStrategyView(HaltView):
    """One strategy."""


@described(
    "haltSymbol",
    "Halt the signals of a strategy about one symbol",
    *BOTH,
    body=HaltOfSymbol,
    answers={**HALTED, **UNKNOWN_SYMBOL},
    example=HALT_EXAMPLE,
)
class HaltSymbolView(HaltView):
    """One strategy on one symbol."""

    body = HaltOfSymbol


@described("resumeAll", "Lift the halt of all strategies", body=ReasonAndSymbols, answers=ANSWERS)
class ResumeAllView(ResumeView):
    """Everything, or some symbols over all strategies."""

    body = ReasonAndSymbols


@described("resumeStrategy", "Lift the halt of a strategy", ONE)
class ResumeStrategyView(ResumeView):
    """One strategy."""


@described("resumeSymbol", "Lift the halt of a strategy about one symbol", *BOTH)
class ResumeSymbolView(ResumeView):
    """One strategy on one symbol."""

"""REST: a question, and what comes of it, line by line as it comes."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from configuration.api import fields, shapes
from configuration.api.base import ConfigurationView
from configuration.api.bodies import ParametersBody
from configuration.api.envelope import answer, refusal
from configuration.api.fields import Flag, Members, problem
from configuration.exceptions import ValidationFailed
from configuration.permissions import VIEW
from configuration.previews import preview
from messaging.bus import NOT_REACHED, reached
from rest.streamed import NoPlace, Streamed
from what_if.domain.answer import Refusal
from what_if.domain.question import EVER, MOST_VALUES, CannotBeJudged, Question, Sweep
from what_if.jobs import asked
from what_if.recordings import Recorded, listed, named

AT_ONCE = 8
"""Of a web process: each holds a connection to NATS for as long as it takes."""
USUAL_MINUTES = 15.0
MOST_MINUTES = 7 * 24 * 60.0
LINES = "text/x-ndjson"
"""No type is registered for them; generators of clients read those that begin with `text`."""
_places = BoundedSemaphore(AT_ONCE)


class WhatIfBody(ParametersBody):
    """Values that may be set one day, and of which part of the past is asked what they would have done."""

    parameters = fields.parameters()
    replace = Flag(
        default=False, help_text="The parameters become the whole level instead of being merged into it."
    )
    minutes = fields.Number(required=False, help_text="So many, until `to`; default 15.")
    recording = fields.Text(
        required=False,
        max_length=200,
        help_text="In place of the journal: the name of a recording, or a pattern such as `binance*_20261128T*` for "
        "several that are merged. All of it, or what lies between `from` and `to`.",
    )
    sweep = Members(required=False, help_text="`parameter`, and the `values` it is tried with, up to 20.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return attrs if "sweep" in attrs else super().validate(attrs)

    def get_fields(self) -> Any:
        moments = {
            "from": fields.Moment(required=False, help_text="The beginning, in place of `minutes`."),
            "to": fields.Moment(required=False, help_text="The end, not included; default now."),
        }
        return super().get_fields() | moments


def span_of(body: dict[str, Any], now: float) -> tuple[float, float]:
    """Seconds since the epoch; raises ValidationFailed where nothing can lie between."""
    if "recording" in body and "minutes" in body:
        raise ValidationFailed(
            [problem("minutes", "must be left out with a recording, which takes from and to")]
        )
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


def sweep_of(body: dict[str, Any]) -> Sweep | None:
    """The sweep that is asked for; raises ValidationFailed."""
    if (given := body.get("sweep")) is None:
        return None
    try:
        sweep = msgspec.convert(given, Sweep)
    except msgspec.ValidationError as error:
        raise ValidationFailed([problem("sweep", f"has a parameter and values: {error}")]) from error
    if not 1 <= len(sweep.values) <= MOST_VALUES:
        raise ValidationFailed(
            [problem("sweep", f"must have 1 to {MOST_VALUES} values, got {len(sweep.values)}")]
        )
    return sweep


async def told(question: Question) -> AsyncGenerator[bytes]:
    """Every line of an answer; who leaves early ends the work on it."""
    try:
        async with (
            reached(settings.NATS_URL, "what-if") as connection,
            aclosing(asked(connection, settings.NATS_TOPIC_WHAT_IF, question)) as lines,
        ):
            async for line in lines:
                yield msgspec.json.encode(line) + b"\n"
    except NOT_REACHED:
        sentence = "NATS is away: nobody can be asked."
        yield msgspec.json.encode(Refusal(sentence=sentence)) + b"\n"


class WhatIfView(ConfigurationView):
    permissions_by_method = {"POST": (VIEW,)}
    throttle_classes = []

    def only_judges(self, request: Request) -> bool:
        return True

    @extend_schema(
        operation_id="askGlobalWhatIf",
        summary="What a change would have done",
        parameters=[shapes.STRATEGY_ID],
        request=WhatIfBody,
        responses={
            (200, LINES): OpenApiResponse(
                str, "JSON lines; the last one is the answer, or a refusal in a sentence."
            ),
            **shapes.refused(400, 404, 415),
        },
        examples=[
            OpenApiExample(
                "A threshold", {"parameters": {"buy_threshold": 1.6}, "minutes": 15}, request_only=True
            )
        ],
    )
    def post(self, request: Request, strategy_id: str, symbol: str | None = None) -> HttpResponseBase:
        """The strategy once more over what the journal of the market holds, with what was in force at each moment and
        with what is proposed; or over a `recording`, of whose time what is in force now stands for what was. Nothing is
        written, and nothing live is touched. Lines of `kind` `progress` say how far it has come; the last one is an
        `answer` (signals kept, gone, new, changed and moved, and what became of prices after them), a `sweep`, or a
        `refusal` with the `sentence` that says why there is none. Who closes the connection ends it.

        Example: `{"parameters": {"buy_threshold": 1.6}, "minutes": 15}`
        """
        body = WhatIfBody.of(request)
        levels, symbol = self.level(strategy_id, symbol)
        sweep, (since, until) = sweep_of(body), span_of(body, time.time())
        recording = recording_of(body)
        for parameters in _proposals(body["parameters"], sweep):
            seen = preview(levels, symbol, parameters, replace=body["replace"])
            if seen.problems:
                raise ValidationFailed(seen.problems)
        question = Question(
            strategy_id=levels.spec.strategy_id,
            symbol=symbol,
            parameters=body["parameters"],
            replace=body["replace"],
            since=since,
            until=until,
            sweep=sweep,
            recording=recording,
        )
        try:
            lines = Streamed(_places, LINES)
        except NoPlace:
            sentence = f"{AT_ONCE} such questions are under way, and no more run at a time"
            return refusal("TOO_MANY", sentence, None, HTTPStatus.SERVICE_UNAVAILABLE)
        lines.streaming_content = told(question)
        lines["X-Accel-Buffering"] = "no"  # a proxy in front passes each line on
        return lines

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        """Lines have no envelope."""
        return APIView.finalize_response(self, request, response, *args, **kwargs)


def _proposals(parameters: dict[str, Any], sweep: Sweep | None) -> list[dict[str, Any]]:
    return [{**parameters, sweep.parameter: value} for value in sweep.values] if sweep else [parameters]


@extend_schema_view(
    post=extend_schema(
        operation_id="askSymbolWhatIf",
        summary="What a change of one symbol's level would have done",
        parameters=[shapes.STRATEGY_ID, shapes.SYMBOL],
    )
)
class SymbolWhatIfView(WhatIfView):
    """The same at the level of one symbol."""


class RecordingsView(ConfigurationView):
    @extend_schema(
        operation_id="listRecordings",
        summary="The recordings that what-ifs may be about",
        responses={200: shapes.envelope("Recordings", list[Recorded]), **shapes.refused()},
    )
    def get(self, request: Request) -> Response:
        """Those in the directory that `WHAT_IF_RECORDINGS` names, the last written first, up to 100: from when to when
        frames arrived, and bytes on disk. Where no directory is named there are none.

        Example: `/api/v1/what-if/recordings`
        """
        try:
            return answer(listed())
        except CannotBeJudged as why:
            return refusal("RECORDINGS_UNAVAILABLE", str(why), None, HTTPStatus.SERVICE_UNAVAILABLE)

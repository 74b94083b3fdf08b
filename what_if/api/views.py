"""REST: a question, and what comes of it, line by line as it comes."""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

import msgspec
from django.conf import settings
from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from configuration.api import shapes
from configuration.api.base import ConfigurationView
from configuration.api.envelope import answer, refusal
from configuration.exceptions import ValidationFailed
from configuration.permissions import VIEW
from configuration.previews import preview
from messaging.bus import NOT_REACHED, reached
from rest.streamed import NoPlace, Streamed
from rest.unavailable import RETRY_AFTER_SECONDS
from what_if.api.bodies import WhatIfBody, recording_of, span_of
from what_if.api.places import AT_ONCE, OF_ONE, Places, TooManyOfOne
from what_if.domain.answer import Refusal
from what_if.domain.question import CannotBeJudged, Question, Sweep
from what_if.jobs import asked
from what_if.recordings import Recorded, listed

LINES = "text/x-ndjson"
"""No type is registered for them; generators of clients read those that begin with `text`."""
OF_THIS_ACCOUNT = (
    f"{OF_ONE} of your questions are under way, and no account has more at a time: ask again when one is over"
)
FULL = f"{AT_ONCE} such questions are under way, and no more run at a time: try again in a few seconds"
_places = Places()


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
            429: OpenApiResponse(
                shapes.ErrorAnswer, f"THROTTLED: {OF_ONE} questions of the account are under way already."
            ),
            503: OpenApiResponse(
                shapes.ErrorAnswer, f"TOO_MANY: {AT_ONCE} questions of all are under way; STORE_UNAVAILABLE."
            ),
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
        sweep, (since, until) = body.get("sweep"), span_of(body, time.time())
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
            lines = Streamed(_places.of(request.user.pk), LINES)
        except TooManyOfOne:
            return _come_again("THROTTLED", OF_THIS_ACCOUNT, HTTPStatus.TOO_MANY_REQUESTS)
        except NoPlace:
            return _come_again("TOO_MANY", FULL, HTTPStatus.SERVICE_UNAVAILABLE)
        lines.streaming_content = told(question)
        lines["X-Accel-Buffering"] = "no"  # a proxy in front passes each line on
        return lines

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        """Lines have no envelope."""
        return APIView.finalize_response(self, request, response, *args, **kwargs)


def _come_again(code: str, sentence: str, status: HTTPStatus) -> Response:
    response = refusal(code, sentence, None, status)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


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

"""What every address of the metrics shares: who may read, how a query is taken, and how errors are answered."""

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.db import Error as DatabaseError
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import NotAcceptable, PermissionDenied
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from login.models import may_read_metrics
from metrics.answers.shapes import NoFeedProblem, Problem, QueryProblem
from metrics.api.queries import MetricsQuery
from metrics.exceptions import MetricsError
from metrics.store.reader import StoreReader, get_reader
from rest.entity_tags import tagged
from rest.refusals import WHO_ASKS, ErrorAnswer, refusal_body
from rest.unavailable import RETRY_AFTER_SECONDS

READS = "metrics"
"""The scope of tokens that read here."""
ERRORS = {
    404: OpenApiResponse(Problem, "Unknown symbol, or its numbers are too old to show."),
    503: OpenApiResponse(NoFeedProblem, "No feed is running, or the store is away."),
}

REFUSED = {
    400: OpenApiResponse(QueryProblem, "A query parameter that is none, or has a value it cannot have."),
    401: OpenApiResponse(
        ErrorAnswer,
        "No valid session or token."
        if settings.METRICS_REQUIRE_LOGIN
        else "A token that is revoked, expired or none. Without any the answer is everybody's.",
    ),
}
"""What any address may answer."""
UNCHANGED = {
    304: OpenApiResponse(description="As it was when it had the tag of If-None-Match, but for ages."),
    **REFUSED,
}
TAGS = [
    OpenApiParameter(
        "If-None-Match",
        location=OpenApiParameter.HEADER,
        description="The ETag of an answer one has: 304 without a body while nothing but ages has changed.",
    ),
    OpenApiParameter("ETag", location=OpenApiParameter.HEADER, response=[200, 304]),
]


class MayReadMetrics(BasePermission):
    """Whoever is known, and a token that was made for it."""

    message = f"This token was not made for it: it takes the scope {READS} (read metrics and signals)."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return may_read_metrics(request.user)


class AlwaysAnswer(DefaultContentNegotiation):
    """JSON to whoever accepts nothing we have: a body they can read is better than a 406."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type


class MetricsView(APIView):
    """Base: who may read, and how errors are answered."""

    content_negotiation_class = AlwaysAnswer
    throttle_classes = []
    query_class: ClassVar[type[MetricsQuery]] = MetricsQuery
    """What is taken in the query; `query` holds what was said."""
    is_tagged: ClassVar[bool] = True
    """Does whoever asks again learn, by an entity tag, that nothing has changed?"""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD"):
            self.query = self.query_class.of(request)

    def get_permissions(self) -> list[BasePermission]:
        return [MayReadMetrics() if settings.METRICS_REQUIRE_LOGIN else AllowAny()]

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Where everybody may read, only a token is looked at, which may be none. Sessions end without anybody's doing,
        and numbers must not depend on the database that keeps them."""
        known = super().get_authenticators()
        if settings.METRICS_REQUIRE_LOGIN:
            return known
        return [each for each in known if not isinstance(each, SessionAuthentication)]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.is_tagged and response.status_code == HTTPStatus.OK:
            response.add_post_render_callback(partial(tagged, request))
        return response

    @property
    def reader(self) -> StoreReader:
        return get_reader()

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """One place where errors become answers."""
    if isinstance(error, MetricsError):
        again = {"Retry-After": str(RETRY_AFTER_SECONDS)} if error.status == 503 else None
        return Response(error.body, status=error.status, headers=again)
    if isinstance(error, RedisError):
        return unavailable("Store unavailable", "Current metrics cannot be read.")
    if isinstance(error, DatabaseError):
        return unavailable("Database unavailable", "History cannot be read at the moment.")
    response = exception_handler(error, context)
    if response is not None:
        sentence = str(getattr(error, "detail", error))
        code = WHO_ASKS.get(response.status_code)
        lacks = {"scope": READS} if isinstance(error, PermissionDenied) else None
        response.data = (
            refusal_body(code, sentence, lacks) if code else {"error": sentence, "message": sentence}
        )
    return response


def unavailable(error: str, message: str) -> Response:
    """503: something is away that comes back."""
    problem: Problem = {"error": error, "message": message}
    return Response(problem, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})

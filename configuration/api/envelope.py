"""The one shape of every answer, and the one place where errors become answers."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    NotAuthenticated,
    ParseError,
    Throttled,
)
from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.status import (
    HTTP_304_NOT_MODIFIED,
    HTTP_401_UNAUTHORIZED,
    HTTP_403_FORBIDDEN,
    HTTP_503_SERVICE_UNAVAILABLE,
)
from rest_framework.views import APIView, exception_handler

from configuration.api.writing import may_write
from configuration.exceptions import ConfigurationError, ForbiddenWrite, StoreUnavailable
from configuration.reading import STORE_AWAY
from rest.entity_tags import is_known
from rest.refusals import WHO_ASKS, refusal_body
from rest.unavailable import RETRY_AFTER_SECONDS

CODES: dict[type[APIException], str] = {
    NotAuthenticated: WHO_ASKS[HTTP_401_UNAUTHORIZED],
    AuthenticationFailed: WHO_ASKS[HTTP_401_UNAUTHORIZED],
    ParseError: "VALIDATION_ERROR",
    Throttled: "THROTTLED",
}


class AlwaysJSON(DefaultContentNegotiation):
    """There is one representation; whoever asks for another gets it too rather than a refusal."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


class AllowedMethods(BaseMetadata):
    """What OPTIONS answers about an address."""

    def determine_metadata(self, request: Request, view: APIView) -> dict[str, Any]:
        return success_body({"methods": view.allowed_methods}, None)


def answer(data: Any, metadata: dict[str, Any] | None = None, *, tag: str | None = None) -> Response:
    """A success; `tag` names the state of the level it shows, which If-Match takes."""
    response = Response(success_body(data, metadata))
    if tag is not None:
        response["ETag"] = f'"{tag}"'
    return response


def read_answer(request: Request, data: Any, tag: str) -> Response:
    """The answer to who reads a level: without a body for who has it already, as If-None-Match says."""
    response = answer(data, tag=tag)
    if is_known(response["ETag"], request.headers.get("If-None-Match", "")):
        return Response(status=HTTP_304_NOT_MODIFIED, headers={"ETag": response["ETag"]})
    return response


def success_body(data: Any, metadata: dict[str, Any] | None) -> dict[str, Any]:
    return {"success": True, "data": data, "error": None, "metadata": metadata}


def refusal(code: str, message: str, details: Any, status: int) -> Response:
    again = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == HTTP_503_SERVICE_UNAVAILABLE else None
    return Response(refusal_body(code, message, details), status=status, headers=again)


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an error; None for one nobody foresaw, which Django reports."""
    if isinstance(error, STORE_AWAY) or (isinstance(error, StoreUnavailable) and error.is_known):
        error = StoreUnavailable(writing=may_write(context["request"]))
    if isinstance(error, ConfigurationError) and not isinstance(error, ForbiddenWrite):
        return refusal(error.code, str(error), error.details, error.status)
    framed = exception_handler(error, context)
    if framed is None:
        return None
    response = refusal(_code(error), _message(error), None, framed.status_code)
    for header in ("WWW-Authenticate", "Retry-After"):
        if header in framed:
            response[header] = framed[header]
    return response


def _code(error: Exception) -> str:
    if isinstance(error, Http404):
        return "NOT_FOUND"
    if isinstance(error, APIException):
        return CODES.get(type(error), str(error.default_code).upper())
    return WHO_ASKS[HTTP_403_FORBIDDEN]  # Django's own, of no APIException class


def _message(error: Exception) -> str:
    return str(getattr(error, "detail", error))

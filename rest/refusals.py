"""The envelope of refusals, and who is refused in it at every address: whoever is not known, or may not.

What else goes wrong each section reports in its own words (`rest.queries`); a token is the same for all of them.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, TypedDict

from msgspec import Meta


class ErrorBody(TypedDict):
    code: str
    message: str
    details: Annotated[Any, Meta(description="What each code brings besides; null where that is nothing.")]


class ErrorAnswer(TypedDict):
    success: bool
    data: Annotated[dict[str, Any] | None, Meta(description="Null.")]
    error: ErrorBody
    metadata: Annotated[dict[str, Any] | None, Meta(description="Null.")]


WHO_ASKS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "NOT_AUTHENTICATED",
    HTTPStatus.FORBIDDEN: "PERMISSION_DENIED",
}
"""Codes of the statuses that are about who asks."""


def refusal_body(code: str, message: str, details: Any = None) -> ErrorAnswer:
    """The body of a refusal."""
    error: ErrorBody = {"code": code, "message": message, "details": details}
    return {"success": False, "data": None, "error": error, "metadata": None}

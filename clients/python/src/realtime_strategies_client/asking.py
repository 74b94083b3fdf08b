"""One request over REST: asked again where that is safe, and its answer read or raised."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from realtime_strategies_client.errors import Refused, Unreachable, UnreadableAnswer, kind_of
from realtime_strategies_client.steps import Request, Steps, Wait

T = TypeVar("T")

PAUSES = (0.5, 1.0)
"""Seconds before asking again, where the server names no time; after these it is given up."""
LONGEST_PAUSE_SECONDS = 30.0
"""Where the server asks for a longer wait, the error comes at once."""


class Envelope(msgspec.Struct, Generic[T]):
    """A success of the configuration."""

    data: T
    metadata: dict[str, Any] | None = None

    @property
    def known_metadata(self) -> dict[str, Any]:
        """The metadata, none at all for null."""
        return self.metadata or {}


def read(path: str, kind: type[T], **query: Any) -> Steps[T]:
    """The body of a GET."""
    return decoded((yield from answer(Request("GET", path, given(query)))).content, kind)


def envelope(request: Request, kind: type[T]) -> Steps[Envelope[T]]:
    """A success of the configuration, whole."""
    response = yield from answer(request)
    return decoded(response.content, Envelope[kind])  # type: ignore[valid-type]  # a type that is known at run time


def data(request: Request, kind: type[T]) -> Steps[T]:
    """What it is about."""
    return (yield from envelope(request, kind)).data


def answer(request: Request) -> Steps[httpx.Response]:
    """The successful response; raises what the errors module names.

    Nothing that may have been carried out is sent twice: a write again only where there was no connection, or where
    it was one too many; whatever only reads also where the server says when to come again.
    """
    is_safe = request.method == "GET"
    pauses = iter(PAUSES)
    while True:
        pause = next(pauses, None)
        try:
            response: httpx.Response = yield request
        except httpx.TransportError as error:
            may_repeat = is_safe or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            if pause is None or not may_repeat:
                raise unreachable(error) from error
            yield Wait(pause)
            continue
        if response.is_success:
            return response
        refused = refused_by(response)
        may_repeat = response.status_code == 429 or (is_safe and response.status_code == 503)
        if pause is None or not may_repeat or refused.retry_after is None:
            raise refused
        if refused.retry_after > LONGEST_PAUSE_SECONDS:
            raise refused
        yield Wait(refused.retry_after)


def unreachable(error: Exception) -> Unreachable:
    """What to raise where a connection failed."""
    return Unreachable(f"No answer from the server: {str(error) or type(error).__name__}")


class _Problem(msgspec.Struct):
    """An error of the configuration, or of the metrics, which have no envelope."""

    error: Any = None
    message: str = ""
    detail: str = ""
    fields: dict[str, list[str]] = {}


def refused_by(response: httpx.Response) -> Refused:
    """The error of a response, whoever answered."""
    status, code, details = response.status_code, "", None
    message = f"{status} {response.reason_phrase}"
    try:
        problem = msgspec.json.decode(response.content, type=_Problem)
    except msgspec.MsgspecError:
        problem = _Problem()  # of a proxy, for instance
    if isinstance(problem.error, dict):
        code, details = problem.error.get("code", ""), problem.error.get("details")
        message = problem.error.get("message") or message
    elif problem.error:
        sentences = [str(problem.error), problem.message or problem.detail]
        message = ": ".join(dict.fromkeys(filter(None, sentences)))
        details = {"fields": problem.fields}
    wait = retry_after(response.headers)
    return kind_of(status, code)(message, status=status, code=code, details=details, retry_after=wait)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until the moment that Retry-After names, as a number or as a date."""
    text = headers.get("Retry-After", "")
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def decoded(content: bytes | str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as error:
        raise UnreadableAnswer(f"The answer is not what was asked for: {error}") from error


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was not given."""
    return {name: value for name, value in values.items() if value is not None}


def place(*parts: str | None) -> str:
    """The parts of a path that are given, each percent-encoded."""
    return "".join(f"/{quote(part, safe='')}" for part in parts if part is not None)


def span(start: datetime | None, end: datetime | None) -> dict[str, str]:
    """From and to, as far as they are given, as the server reads them."""
    instants = (("from", instant(start)), ("to", instant(end)))
    return {name: at for name, at in instants if at is not None}


def instant(moment: datetime | None) -> str | None:
    """Times need a zone: one without would be taken for another where the server is."""
    if moment is not None and moment.tzinfo is None:
        raise ValueError(f"A time needs a zone, such as datetime.UTC: {moment!r}")
    return None if moment is None else moment.isoformat()

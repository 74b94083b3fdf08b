"""The hottest public reads, answered in front of Django.

The views are the truth, and what is sent is theirs, byte by byte: a question is put to its view about once a push
interval, and all who ask the same meanwhile get the same answer. The view is called by itself, without all that Django
does around every address; the headers that this adds are learned from the whole application, once for each view and
status. What is not asked in the usual way is left to the whole.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache, partial
from http import HTTPStatus
from io import BytesIO
from time import monotonic
from typing import Any, NamedTuple

from cachetools import TLRUCache
from django import urls
from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import ResolverMatch

from configuration.api.authentication import identifying_headers
from realtime.compression import compress, reads_gzip, vary_by_encoding
from realtime.origins import Application, AsgiScope
from realtime.serving.at_once import Asked, Headers, Ready
from rest.entity_tags import is_known, not_modified

logger = logging.getLogger(__name__)

HOT = re.compile(
    r"/healthz/?|/api/v1/(?:feed|signals|metrics/(?:summary|all|sparklines|liquidity|"
    r"(?:depth|pressure|prices|venues|liquidity)/[^/]+))/?"
)
BODILY = frozenset({b"content-length", b"transfer-encoding", b"expect"})
"""Headers of what brings a body."""
CONDITION = b"if-none-match"
ENCODING = b"accept-encoding"
READ = frozenset({b"host", CONDITION, ENCODING})
"""Headers by which answers differ."""
LENGTH = b"Content-Length"  # as Django writes it
MOST_BYTES = 64 * 2**20
MOST_UNDER_WAY = 16
"""Questions that are with their views at a time, each in a thread; where those wait for a silent store, the whole
application has threads of its own for whatever else is asked."""
MOST_AHEAD = MOST_UNDER_WAY // 2
"""Of these so many for which nobody waits."""
AHEAD = 0.8
"""From this part of the interval on an answer that is still asked for is made anew while the old one goes out, so that
nobody waits for what many ask."""
LONGEST_QUESTION = 1000


class Question(NamedTuple):
    """All that an answer depends on, but for what its client has already."""

    host: bytes
    scheme: str
    path: str
    query: bytes
    is_compressed: bool  # and nothing else of what clients accept: it may be anything


class Rendering(NamedTuple):
    """An answer that is being made."""

    asked_at: float
    task: "asyncio.Task[Answer | None]"


class Answer(NamedTuple):
    """One that may be sent to many: to whoever asks, to whoever wants its headers, to whoever has it already."""

    asked_at: float
    tag: str
    whole: Ready
    head: Ready
    if_known: Ready

    def to(self, scope: AsgiScope, known: str) -> Ready:
        """What is sent to a client who has what these tags name."""
        if known and self.tag and is_known(self.tag, known):
            return self.if_known
        return self.head if scope["method"] == "HEAD" else self.whole


class Added(NamedTuple):
    """What the whole application adds to the headers of a view's answers: with their bodies, and without."""

    headers: Headers
    headers_if_known: Headers


class HotLane:
    """An ASGI application for HTTP around the whole one. Answers are `interval` seconds old at most, by `clock`."""

    def __init__(self, whole: Application, interval: float, clock: Callable[[], float] = monotonic) -> None:
        self._whole = whole
        self._interval = interval
        self._clock = clock
        self._kept = TLRUCache[Question, Answer](
            MOST_BYTES,
            ttu=lambda _, answer, __: answer.asked_at + interval,
            timer=clock,
            getsizeof=lambda answer: len(answer.whole.body),
        )
        self._rendering: dict[Question, Rendering] = {}
        self._added: dict[tuple[str, int], Added] = {}
        self._threads = ThreadPoolExecutor(MOST_UNDER_WAY, "hot-lane")

    async def __call__(self, scope: AsgiScope, receive: Any, send: Any) -> None:
        question, known = _read(scope)
        answer = await self._answer(question, scope) if question else None
        if answer is None:
            await self._whole(scope, receive, send)
        else:
            status, headers, body, _ = answer.to(scope, known)
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    def at_hand(self, scope: AsgiScope) -> Asked | None:
        """What would be sent, whenever it is kept; None for a question that is not a usual one."""
        question, known = _read(scope)
        return partial(self._ready, question, known, scope) if question else None

    def _ready(self, question: Question, known: str, scope: AsgiScope) -> Ready | None:
        answer = self._kept_answer(question, scope)
        return answer.to(scope, known) if answer else None

    def _kept_answer(self, question: Question, scope: AsgiScope) -> Answer | None:
        """None where there is none, or it is too old. One that soon will be is made anew, and nobody waits for that."""
        answer = self._kept.get(question)
        if (
            answer is not None
            and self._clock() - answer.asked_at >= AHEAD * self._interval
            and len(self._rendering) < MOST_AHEAD
            and question not in self._rendering
        ):
            self._begin(question, scope)
        return answer

    async def _answer(self, question: Question, scope: AsgiScope) -> Answer | None:
        """The one that is kept, or the one that all who ask now wait for together; None where that takes too long."""
        kept = self._kept_answer(question, scope)
        if kept is not None:
            return kept
        now = self._clock()
        rendering = self._rendering.get(question)
        if rendering is None:
            if len(self._rendering) >= MOST_UNDER_WAY:
                return None
            rendering = self._begin(question, scope)
        elif now - rendering.asked_at >= self._interval:
            return None
        return await asyncio.shield(rendering.task)  # who leaves does not take it from the others

    def _begin(self, question: Question, scope: AsgiScope) -> Rendering:
        task = asyncio.create_task(self._render(question, scope))
        task.add_done_callback(lambda _: self._rendering.pop(question))
        rendering = self._rendering[question] = Rendering(self._clock(), task)
        return rendering

    async def _render(self, question: Question, scope: AsgiScope) -> Answer | None:
        """Put the question to its view; None where the whole application is to be asked."""
        asked_at = self._clock()
        headers = [header for header in scope["headers"] if header[0] not in (CONDITION, ENCODING)]
        scope = {**scope, "method": "GET", "headers": headers}
        try:
            request = ASGIRequest(scope, BytesIO())
            request.get_host()
            if settings.SECURE_SSL_REDIRECT and not request.is_secure():
                return None
            view = resolve(question.path.rstrip("/"))
            ask = partial(_ask, view, request, is_compressed=question.is_compressed)
            response = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
            added = await self._added_to(view.view_name, response, scope)
            if added is None:
                return None
            answer = _answer_of(response, added, asked_at)
            if answer.whole.status == HTTPStatus.OK:
                self._kept[question] = answer
        except (BadRequest, SuspiciousOperation, UnicodeDecodeError):
            return None
        except Exception:  # whatever it is, the whole application meets it, too, and has an answer for it
            logger.exception("hot_lane_failed %s", question.path)
            return None
        return answer

    async def _added_to(self, view: str, response: HttpResponse, scope: AsgiScope) -> Added | None:
        """What is added to such an answer of a view; None where the whole application gives another."""
        kind = view, response.status_code
        if kind not in self._added:
            status, headers = await _ask_whole(self._whole, scope)
            if status != response.status_code:
                return None
            if_known = {**scope, "headers": [*scope["headers"], (CONDITION, b"*")]}
            _, headers_if_known = await _ask_whole(self._whole, if_known)
            own = {name for name, _ in _wire(response)}
            self._added[kind] = Added(
                [header for header in headers if header[0] not in own | {LENGTH}],
                [header for header in headers_if_known if header[0] not in own],
            )
        return self._added[kind]


def _read(scope: AsgiScope) -> tuple[Question | None, str]:
    """What is asked, and the tags its client has; no question where it is not a usual one."""
    path, query = scope["path"].removeprefix(scope.get("root_path", "")), scope["query_string"]
    if scope["method"] not in ("GET", "HEAD") or not HOT.fullmatch(path):
        return None, ""
    found: dict[bytes, bytes] = {}
    unusual = _unusual()
    for name, value in scope["headers"]:
        if name in unusual or name in found:
            return None, ""
        if name in READ:
            found[name] = value
    host = found.get(b"host", b"")
    if len(host) + len(path) + len(query) > LONGEST_QUESTION:
        return None, ""
    is_compressed = reads_gzip(found.get(ENCODING, b"").decode("latin-1"))
    question = Question(host, scope.get("scheme", "http"), path, query, is_compressed)
    return question, found.get(CONDITION, b"").decode("latin-1")


@cache
def _unusual() -> frozenset[bytes]:
    """Names of headers with which the whole application is asked: of bodies, and of whoever identifies himself. A view
    may show those more, or refuse what they contain; and people are answered with cookies now and then."""
    return BODILY | {name.lower().encode("ascii") for name in identifying_headers()}


@lru_cache(4096)
def resolve(path: str) -> ResolverMatch:
    """What answers at a path; to look for it among all patterns takes a good part of what the answer does."""
    return urls.resolve(path)


def _ask(view: ResolverMatch, request: ASGIRequest, is_compressed: bool) -> HttpResponse:
    response: HttpResponse = view.func(request, *view.args, **view.kwargs)
    if isinstance(response, SimpleTemplateResponse):
        response.render()
    vary_by_encoding(response)
    if is_compressed:
        compress(response)
    return response


async def _ask_whole(whole: Application, scope: AsgiScope) -> tuple[int, Headers]:
    """Status and headers of the whole application's answer."""
    requests = iter([{"type": "http.request", "body": b"", "more_body": False}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        for request in requests:
            return request
        return await asyncio.Future()  # nobody leaves

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await whole(scope, receive, send)
    return sent[0]["status"], sent[0]["headers"]


def _answer_of(response: HttpResponse, added: Added, asked_at: float) -> Answer:
    body, tag = response.content, response.headers.get("ETag", "")
    length = (LENGTH, str(len(body)).encode())
    headers = [*_wire(response), length, *added.headers]
    if_known = [*_wire(not_modified(response)), *added.headers_if_known] if tag else []
    return Answer(
        asked_at,
        tag,
        whole=Ready.of(response.status_code, headers, body),
        head=Ready.of(response.status_code, headers),
        if_known=Ready.of(HTTPStatus.NOT_MODIFIED, if_known),
    )


def _wire(response: HttpResponse) -> Headers:
    """The headers as Django sends them."""
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.headers.items()]

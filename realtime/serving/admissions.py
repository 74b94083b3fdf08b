"""Who may open another socket: so many from one address, so many in all, and so many handshakes a minute.

Each web process counts for itself, whatever server it runs on.
"""

import logging
from collections import Counter
from collections.abc import Callable
from http import HTTPStatus
from math import ceil
from time import monotonic
from typing import Any, NamedTuple

from live.denial import deny
from login.domain import site
from realtime.origins import Application, AsgiScope

logger = logging.getLogger(__name__)

MINUTE = 60.0
FULL_SECONDS = 10
"""When to ask again where a place must become free first, which may happen at any time."""


class Refusal(NamedTuple):
    """How a handshake is answered that is not let in, and after how many seconds it may be tried again."""

    status: HTTPStatus
    retry_after: int


class Admissions:
    """Handshakes and open sockets, by the address they come from (`site`); "" is of nobody, and counts in all alone."""

    def __init__(
        self,
        sockets_per_address: int,
        sockets_in_all: int,
        handshakes_per_minute: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.refused = 0  # this minute
        self._sockets_per_address = sockets_per_address
        self._sockets_in_all = sockets_in_all
        self._handshakes_per_minute = handshakes_per_minute
        self._clock = clock
        self._sockets: Counter[str] = Counter()
        self._in_all = 0
        self._handshakes: Counter[str] = Counter()
        self._minute = clock()

    def admit(self, address: str) -> Refusal | None:
        """Count one more handshake; None where it may become a socket, which it counts as until `leave`."""
        now = self._clock()
        if now - self._minute >= MINUTE:
            self._minute, self.refused = now, 0
            self._handshakes.clear()
        self._handshakes[address] += 1
        refusal = self._refuse_address(address, now) if address else None
        if refusal is None and self._in_all >= self._sockets_in_all:
            refusal = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, FULL_SECONDS)
        if refusal is None:
            self._sockets[address] += 1
            self._in_all += 1
        else:
            self.refused += 1
        return refusal

    def leave(self, address: str) -> None:
        """One that was admitted is over."""
        self._in_all -= 1
        self._sockets[address] -= 1
        if not self._sockets[address]:
            del self._sockets[address]

    def _refuse_address(self, address: str, now: float) -> Refusal | None:
        if self._handshakes[address] > self._handshakes_per_minute:
            return Refusal(HTTPStatus.TOO_MANY_REQUESTS, ceil(self._minute + MINUTE - now))
        if self._sockets[address] >= self._sockets_per_address:
            return Refusal(HTTPStatus.TOO_MANY_REQUESTS, FULL_SECONDS)
        return None


def admitted(application: Application, admissions: Admissions) -> Application:
    """Keep from `application` the handshakes that are not let in. Of those of one minute the first is logged."""

    async def serve(scope: AsgiScope, receive: Any, send: Any) -> None:
        client, _ = scope.get("client") or ("", 0)
        address = site(client) if client else ""
        refusal = admissions.admit(address)
        if refusal is not None:
            if admissions.refused == 1:
                logger.warning(
                    "socket_refused %d %s; docs/operations.md says how many", refusal.status, address
                )
            await deny(refusal.status, scope, receive, send, refusal.retry_after)
            return
        try:
            await application(scope, receive, send)
        finally:
            admissions.leave(address)

    return serve

"""How a stream is followed: numbers in sequence, connections that come and go, and how old what was heard is.

Nothing here waits or reads: `follow` yields its steps, and what a frame means is for a view to decide.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from random import uniform
from time import monotonic
from typing import Protocol, TypeVar

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from realtime_strategies_client.asking import decoded, retry_after, unreachable
from realtime_strategies_client.errors import Refused, StreamClosed, Unavailable, Unreachable, kind_of
from realtime_strategies_client.steps import Connect, Disconnect, Receive, Send, Series, Show, Steps, Wait

T = TypeVar("T")
S_co = TypeVar("S_co", covariant=True)
S = TypeVar("S")

SILENT_SECONDS = 12.0
"""The server sends something every 5 s: whoever is silent for so long is not there any more."""
LATE_SECONDS = 2.0
"""Frames that were under way for longer than this, compared with others, are not shown: newer ones follow."""
SETTLED_SECONDS = 10.0
"""A connection that held for so long was a good one; after a shorter one the next pause is longer."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0
DRIFT = 0.001
"""Seconds a second by which two clocks may part."""
RESYNC = '{"type":"resync"}'
POLICY_VIOLATION, TOO_BIG, APPLICATION = 1008, 1009, 4000
COME_BACK = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Frame(msgspec.Struct, kw_only=True):
    """What all frames may carry."""

    type: str
    epoch: str = ""
    seq: int = 0
    sent_at: datetime | None = None
    feed: str | None = None
    nats_away_since: datetime | None = None
    store_away_since: datetime | None = None
    clock_notice: str | None = None
    code: str = ""
    message: str = ""


class Lost(Exception):
    """The connection is of no use any more, and another one may be."""


class Gap(Exception):
    """A frame is missing."""


class Sequence:
    """Which frames follow on what is known: `accept` decides it, and raises Gap where one is missing."""

    def __init__(self) -> None:
        self._epoch = ""
        self._seq = 0
        self.is_whole = False

    def accept(self, frame: Frame) -> bool:
        if frame.type == "snapshot":
            self._epoch, self._seq, self.is_whole = frame.epoch, frame.seq, True
            return True
        if not self.is_whole or (frame.epoch == self._epoch and frame.seq <= self._seq):
            return False
        if (frame.epoch, frame.seq) != (self._epoch, self._seq + 1):
            self.is_whole = False
            raise Gap
        self._seq = frame.seq
        return True


class ServerClock:
    """The server's time, derived from when its frames were written; the quickest of them is the most exact."""

    def __init__(self, monotonic: Callable[[], float] = monotonic) -> None:
        self._monotonic = monotonic
        self._ahead = 0.0  # of our clock before the server's, the quickest frame's time under way included
        self._at: float | None = None

    def delay_of(self, written: datetime) -> float:
        """How many seconds longer a frame was under way than the quickest."""
        now = self._monotonic()
        ahead = now - written.timestamp()
        known = ahead if self._at is None else self._ahead + DRIFT * (now - self._at)
        self._ahead, self._at = min(ahead, known), now
        return ahead - self._ahead

    def age_ms(self, moment: datetime) -> int:
        """How old something is now that the server's side dated so."""
        return max(0, round(1000 * (self._monotonic() - self._ahead - moment.timestamp())))


class View(Protocol[S_co]):
    """What the frames of one stream add up to."""

    def begin(self, clock: ServerClock) -> None:
        """A new connection: nothing of it is known yet."""

    def take(self, text: str) -> datetime | None:
        """Take in a frame, and return when it was written, where it says so. Gap where it does not follow."""

    def state(self) -> S_co | None:
        """What is known now; None while that is not whole."""

    def without_connection(self, trouble: str) -> S_co:
        """What was known last, as something that is no longer so."""


def follow(
    path: str,
    view: View[S],
    *,
    monotonic: Callable[[], float] = monotonic,
    uniform: Callable[[float, float], float] = uniform,
) -> Series[S]:
    """Show the state after every frame, and without a connection what is the matter; for ever.

    What the server would refuse again is raised: StreamClosed, or the errors of REST.
    """
    failures = 0
    while True:
        began, least_pause = monotonic(), 0.0
        try:
            yield Connect(path)
            began = monotonic()
            yield from _listen(view, monotonic)
        except InvalidStatus as error:
            refused = _refusal(error)
            if refused.status < HTTPStatus.INTERNAL_SERVER_ERROR and refused.status not in COME_BACK:
                raise refused from error
            trouble, least_pause = str(refused), refused.retry_after or 0.0
        except ConnectionClosed as error:
            code, reason = (error.rcvd.code, error.rcvd.reason) if error.rcvd else (1006, "")
            if code in (POLICY_VIOLATION, TOO_BIG) or code >= APPLICATION:
                raise StreamClosed(code, reason) from error
            trouble = f"The connection was closed ({code})"
        except (Lost, WebSocketException, OSError) as error:
            trouble = f"No connection: {str(error) or type(error).__name__}"
        yield Disconnect()
        failures = 0 if monotonic() - began >= SETTLED_SECONDS else failures + 1
        yield Show(view.without_connection(trouble))
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(failures, 10))
        yield Wait(least_pause + uniform(pause / 2, pause))


def _listen(view: View[S], monotonic: Callable[[], float]) -> Series[S]:
    """One connection, until it is lost. What has waited is taken together, and what is late is not shown."""
    clock = ServerClock(monotonic)
    view.begin(clock)
    shown_at = monotonic()
    while True:
        text: str | None = yield Receive(SILENT_SECONDS)
        if text is None:
            raise Lost(f"nothing was heard for {SILENT_SECONDS:.0f} s")
        delay, arrived_at = 0.0, monotonic()
        while text is not None:
            try:
                written = view.take(text)
            except Gap:
                yield Send(RESYNC)
            else:
                delay = clock.delay_of(written) if written else delay
            text = yield Receive(0)
        state = view.state() if delay <= LATE_SECONDS else None
        if state is not None:
            yield Show(state)
            shown_at = monotonic()
        elif arrived_at - shown_at > SILENT_SECONDS:
            raise Lost("only late frames came, or no snapshot")


def first_frame(path: str, kind: type[T]) -> Steps[T]:
    """The snapshot a stream begins with; nothing more is heard of it."""
    try:
        yield Connect(path)
        text: str | None = yield Receive(SILENT_SECONDS)
    except InvalidStatus as error:
        raise _refusal(error) from error
    except (WebSocketException, OSError) as error:
        raise unreachable(error) from error
    if text is None:
        raise Unreachable(f"No answer from the server within {SILENT_SECONDS:.0f} s")
    frame = decoded(text, Frame)
    if frame.type == "error":
        raise Unavailable(frame.message, status=HTTPStatus.SERVICE_UNAVAILABLE, code=frame.code)
    return decoded(text, kind)


def _refusal(error: InvalidStatus) -> Refused:
    """Of a handshake."""
    status = error.response.status_code
    words = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "refused"
    message = f"The stream was refused: {status} {words}"
    return kind_of(status)(message, status=status, retry_after=retry_after(error.response.headers))

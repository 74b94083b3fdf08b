"""The rules of every connection: who may open it, what may be sent on it, and how much."""

import json
from http import HTTPStatus
from math import inf
from random import uniform
from time import monotonic
from typing import Any, ClassVar

import msgspec
from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.db import Error as DatabaseError

from live.denial import refuse
from live.frames import error_frame

LARGEST_MESSAGE_BYTES = 4096
MESSAGES_PER_SECOND = 20
NOT_UNDERSTOOD = (
    'Send a JSON object with a "type" and, to subscribe, "symbols", a list of strings; no name twice.'
)
MINUTE = 60.0
LONGEST_STAY_SECONDS = 3600.0
"""After this, at the latest, whoever had to identify himself has to do it again."""
TOO_BIG, POLICY_VIOLATION = 1009, 1008


class ClientMessage(msgspec.Struct):
    """What a client may send."""

    type: str
    symbols: list[str] | None = None


_decode = msgspec.json.Decoder(ClientMessage).decode


def read_message(text: str) -> ClientMessage:
    """What a client sends; raises DecodeError or RecursionError. What stands twice is refused: one would be lost."""
    message = _decode(text)
    json.loads(text, object_pairs_hook=_require_once, parse_int=str)
    return message


def _require_once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise msgspec.ValidationError("a name stands twice")


class LiveConsumer(AsyncWebsocketConsumer):
    """Base: admission, limits and the answer to nonsense."""

    channel_layer_alias = None  # the hub listens for all of us
    permission: ClassVar[str] = ""
    """What whoever is known must be allowed, where it is for people who are known only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs_snapshot = True
        self._ends_at = inf
        self._second = 0.0
        self._messages = 0
        self._minute = 0.0
        self._resyncs = 0

    @property
    def is_congested(self) -> bool:
        """Is the reader slower than we are? False on servers that cannot measure it."""
        congested = self.scope.get("is_congested")
        return bool(congested and congested())

    @property
    def is_over(self) -> bool:
        """Is it time to identify oneself again?"""
        return monotonic() >= self._ends_at

    @property
    def requires_login(self) -> bool:
        """Is it for people who are known only?"""
        return True

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without the visit that Channels pays, before every message, to the thread that asks the database.

        It is to close old connections, of which whoever asks takes care. Where the database keeps silent, that
        thread waits, and with it would all who have nothing to ask.
        """
        await getattr(self, get_handler_name(message))(message)

    async def send_frame(self, frame: str) -> None:
        await self.send(text_data=frame)

    async def connect(self) -> None:
        if self.requires_login:
            if status := await self.refusal(self.scope.get("user")):
                await refuse(status, self.scope, self.base_send)
                return
            # Not everybody at once, although a new server is found by everybody at once.
            self._ends_at = monotonic() + LONGEST_STAY_SECONDS * uniform(0.9, 1)
        await self.accept()
        await self.join()

    async def refusal(self, user: Any) -> HTTPStatus | None:
        """Why `user`, None where nobody looked who it is, is not let in; None where he is."""
        if not (user and user.is_authenticated):
            return HTTPStatus.FORBIDDEN
        try:
            may = not self.permission or await database_sync_to_async(user.has_perm)(self.permission)
        except DatabaseError:
            return HTTPStatus.SERVICE_UNAVAILABLE
        return None if may else HTTPStatus.FORBIDDEN

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if (
            len((text_data or "").encode()) > LARGEST_MESSAGE_BYTES
            or len(bytes_data or b"") > LARGEST_MESSAGE_BYTES
        ):
            await self.close(TOO_BIG)
        elif self._is_flooding():
            await self.close(POLICY_VIOLATION)
        elif text_data is None:
            await self.send_frame(error_frame("BAD_MESSAGE", "Send JSON text, not binary."))
        else:
            try:
                message = read_message(text_data)
            except (msgspec.DecodeError, RecursionError):
                await self.send_frame(error_frame("BAD_MESSAGE", NOT_UNDERSTOOD))
            else:
                await self.carry_out(message)

    async def join(self) -> None:
        """Begin to receive frames."""
        raise NotImplementedError

    async def resync(self) -> None:
        """Get a snapshot, from which the next frames follow."""
        raise NotImplementedError

    async def carry_out(self, message: ClientMessage) -> None:
        """Do what a well-formed message asks."""
        if message.type == "resync":
            await self.resync_if_allowed()
        else:
            problem = f"Nothing is known of type {message.type[:40]!r}."
            await self.send_frame(error_frame("UNKNOWN_TYPE", problem))

    async def resync_if_allowed(self) -> None:
        """A snapshot on request: the dearest thing a client may ask for, so that there is an end to it."""
        now = monotonic()
        if now - self._minute >= MINUTE:
            self._minute, self._resyncs = now, 0
        self._resyncs += 1
        if self._resyncs > settings.RESYNCS_PER_MINUTE:
            await self.close(POLICY_VIOLATION)
        else:
            await self.resync()

    def _is_flooding(self) -> bool:
        now = monotonic()
        if now - self._second >= 1:
            self._second, self._messages = now, 0
        self._messages += 1
        return self._messages > MESSAGES_PER_SECOND

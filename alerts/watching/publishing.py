"""What NATS is told of alerts: that one fires, and that it is over. At least once, in this order.

The database is the queue: what NATS has not been told is marked by the lack of a time. A process that dies between
telling and marking makes the next one tell again, under the same key.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from time import time
from typing import Literal, NamedTuple

import msgspec
from channels.db import database_sync_to_async
from django.db import Error as DatabaseError
from nats.aio.client import Client

from alerts import reading
from alerts.api.answers import alert_item
from alerts.models import UNPUBLISHED, Alert
from alerts.moments import moment
from messaging.bus import NOT_REACHED
from messaging.outage import OutageLog

logger = logging.getLogger(__name__)

AT_ONCE = 500
ANSWER_SECONDS = 1
State = Literal["firing", "resolved"]
encode = msgspec.json.Encoder().encode


class Message(NamedTuple):
    """One thing to tell; `key` is the same whenever it is told."""

    alert: Alert
    state: State
    silenced_until: datetime | None = None

    @property
    def key(self) -> str:
        """Of the alert and its state."""
        return f"{self.alert.pk}.{self.state}"

    def subject(self, prefix: str) -> str:
        """`<prefix>.<severity>.<id of the rule>`."""
        return f"{prefix}.{self.alert.severity}.{self.alert.rule_number}"

    def payload(self) -> bytes:
        """What REST says of the alert, the key and the state."""
        return encode({"key": self.key, "state": self.state, **alert_item(self.alert, self.silenced_until)})


def messages(alert: Alert, silenced_until: datetime | None = None) -> Iterator[Message]:
    """What NATS has not been told of an alert yet."""
    if alert.firing_published_at is None:
        yield Message(alert, "firing", silenced_until)
    if alert.resolved_at is not None and alert.resolved_published_at is None:
        yield Message(alert, "resolved", silenced_until)


def untold(now: float) -> list[Message]:
    """What there is to tell, the oldest alerts first, and what of it people are not told. Raises django.db.Error."""
    alerts = list(Alert.objects.filter(UNPUBLISHED).order_by("fired_at", "pk")[:AT_ONCE])
    if not alerts:
        return []
    quiet = reading.Quiet.of(moment(now))
    return [message for alert in alerts for message in messages(alert, quiet.until_of(alert))]


def mark_told(told: Sequence[Message], now: float) -> None:
    """NATS has taken them. Raises django.db.Error."""
    for state, field in (("firing", "firing_published_at"), ("resolved", "resolved_published_at")):
        keys = [message.alert.pk for message in told if message.state == state]
        if keys:
            Alert.objects.filter(pk__in=keys).update(**{field: moment(now)})


class Publisher:
    """Tells NATS what it has not been told. `bus` is set by whoever connects."""

    def __init__(self, prefix: str, clock: Callable[[], float] = time) -> None:
        self.bus: Client | None = None
        self._prefix, self._clock = prefix, clock
        self._outage = OutageLog(logger, "alerts_wait NATS is away: %s", "alerts_go_on NATS is back")

    async def publish_once(self) -> bool:
        """Tell all there is; False where NATS or the database is away, and then it waits there."""
        try:
            while found := await database_sync_to_async(untold)(self._clock()):
                await self._tell(found)
                await database_sync_to_async(mark_told)(found, self._clock())
        except NOT_REACHED as error:
            self._outage.is_away(error)
            return False
        except DatabaseError:  # which the watcher reports
            return False
        self._outage.is_over()
        return True

    async def _tell(self, told: Sequence[Message]) -> None:
        """Only a server that answers is told anything: what the client merely buffers could be lost with it."""
        if self.bus is None or not self.bus.is_connected:
            raise ConnectionError("not connected")
        await self.bus.flush(ANSWER_SECONDS)
        for message in told:
            headers = {"Nats-Msg-Id": message.key}
            await self.bus.publish(message.subject(self._prefix), message.payload(), headers=headers)
        await self.bus.flush(ANSWER_SECONDS)

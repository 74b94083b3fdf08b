"""Committed configuration changes on NATS, for processes written elsewhere.

A change is made by a person, so each opens a connection of its own, in a thread the person does not wait
for. It is a hint like the one on Redis: whoever must not miss a change asks the API.
"""

import asyncio
import logging
import threading
from typing import Any

import msgspec
import nats.errors
from django.conf import settings
from django.dispatch import receiver

from configuration.domain.changes import CommittedChange
from configuration.signals import configuration_changed
from metrics.feed.bus import connected, flush

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 3.0


def subject(change: CommittedChange) -> str:
    return f"{settings.NATS_TOPIC_CONFIG}.{change.strategy_id}.{change.symbol or 'global'}"


@receiver(configuration_changed)
def announce(change: CommittedChange, **_: Any) -> None:
    threading.Thread(target=_publish, args=(change,), name=f"announce-{change.id}").start()


def _publish(change: CommittedChange) -> None:
    sending = _send(subject(change), msgspec.json.encode(change.config))
    try:
        asyncio.run(asyncio.wait_for(sending, TIMEOUT_SECONDS))
    except (OSError, TimeoutError, nats.errors.Error) as error:
        logger.warning("configuration.announcement_lost change=%s %r", change.id, error)


async def _send(where: str, payload: bytes) -> None:
    async with connected(settings.NATS_URL, "configuration") as client:
        await client.publish(where, payload)
        await flush(client)

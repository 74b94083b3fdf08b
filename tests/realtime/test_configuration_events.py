"""Configuration changes on NATS, against a real server."""

import asyncio
import json
import logging
import threading
from typing import Any

import nats
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings

from configuration import services
from configuration.models import Source
from configuration.services import Author
from realtime.stack.servers import free_port

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
AUTHOR = Author(source=Source.COMMAND, name="tests")


def announcers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("announce-")]


def test_a_committed_change_is_announced():
    announced = async_to_sync(changes_announced_while_writing)()
    assert announced["config.changed.orderbook_skew.BTCUSDT"]["overrides"] == {"top_levels": 9}
    assert announced["config.changed.orderbook_skew.global"]["parameters"]["top_levels"] == 8


async def changes_announced_while_writing() -> dict[str, Any]:
    client = await nats.connect(settings.NATS_URL)
    subscription = await client.subscribe("config.changed.>")
    await client.flush()

    def write() -> None:
        services.write("orderbook_skew", "BTCUSDT", {"top_levels": 9}, author=AUTHOR)
        services.write("orderbook_skew", None, {"top_levels": 8}, author=AUTHOR)

    await sync_to_async(write)()
    messages = [await asyncio.wait_for(subscription.next_msg(), 10) for _ in range(2)]
    await client.close()

    return {message.subject: json.loads(message.data) for message in messages}


def test_a_write_does_not_need_nats(settings, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING)
    settings.NATS_URL = f"nats://127.0.0.1:{free_port()}"
    written = services.write("orderbook_skew", None, {"top_levels": 8}, author=AUTHOR)
    for thread in announcers():
        thread.join(10)
    assert written.config.version == 1
    assert "configuration.announcement_lost" in caplog.text

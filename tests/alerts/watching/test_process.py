"""`manage.py watch_alerts` as people run it, killed and started again."""

import asyncio
import json
import os
import random
import time
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest
from django.db import connection, connections

from alerts.models import Alert, Delivery, Message
from messaging.bus import connected
from realtime.stack.servers import LOCALHOST, free_port
from tests.alerts.delivery.receivers import Hook, listening
from tests.alerts.factories import SECRET, saved, saved_channel
from tests.alerts.watching.watchers import Market
from tests.servers import Server, command, until

SYMBOLS = [f"COIN{number}USDT" for number in range(20)]
WIDE, NARROW = 20.0, 5.0


def database_of_this_test() -> str:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_a_process_that_is_killed_nothing_is_lost_and_nothing_comes_twice(store, tmp_path, settings):
    port, hook = free_port(), Hook()
    process = command(
        "watch_alerts",
        log=tmp_path / "log",
        environment={
            "DATABASE_URL": database_of_this_test(),
            "ALERTS_HTTP_PORT": str(port),
            "ALERTS_PRIVATE_ADDRESSES": "true",
            "ALERTS_CHANNEL_SECRET": SECRET,
        },
    )
    settings.ALERTS_PRIVATE_ADDRESSES = True
    market = Market(store, time.time)
    wide: list[str] = []

    def widen() -> int:
        """One more symbol is wide; how many alerts fire?"""
        wide.extend(SYMBOLS[len(wide) : len(wide) + 1])
        for symbol in SYMBOLS:
            market.spread(WIDE if symbol in wide else NARROW, symbol)
        return Alert.objects.filter(resolved_at=None).count()

    def narrow() -> bool:
        for symbol in SYMBOLS:
            market.spread(NARROW, symbol)
        untold = Delivery.objects.filter(message__delivered_at=None)
        return not (untold.exists() or Alert.objects.filter(resolved_published_at=None).exists())

    with listening(hook):
        channel = saved_channel(address=hook.url, secret="env:ALERTS_CHANNEL_SECRET")
        saved(symbols=["COIN*"], for_seconds=0.5, channels=[channel.pk])
        heard = asyncio.run(told_of(lambda: lives_through(process, port, widen, narrow)))
    assert sorted(Alert.objects.values_list("symbol", flat=True)) == sorted(SYMBOLS)
    assert set(Alert.objects.values_list("resolved_because", flat=True)) == {"back"}
    keys = Alert.objects.values_list("pk", flat=True)
    assert heard == {f"{key}.{state}" for key in keys for state in ("firing", "resolved")}
    told = [each for keys in hook.told().values() for each in keys]
    assert sorted(told) == sorted(heard)
    assert Message.objects.filter(next_at=None).count() == len(hook.told())
    assert not any(each in (tmp_path / "log").read_text() for each in ("T0PSECRET", "hidden-token", SECRET))


def lives_through(process: Server, port: int, widen, narrow) -> None:
    process.start()
    try:
        moment = random.randint(1, len(SYMBOLS) - 1)
        until(lambda: widen() >= moment, f"{moment} alerts", 30)
        process.kill()
        process.start()
        until(lambda: widen() == len(SYMBOLS), "all alerts", 30)
        until(lambda: figure(port, "alerts_firing") == len(SYMBOLS), "a figure", 30)
        assert httpx.get(f"http://{LOCALHOST}:{port}/ready").json()["status"] == "ready"
        until(narrow, "the end", 30)
    finally:
        connections.close_all()  # those of this thread
        assert process.stop() == 0


def figure(port: int, name: str) -> float | None:
    with suppress(httpx.TransportError):
        text = httpx.get(f"http://{LOCALHOST}:{port}/metrics").text
        return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(f"{name}{{")))
    return None


async def told_of(work) -> set[str]:
    """The keys of what NATS was told meanwhile."""
    async with connected(os.environ["NATS_URL"], "test") as bus:
        messages = await bus.subscribe("alerts.>")
        await bus.flush()
        await asyncio.to_thread(work)
        await bus.flush()
        return {json.loads((await messages.next_msg()).data)["key"] for _ in range(messages.pending_msgs)}

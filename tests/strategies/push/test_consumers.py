"""`/ws/configuration/` as its client finds it."""

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from redis.asyncio import Redis

from live.consumers import LONGEST_STAY_SECONDS
from strategies.push import consumers
from strategies.push.hub import ConfigurationHub
from tests.strategies.push.test_hub import State

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SEES = User(username="risk", is_superuser=True)


@pytest.fixture
def hub(monkeypatch) -> ConfigurationHub:
    hub = ConfigurationHub(Redis.from_url(settings.REDIS_URL), State())
    monkeypatch.setattr(consumers, "get_hub", lambda: hub)
    return hub


def play(story, user=SEES):
    """Run a story with a client whose handshake has begun."""

    async def with_client():
        socket = WebsocketCommunicator(consumers.ConfigurationConsumer.as_asgi(), "/ws/configuration/")
        socket.scope["user"] = user
        connected, _ = await socket.connect()
        await story(socket, connected)
        await socket.disconnect()

    async_to_sync(with_client)()


def test_a_client_who_asks_gets_a_fresh_snapshot(hub):
    async def story(socket, connected):
        assert (await socket.receive_json_from(5))["type"] == "snapshot"
        await socket.send_json_to({"type": "resync"})
        assert (await socket.receive_json_from(5))["type"] == "snapshot"
        await socket.send_json_to({"type": "subscribe", "symbols": ["BTCUSDT"]})
        assert (await socket.receive_json_from(5))["code"] == "UNKNOWN_TYPE"

    play(story)


def test_a_client_identifies_himself_again_within_the_hour(hub, monkeypatch):
    now = 1000.0
    monkeypatch.setattr("live.consumers.monotonic", lambda: now)

    async def story(socket, connected):
        nonlocal now
        assert (await socket.receive_json_from(5))["type"] == "snapshot"
        now += 0.89 * LONGEST_STAY_SECONDS
        await hub.pass_time()
        assert socket.output_queue.empty()
        now += 0.11 * LONGEST_STAY_SECONDS
        await hub.pass_time()
        assert await socket.receive_output(5) == {"type": "websocket.close", "code": 1000}

    play(story)


@pytest.mark.parametrize("user", [None, AnonymousUser(), User(username="guest")])
def test_whoever_may_not_see_configuration_is_not_let_in(hub, user):
    if user and user.is_authenticated:
        user.save()

    async def story(socket, connected):
        assert not connected
        assert hub.sockets == set()

    play(story, user)

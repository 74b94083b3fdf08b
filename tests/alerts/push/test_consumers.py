"""`/ws/alerts/` as its client finds it: who is let in, what comes, and when."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import OperationalError
from django.test import Client
from knox.models import AuthToken
from redis.asyncio import Redis

from alerts import services
from alerts.announcements import channel
from alerts.models import Alert
from alerts.push import consumers
from alerts.push.frames import FiringNow
from alerts.push.hub import AlertsHub
from configuration.api import authentication
from live.denial import DENIAL
from realtime.routing import websocket_application
from tests.alerts.factories import SETUP, fired, saved
from tests.configuration.outage import database_away

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
Headers = list[tuple[bytes, bytes]]
Story = Callable[[WebsocketCommunicator], Awaitable[None]]


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch) -> AlertsHub:
    """One that does not live by itself."""
    authentication.memory._known.clear()
    hub = AlertsHub(Redis.from_url(settings.REDIS_URL))
    monkeypatch.setattr(consumers, "get_hub", lambda: hub)
    return hub


def member_of(*groups: str) -> User:
    user = User.objects.create_user("rita", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def session_of(user: User) -> Headers:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return [(b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())]


def token_of(user: User) -> Headers:
    return [(b"authorization", f"Token {AuthToken.objects.create(user)[1]}".encode())]


def socket_with(headers: Headers) -> WebsocketCommunicator:
    named = [(b"host", b"localhost"), *headers]
    socket = WebsocketCommunicator(websocket_application, "/ws/alerts/", headers=named)
    socket.scope["extensions"] = {DENIAL: {}}
    return socket


def answered(headers: Headers) -> int:
    """The status of a handshake; 101 where it becomes a socket."""

    async def shake_hands() -> int:
        socket = socket_with(headers)
        await socket.send_input({"type": "websocket.connect"})
        answer = await socket.receive_output(5)
        await socket.disconnect()
        return int(answer.get("status", 101))

    return async_to_sync(shake_hands)()


def play(story: Story, headers: Headers) -> None:
    """Run a story on a socket that is open."""

    async def with_client() -> None:
        socket = socket_with(headers)
        assert (await socket.connect())[0]
        await story(socket)
        await socket.disconnect()

    async_to_sync(with_client)()


@pytest.mark.parametrize(
    ("groups", "status"), [(("Viewers",), 101), (("Risk managers",), 101), ((), 403)], ids=str
)
@pytest.mark.parametrize("by", [session_of, token_of])
def test_who_may_see_alerts_is_let_in(by: Callable[[User], Headers], groups: tuple[str, ...], status: int):
    assert answered(by(member_of(*groups))) == status


def test_strangers_are_refused_and_so_is_a_token_that_is_none():
    assert answered([]) == 403
    assert answered([(b"authorization", b"Token made-up")]) == 401


def test_while_the_database_is_away_nobody_is_let_in():
    headers = session_of(member_of("Viewers"))
    with database_away():
        assert answered(headers) == 503


def test_a_client_gets_what_fires_and_then_each_thing_that_happens(hub: AlertsHub):
    row = saved()
    fired(row)

    async def update(deed: Callable[..., Any], *arguments: Any, **named: Any) -> dict[str, Any]:
        """What comes of a deed."""
        await database_sync_to_async(deed)(*arguments, **named)
        await hub.pass_time()
        frame: dict[str, Any] = await socket_of[0].receive_json_from(5)
        return frame

    socket_of: list[WebsocketCommunicator] = []

    async def story(socket: WebsocketCommunicator) -> None:
        socket_of.append(socket)
        snapshot = await socket.receive_json_from(5)
        assert [each["symbol"] for each in snapshot["alerts"]] == ["BTCUSDT"]
        frame = await update(fired, row, "ETHUSDT")
        assert (frame["type"], frame["seq"], frame["firing"]) == ("update", 1, 2)
        [event] = frame["events"]
        assert (event["key"], event["symbol"]) == (f"{event['id']}.firing", "ETHUSDT")
        frame = await update(services.acknowledge, event["id"], "on it", author=SETUP)
        assert [(each["state"], each["acknowledged_note"]) for each in frame["events"]] == [
            ("acknowledged", "on it")
        ]
        frame = await update(services.delete_rule, row.pk, author=SETUP)
        assert [each["state"] for each in frame["events"]] == ["resolved", "resolved"]
        await socket.send_json_to({"type": "resync"})
        assert (await socket.receive_json_from(5))["alerts"] == []

    play(story, session_of(member_of("Viewers")))


def test_what_fires_is_unknown_while_the_database_is_away(hub: AlertsHub, monkeypatch: pytest.MonkeyPatch):
    def away() -> FiringNow:
        raise OperationalError

    async def story(socket: WebsocketCommunicator) -> None:
        assert (await socket.receive_json_from(5))["type"] == "snapshot"
        with monkeypatch.context() as patched:
            patched.setattr(hub, "_read", away)
            await hub.pass_time()
            assert (await socket.receive_json_from(5))["code"] == "STORE_UNAVAILABLE"
        await hub.pass_time()
        assert (await socket.receive_json_from(5))["type"] == "snapshot"

    play(story, session_of(member_of("Viewers")))


def test_who_acknowledges_or_deletes_a_rule_makes_the_hubs_look(store: redis.Redis):
    row = saved()
    alert: Alert = fired(row)
    messages = store.pubsub(ignore_subscribe_messages=True)
    messages.subscribe(channel())
    messages.get_message(timeout=5)  # that it listens
    services.acknowledge(alert.pk, "", author=SETUP)
    assert messages.get_message(timeout=5)
    services.delete_rule(row.pk, author=SETUP)
    assert messages.get_message(timeout=5)
    messages.close()

"""Who opens a WebSocket while the database, which knows them, is away."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client, RequestFactory
from knox.models import AuthToken
from redis.asyncio import Redis
from rest_framework.request import Request

from configuration.api import authentication
from live.denial import DENIAL
from metrics.push import consumers as metrics_consumers
from metrics.push.hub import MarketHub
from metrics.store.reader import get_reader
from realtime.identity import owner
from realtime.routing import websocket_application
from strategies.push import consumers
from strategies.push.hub import ConfigurationHub
from tests.configuration.outage import database_away
from tests.strategies.push.test_hub import State

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
]
REFUSED = {"type": f"{DENIAL}.start", "status": 503, "headers": []}
Headers = list[tuple[bytes, bytes]]


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    authentication.memory._known.clear()


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not live by itself."""
    hub = ConfigurationHub(Redis.from_url(settings.REDIS_URL), State())
    monkeypatch.setattr(consumers, "get_hub", lambda: hub)


@pytest.fixture
def viewer() -> User:
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_strategyconfig"))
    return user


@pytest.fixture
def session(viewer: User) -> Headers:
    client = Client()
    client.force_login(viewer, "django.contrib.auth.backends.ModelBackend")
    return [(b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode())]


@pytest.fixture
def token(viewer: User) -> Headers:
    return [(b"authorization", f"Token {AuthToken.objects.create(viewer)[1]}".encode())]


def first_answer(headers: Headers, path: str = "/ws/configuration/") -> dict[str, Any]:
    """What the server is set to answer the handshake with."""

    async def shake_hands() -> dict[str, Any]:
        socket = WebsocketCommunicator(
            websocket_application, path, headers=[(b"host", b"localhost"), *headers]
        )
        socket.scope["extensions"] = {DENIAL: {}}
        await socket.send_input({"type": "websocket.connect"})
        answer: dict[str, Any] = await socket.receive_output(5)
        await socket.disconnect()
        return answer

    return async_to_sync(shake_hands)()


def test_a_session_that_cannot_be_looked_up_is_asked_to_come_back(session: Headers):
    assert first_answer(session)["type"] == "websocket.accept"
    with database_away():
        assert first_answer(session) == REFUSED


def test_so_is_a_token(token: Headers):
    with database_away():
        assert first_answer(token) == REFUSED
    assert first_answer(token)["type"] == "websocket.accept"


def test_so_is_whoever_is_known_and_cannot_be_asked_what_he_may_see(token: Headers):
    owner(Request(RequestFactory().get("/", headers={"Authorization": token[0][1].decode()})))
    with database_away():
        assert first_answer(token) == REFUSED


def test_nobody_is_refused_without_the_database():
    with database_away():
        assert first_answer([])["status"] == 403


HOUSE = b"x-petrosa-internal-token"


@pytest.fixture
def house(settings: Any) -> None:
    settings.AUTH_HEADERS = [HOUSE.decode()]


@pytest.mark.parametrize("word", [b"", b"Token ", b"Bearer "])
def test_a_token_opens_a_socket_from_a_header_of_the_house(house: None, token: Headers, word: bytes):
    answered = word + token[0][1].removeprefix(b"Token ")
    assert first_answer([(HOUSE, answered)])["type"] == "websocket.accept"


def test_bearer_opens_it_as_token_does(token: Headers):
    answered = b"Bearer " + token[0][1].removeprefix(b"Token ")
    assert first_answer([(b"authorization", answered)])["type"] == "websocket.accept"


def test_a_header_nobody_named_opens_nothing(token: Headers):
    assert first_answer([(HOUSE, token[0][1])])["status"] == 403


def test_wrong_tokens_two_tokens_and_one_header_twice_are_refused(
    house: None, token: Headers, session: Headers
):
    for headers in (
        [(HOUSE, b"nonsense")],
        [(b"authorization", b"Bearer nonsense")],
        [(HOUSE, b"nonsense"), *token],
        [(HOUSE, token[0][1]), (HOUSE, token[0][1])],
        [*token, (b"authorization", b"Token nonsense")],
    ):
        assert first_answer([*headers, *session])["status"] == 401


# -- Sockets that anybody may open -----------------------------------------------------------

BAD = (b"authorization", f"Token {'a' * 64}".encode())


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that does not live by itself."""
    hub = MarketHub(get_reader())
    monkeypatch.setattr(metrics_consumers, "get_hub", lambda: hub)


@pytest.mark.parametrize("path", ["/ws/pressure/", "/ws/depth/BTCUSDT/"])
def test_a_token_that_is_none_opens_no_market_socket_and_no_token_does(
    market: None, token: Headers, session: Headers, path: str
):
    for headers in ([BAD], [BAD, *session], [BAD, *token]):
        assert first_answer(headers, path)["status"] == 401
    AuthToken.objects.all().delete()
    assert first_answer(token, path)["status"] == 401
    for headers in ([], session, [(b"authorization", b"Basic YTpi")], [(b"cookie", b"sessionid=none")]):
        assert first_answer(headers, path)["type"] == "websocket.accept"


def test_a_good_one_opens_it(market: None, token: Headers):
    assert first_answer(token, "/ws/pressure/")["type"] == "websocket.accept"


def test_while_nobody_can_know_whether_it_is_good_the_market_is_open_to_it_too(market: None):
    with database_away():
        assert first_answer([BAD], "/ws/pressure/")["type"] == "websocket.accept"

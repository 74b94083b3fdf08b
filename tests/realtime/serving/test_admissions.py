"""Who may open another socket, and what the others get."""

import asyncio
import logging
import sys
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from realtime.serving.admissions import MINUTE, Admissions, Refusal, admitted
from realtime.stack.servers import LOCALHOST
from tests.realtime.serving.house import answer, read_body, serving, until_gone
from tests.servers import Server, running, until, web

FULL, TOO_MANY = HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


# -- Counting --------------------------------------------------------------------------------


def test_one_address_has_so_many_sockets_and_others_have_theirs(clock):
    admissions = Admissions(2, 10, 100, clock)
    assert [admissions.admit("192.0.2.1") for _ in range(2)] == [None, None]
    refusal = admissions.admit("192.0.2.1")
    assert refusal is not None
    assert refusal.status == TOO_MANY
    assert admissions.admit("192.0.2.2") is None


def test_all_together_have_so_many(clock):
    admissions = Admissions(2, 3, 100, clock)
    assert [admissions.admit(str(number)) for number in range(3)] == [None] * 3
    refusal = admissions.admit("another")
    assert refusal is not None
    assert refusal.status == FULL


def test_a_place_that_becomes_free_is_given_to_the_next(clock):
    admissions = Admissions(1, 1, 100, clock)
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        assert admissions.admit(address) is None
        admissions.leave(address)


def test_who_shakes_hands_too_often_learns_when_the_minute_is_over(clock):
    admissions = Admissions(100, 100, 3, clock)
    for _ in range(3):
        assert admissions.admit("192.0.2.1") is None
        admissions.leave("192.0.2.1")
    clock.now += 12.5
    assert admissions.admit("192.0.2.1") == Refusal(TOO_MANY, 48)
    assert admissions.admit("192.0.2.2") is None
    clock.now += 48
    assert admissions.admit("192.0.2.1") is None


def test_a_desk_behind_one_address_comes_back_whole_several_times_a_minute(clock, settings):
    admissions = Admissions(
        settings.SOCKETS_PER_ADDRESS, settings.SOCKETS_IN_ALL, settings.HANDSHAKES_PER_MINUTE, clock
    )
    for _ in range(5):
        for _ in range(settings.SOCKETS_PER_ADDRESS):
            assert admissions.admit("192.0.2.1") is None
        for _ in range(settings.SOCKETS_PER_ADDRESS):
            admissions.leave("192.0.2.1")
        clock.now += 1


def test_who_has_no_address_counts_in_all_alone(clock):
    admissions = Admissions(1, 3, 1, clock)
    assert [admissions.admit("") for _ in range(3)] == [None] * 3
    refusal = admissions.admit("")
    assert refusal is not None
    assert refusal.status == FULL


def test_nothing_is_kept_of_who_has_left(clock):
    admissions = Admissions(1, 100, 1, clock)
    for number in range(50):
        assert admissions.admit(str(number)) is None
        admissions.leave(str(number))
    clock.now += MINUTE
    admissions.admit("the last")
    kept = [each for each in vars(admissions).values() if isinstance(each, dict)]
    assert [list(each) for each in kept] == [["the last"]] * 2


class Event(NamedTuple):
    """After `passed` seconds somebody comes, or who came as the `leaves`th of those present leaves."""

    passed: float
    address: str
    leaves: int | None


EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from([0.0, 0.5, 7.0, 30.0, 61.0]),
        st.sampled_from(["", "a", "b", "c"]),
        st.none() | st.integers(0, 5),
    ),
    max_size=60,
)


@given(EVENTS, st.integers(1, 4), st.integers(1, 6), st.integers(1, 5))
def test_it_counts_as_a_list_of_everything_that_happened_would(events, per_address, in_all, handshakes):
    clock = Clock()
    admissions = Admissions(per_address, in_all, handshakes, clock)
    begun, came, present = clock.now, list[tuple[float, str]](), list[str]()
    for passed, address, leaves in events:
        clock.now += passed
        if leaves is not None:
            if leaves < len(present):
                admissions.leave(present.pop(leaves))
            continue
        came.append((clock.now, address))
        minute = begun
        for at, _ in came:  # each begins with the first who comes after the one before is over
            minute = at if at - minute >= MINUTE else minute
        often = sum(who == address and at >= minute for at, who in came)
        expected = None
        if address and (often > handshakes or present.count(address) >= per_address):
            expected = TOO_MANY
        elif len(present) >= in_all:
            expected = FULL
        refusal = admissions.admit(address)
        assert (refusal and refusal.status) == expected
        if refusal is None:
            present.append(address)
        else:
            assert 1 <= refusal.retry_after <= MINUTE


# -- On a server -----------------------------------------------------------------------------


async def application(scope, receive, send):
    """Takes every socket."""
    if scope["type"] == "http":
        await answer(send, await read_body(receive))
        return
    await send({"type": "websocket.accept"})
    await until_gone(receive)


def dispatched(admissions: Admissions):
    sockets = admitted(application, admissions)

    async def dispatch(scope, receive, send):
        await (sockets if scope["type"] == "websocket" else application)(scope, receive, send)

    return dispatch


def opened(stack: ExitStack, url: str) -> Any:
    return stack.enter_context(connect(url, open_timeout=10))


@pytest.mark.parametrize(
    ("limits", "status"), [((2, 9, 99), TOO_MANY), ((9, 2, 99), FULL), ((9, 9, 2), TOO_MANY)]
)
def test_who_is_not_let_in_learns_when_to_come_again(limits, status, caplog):
    with serving(dispatched(Admissions(*limits))) as (host, port), ExitStack() as stack:
        url = f"ws://{host}:{port}/"
        for _ in range(2):
            opened(stack, url)
        for _ in range(3):
            with pytest.raises(InvalidStatus) as refusal:
                opened(stack, url)
            assert refusal.value.response.status_code == status
            assert 1 <= int(refusal.value.response.headers["Retry-After"]) <= MINUTE
    logged = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert len(logged) == 1, "of a flood of refusals one is logged"


def test_whose_socket_is_over_gives_its_place_back():
    with serving(dispatched(Admissions(1, 1, 99))) as (host, port):
        url = f"ws://{host}:{port}/"

        def is_let_in() -> bool:
            try:
                with connect(url, open_timeout=10):
                    return True
            except InvalidStatus:
                return False

        for _ in range(5):
            until(is_let_in, "a place")


def test_an_application_that_fails_gives_its_place_back(clock):
    async def failing(*_: Any) -> None:
        raise RuntimeError("no")

    async def play() -> None:
        with pytest.raises(RuntimeError):
            await admitted(failing, admissions)({"type": "websocket", "client": ("a", 1)}, None, None)

    admissions = Admissions(1, 1, 99, clock)
    asyncio.run(play())
    assert admissions.admit("a") is None


def daphne(log, environment) -> Server:
    command = [sys.executable, "-W", "ignore", "-m", "daphne", "realtime.asgi:application", "-p"]
    return Server(lambda port: [*command, str(port)], log, environment=environment)


@pytest.mark.parametrize(("server", "status"), [(web, TOO_MANY), (daphne, HTTPStatus.FORBIDDEN)])
def test_the_web_process_counts_on_every_server(server, status, tmp_path):
    process = server(tmp_path / "web.log", environment={"SOCKETS_PER_ADDRESS": "2"})
    with running(process), ExitStack() as stack:
        url = f"ws://{LOCALHOST}:{process.port}/ws/pressure/"
        for _ in range(2):
            opened(stack, url)
        with pytest.raises(InvalidStatus) as refusal:
            opened(stack, url)
        assert refusal.value.response.status_code == status

"""A handshake is answered once, whatever comes later."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from live.denial import refuse
from tests.realtime.serving.house import HANDSHAKE, Address, serving

PATIENCE = 0.3


@contextmanager
def undecided(seconds: float) -> Iterator[tuple[Address, list[str]]]:
    """A server that refuses everybody, after `seconds`; and what became of it, one after the other."""
    ends: list[str] = []

    async def application(scope, receive, send) -> None:
        await receive()
        await asyncio.sleep(seconds)
        try:
            await refuse(HTTPStatus.UNAUTHORIZED, scope, send)
            await send({"type": "websocket.close"})
        except Exception as problem:
            ends.append(repr(problem))
            raise
        ends.append("nothing happened")

    with serving(application, patience=PATIENCE) as address:
        yield address, ends


@pytest.mark.parametrize(("seconds", "status"), [(0, 401), (2 * PATIENCE, 503)])
def test_a_refusal_reaches_only_who_still_waits_for_it(seconds: float, status: int, caplog):
    with undecided(seconds) as ((host, port), ends):
        with pytest.raises(InvalidStatus) as refusal, connect(f"ws://{host}:{port}/", open_timeout=10):
            pytest.fail("connected")
        assert refusal.value.response.status_code == status
    assert ends == ["nothing happened"]
    assert caplog.records == []


def test_nobody_is_there_to_hear_it_once_the_client_has_left(caplog):
    with undecided(PATIENCE / 2) as (address, ends), socket.create_connection(address) as client:
        client.sendall(HANDSHAKE)
    assert ends == ["nothing happened"]
    assert caplog.records == []

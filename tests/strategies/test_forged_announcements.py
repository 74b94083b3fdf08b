"""Whoever reaches Redis may announce: what is no change and no halt is not passed on, and the hub lives on."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from asgiref.sync import async_to_sync
from django.conf import settings
from redis.asyncio import Redis

from configuration import services
from configuration.announcements import channel
from configuration.models import Source
from configuration.services import Author
from configuration.signals import configuration_changed
from halts.announcements import channel as halts_channel
from halts.domain import HaltRecord
from strategies.push.hub import ConfigurationHub
from tests.factories import START
from tests.integration.forgeries import NASTY, raw_forgeries, variants
from tests.strategies.push.test_frames import overview
from tests.strategies.push.test_hub import Socket, State
from tests.strategies.reports import receipt, report

HALT = HaltRecord(symbol="BTCUSDT", halted=True, reason="r", actor="a", at=START)


@pytest.fixture
def announced(db: None, nothing_set: None, store: redis.Redis) -> bytes:
    """A change as it is announced."""
    heard: list[bytes] = []

    def hear(change: Any, **_: Any) -> None:
        heard.append(msgspec.json.encode(change))

    configuration_changed.connect(hear)
    author = Author(source=Source.COMMAND, name="tests", reason="why")
    services.write("orderbook_skew", None, {"top_levels": 7}, author=author)
    configuration_changed.disconnect(hear)
    return heard[0]


def passed_on(*messages: tuple[str, bytes]) -> list[str]:
    """What a socket hears of these, after its snapshot."""
    hub, socket = ConfigurationHub(Redis.from_url(settings.REDIS_URL), State()), Socket()
    hub.sockets.add(socket)

    async def announce() -> None:
        for where, payload in messages:
            await hub.announce(where, payload)

    async_to_sync(announce)()
    return socket.heard


@pytest.mark.parametrize("name", raw_forgeries(Path()))
def test_bytes_of_any_kind_are_not_passed_on(tmp_path: Path, name: str):
    raw = raw_forgeries(tmp_path / "executed")[name]
    halt = (halts_channel(), msgspec.json.encode(HALT))
    assert passed_on((channel(), raw), (halts_channel(), raw), halt) == ["state"]
    assert not (tmp_path / "executed").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("standing", "frames"), [([HALT], []), ([], ["state"])])
def test_a_resumption_is_passed_on_where_nothing_is_halted(standing: list[HaltRecord], frames: list[str]):
    state = State()
    state.overview = overview(report(receipt()), halts=standing)
    hub, socket = ConfigurationHub(Redis.from_url(settings.REDIS_URL), state), Socket()
    async_to_sync(hub.join)(socket)
    resumed = msgspec.structs.replace(HALT, symbol="BTCUSDT", halted=False)
    async_to_sync(hub.announce)(halts_channel(), msgspec.json.encode(resumed))
    assert socket.heard == ["snapshot", *frames]


@pytest.mark.django_db
@pytest.mark.parametrize("nasty", NASTY.values(), ids=NASTY)
def test_any_part_of_a_halt_replaced(nasty: Any):
    forged = [json.dumps(each).encode() for each in variants(msgspec.to_builtins(HALT), nasty)]
    heard = passed_on(
        *((halts_channel(), each) for each in forged), (halts_channel(), msgspec.json.encode(HALT))
    )
    assert set(heard) == {"state"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("nasty", NASTY.values(), ids=NASTY)
def test_any_part_of_a_change_replaced(announced: bytes, nasty: Any):
    forged = [json.dumps(each).encode() for each in variants(json.loads(announced), nasty)]
    heard = passed_on(*((channel(), each) for each in forged), (channel(), announced))
    assert set(heard) == {"change"}


@pytest.mark.django_db(transaction=True)
def test_a_change_is_passed_on_as_it_was_sent(announced: bytes):
    frames: list[dict[str, Any]] = []

    class Listener(Socket):
        async def send_frame(self, frame: str) -> None:
            frames.append(json.loads(frame))

    hub = ConfigurationHub(Redis.from_url(settings.REDIS_URL), State())
    hub.sockets.add(Listener())
    async_to_sync(hub.announce)(channel(), announced)
    assert frames == [{"type": "change", **json.loads(announced)}]

"""A strategy process whose log-in NATS does not take, from the start and later on."""

import asyncio
from pathlib import Path

import httpx
from django.conf import settings

from messaging.bus import connected, flush
from realtime.stack.servers import LOCALHOST, free_port
from tests.messaging.guarded import Guarded, guarded, user
from tests.servers import until
from tests.strategies.house import House
from tests.strategies.processes.asking import Market, reports, signals
from tests.strategies.test_engine import depth


async def flip(server: Guarded, heard: list[bytes]) -> None:
    """What decides a strategy, and the signal that comes of it."""
    Market.update_id += 10
    arrived = asyncio.Event()

    async def hear(message) -> None:
        heard.append(message.data)
        arrived.set()

    async with connected(server.url(), "somebody") as client:
        await client.subscribe(f"{settings.NATS_TOPIC_INTENTS}.>", cb=hear)
        await flush(client)
        for frame in (depth(1, 1, Market.update_id), depth(2.9, 1, Market.update_id + 1)):
            await client.publish(settings.NATS_STRATEGIES_TOPIC[0], frame)
        await asyncio.wait_for(arrived.wait(), 10)


def test_a_log_in_that_is_not_taken__is_an_outage_and_ready_reports_it(house: House, tmp_path: Path):
    port = free_port()
    heard: list[bytes] = []

    def ready() -> httpx.Response:
        return httpx.get(f"http://{LOCALHOST}:{port}/ready")

    with (
        guarded(tmp_path, user("another")) as server,
        house.running("run_strategies", NATS_URL=server.url(), STRATEGIES_HTTP_PORT=str(port)),
    ):
        until(lambda: any(report.nats_away_since for report in reports(house)), "away from the start")
        answer = ready()
        assert (answer.status_code, answer.json()["missing"]) == (503, ["nats"])
        assert "Authorization Violation" in answer.json()["warnings"][0]

        for number in (1, 2):
            server.now(user())
            until(lambda: ready().status_code == 200, "let in")
            asyncio.run(flip(server, heard))
            until(lambda: signals(house) == len(heard), "counted")
            assert len(heard) == number
            server.now(user("another"))
            until(lambda: any(report.nats_away_since for report in reports(house)), "turned away")
            assert ready().status_code == 503

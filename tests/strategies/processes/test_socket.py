"""What happens to configuration and halts, sent over a socket to those who may hear it."""

import asyncio
import json
from typing import Any

import pytest
import websockets

from realtime.stack.servers import LOCALHOST
from tests.strategies.house import House, strategies
from tests.strategies.processes.asking import (
    log_in,
)


@pytest.mark.database
def test_events_over_websocket(house: House):
    async def watch() -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = []
        cookies = await asyncio.to_thread(log_in, house)
        address = f"ws://{LOCALHOST}:{house.port}/ws/configuration/"
        headers = {"Cookie": cookies, "Origin": f"http://{LOCALHOST}:{house.port}"}
        async with websockets.connect(address, additional_headers=headers) as socket:
            seen.append(json.loads(await asyncio.wait_for(socket.recv(), 5)))
            saved = await asyncio.to_thread(house.set, top_levels=3)
            await asyncio.to_thread(house.ask, "POST", "/strategies/halt", {"reason": "watching"})
            await asyncio.to_thread(house.ask, "POST", "/strategies/resume", {"reason": "watching"})
            async with asyncio.timeout(10):
                while not is_over(seen, saved["version"]):
                    seen.append(json.loads(await socket.recv()))
        return seen

    def is_over(seen: list[dict[str, Any]], version: int) -> bool:
        applied = [e for e in seen if e["type"] == "applied" and e["strategy_id"] == "orderbook_skew"]
        states = [e["state"] for e in seen if e["type"] == "state"]
        return states == ["HALTED", "ACTIVE"] and any(
            e["version"] == version and e["converged"] for e in applied
        )

    with strategies(house, 2):
        seen = asyncio.run(watch())
    assert seen[0]["type"] == "snapshot"
    assert len(seen[0]["processes"]) == 2
    change = next(event for event in seen if event["type"] == "change")
    assert (change["strategy_id"], change["actor"], change["reason"]) == ("orderbook_skew", "manager", "test")
    done = [e for e in seen if e["type"] == "applied" and e["strategy_id"] == "orderbook_skew"][-1]
    assert (done["applied"], len(done["processes"])) == (2, 2)
    assert 0 <= done["slowest_lag_ms"] < 1000


def test_the_socket_gives_signs_of_life_while_nothing_happens(house: House):
    async def listen() -> list[str]:
        cookies = await asyncio.to_thread(log_in, house)
        headers = {"Cookie": cookies, "Origin": f"http://{LOCALHOST}:{house.port}"}
        address = f"ws://{LOCALHOST}:{house.port}/ws/configuration/"
        async with websockets.connect(address, additional_headers=headers) as socket, asyncio.timeout(15):
            return [json.loads(await socket.recv())["type"] for _ in range(3)]

    assert asyncio.run(listen()) == ["snapshot", "heartbeat", "heartbeat"]


@pytest.mark.database
@pytest.mark.parametrize("cookies", ["", "sessionid=made-up"])
def test_the_socket_is_closed_to_strangers(house: House, cookies: str):
    async def knock() -> None:
        headers = {"Cookie": cookies, "Origin": f"http://{LOCALHOST}:{house.port}"}
        async with websockets.connect(
            f"ws://{LOCALHOST}:{house.port}/ws/configuration/", additional_headers=headers
        ):
            pass

    with pytest.raises(websockets.exceptions.InvalidStatus):
        asyncio.run(knock())

"""From a real NATS to disk: every frame as it came, and whole books asked for."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings

from markets.recording.reading import Recording, RecordingError
from markets.recording.recorder import Recorder
from markets.recording.verifying import Verification
from markets.streaming import RECEIVED_AT
from messaging import bus
from messaging.bus import Link
from tests.markets.recording.recorded import files_no_larger_than
from tests.servers import nats, nats_url

HELLO = b'{"stream":"hello@trade","data":{}}'
"""Is published until the recorder listens, on a subject of no place."""
TRADE = '{"stream":"币安人生usdt@trade", "data":{"e":"trade"}}'.encode()


def change(first: int, last: int) -> bytes:
    data = {"e": "depthUpdate", "s": "BTCUSDT", "U": first, "u": last, "b": [["9.0", "1.0"]], "a": []}
    return json.dumps({"stream": "btcusdt@depth@100ms", "data": data}).encode()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.02)


Step = Callable[[Link, Recorder], Coroutine[Any, Any, None]]


def recorded(
    directory: Path, step: Step, *subjects: str, url: str = ""
) -> dict[str, list[tuple[int, bytes]]]:
    """What is in the recordings of each place once the recorder ends, or `step`, which begins when it listens."""
    recorder = Recorder(directory, [*(subjects or ["recorded.>", "market.>"]), "recorded.hello"])
    url = url or settings.NATS_URL

    async def run() -> None:
        task = asyncio.create_task(recorder.run(url))
        async with bus.connected(url, "test") as client:
            while not recorder.intake.taken and not task.done():
                await client.publish("recorded.hello", HELLO)
                await asyncio.sleep(0.05)
            stepping = asyncio.create_task(step(client, recorder))
            await asyncio.wait({task, stepping}, return_when="FIRST_COMPLETED")
            if not task.done():
                await stepping
            stepping.cancel()
            await client.flush()
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            await task

    async_to_sync(run)()
    found: dict[str, list[tuple[int, bytes]]] = {}
    for path in sorted(directory.glob("*.ndjson.gz")):
        lines = [
            (arrival.at_us, arrival.frame) for arrival in Recording(path).arrivals() if arrival.frame != HELLO
        ]
        found.setdefault(path.name.partition("_")[0], []).extend(lines)
    assert not list(directory.glob("*.part"))
    return {place: lines for place, lines in found.items() if lines}


def test_every_frame_is_recorded_as_it_came__with_the_time_its_producer_received_it(tmp_path: Path):
    times: list[int] = []

    async def step(client: Link, recorder: Recorder) -> None:
        for number in range(200):
            at_us = recorder._clock_us() - 5_000
            times.append(at_us)
            subject = f"market.{'okx' if number % 2 else 'binance-usdm'}.trade.BTCUSDT"
            await client.publish(subject, b'{"n":%d}' % number, headers={RECEIVED_AT: str(at_us)})
            if number == 100:
                await asyncio.sleep(1.2)  # a batch is on disk by then
        await client.publish("recorded.websocket.data", TRADE)

    found = recorded(tmp_path, step)
    assert found["okx"] == [(times[number], b'{"n":%d}' % number) for number in range(1, 200, 2)]
    assert found["binance-usdm"] == [(times[number], b'{"n":%d}' % number) for number in range(0, 200, 2)]
    ((at_us, frame),) = found["mixed"]
    assert frame == TRADE
    assert 0 <= at_us - times[-1] < 30e6


def test_what_several_subjects_bring_is_recorded_once(tmp_path: Path):
    async def step(client: Link, _: Recorder) -> None:
        for number in range(50):
            await client.publish("market.okx.trade.BTCUSDT", b'{"n":%d}' % number)

    found = recorded(tmp_path, step, "market.*.trade.*", "market.>", "market.okx.trade.BTCUSDT", "market.>")
    assert [frame for _, frame in found["okx"]] == [b'{"n":%d}' % number for number in range(50)]


def test_whole_books_are_asked_for_until_they_come__and_are_recorded(tmp_path: Path):
    asked: list[str] = []

    async def step(client: Link, _: Recorder) -> None:
        async def answer(message) -> None:
            asked.append(message.subject)
            if len(asked) == 1:
                await message.respond(b'{"error":"not now","retry_after_ms":20}')
                return
            body = b'{"lastUpdateId":%d,"bids":[["8.0","1.0"]],"asks":[["11.0","1.0"]]}' % (
                12 if len(asked) < 3 else 20
            )
            whole = b'{"stream":"btcusdt@depthSnapshot","data":%b}' % body
            await client.publish("market.binance.diff.BTCUSDT", whole)
            await message.respond(body)

        await client.subscribe("snapshot.binance.*", cb=answer)
        for ids in ((11, 12), (13, 14)):
            await client.publish("market.binance.diff.BTCUSDT", change(*ids))
        await client.publish("market.binance.depth.ETHUSDT", TRADE)
        await until(lambda: len(asked) >= 3)
        await asyncio.sleep(0.2)

    found = recorded(tmp_path, step)
    assert asked == ["snapshot.binance.BTCUSDT"] * 3
    assert sum(b"@depthSnapshot" in frame for _, frame in found["binance"]) == 2
    (path,) = tmp_path.glob("binance_*.ndjson.gz")
    verification = Verification(path).run()
    assert (verification.problems, verification.snapshots, verification.without_snapshot) == ([], 2, [])


def test_where_changes_are_missing_a_whole_book_is_asked_for_again(tmp_path: Path):
    asked: list[str] = []

    async def step(client: Link, _: Recorder) -> None:
        async def answer(message) -> None:
            asked.append(message.subject)
            await message.respond(b'{"lastUpdateId":1000,"bids":[],"asks":[]}')

        await client.subscribe("snapshot.binance.*", cb=answer)
        for ids in [(11, 12), (13, 14)]:
            await client.publish("market.binance.diff.BTCUSDT", change(*ids))
        await until(lambda: len(asked) == 1)
        await client.publish("market.binance.diff.BTCUSDT", change(17, 18))
        await until(lambda: len(asked) == 2)

    recorded(tmp_path, step)
    assert asked == ["snapshot.binance.BTCUSDT"] * 2


def test_it_goes_on_once_nats_is_back(tmp_path: Path):
    server = nats()

    async def step(client: Link, recorder: Recorder) -> None:
        await client.publish("market.okx.trade.BTCUSDT", b'{"n":1}')
        await until(lambda: recorder.intake.taken > 1)
        taken = recorder.intake.taken
        server.stop()
        server.start()
        while recorder.intake.taken == taken:
            await client.publish("recorded.hello", HELLO)
            await asyncio.sleep(0.1)
        await client.publish("market.okx.trade.BTCUSDT", b'{"n":2}')

    server.start()
    try:
        found = recorded(tmp_path / "new", step, url=nats_url(server.port))
    finally:
        server.stop()
    assert [frame for _, frame in found["okx"]] == [b'{"n":1}', b'{"n":2}']


def test_it_ends_by_itself__also_where_nats_never_was(tmp_path: Path):
    url = nats_url(nats().port)
    async_to_sync(Recorder(tmp_path, ["market.>"]).run)(url, 0.3)
    async_to_sync(Recorder(tmp_path, ["market.>"]).run)(settings.NATS_URL, 0.3)


def test_a_full_disk_ends_it_with_a_sentence(tmp_path: Path):
    async def step(client: Link, recorder: Recorder) -> None:
        await until(lambda: any(path.stat().st_size for path in tmp_path.glob("*.part")))
        with files_no_larger_than(0):
            await client.publish("market.okx.trade.BTCUSDT", TRADE)
            await asyncio.Event().wait()  # for the end of the recorder

    with pytest.raises(RecordingError, match="Nothing can be recorded into"):
        recorded(tmp_path, step)
    (path,) = tmp_path.glob("*.ndjson.gz")
    assert {arrival.frame for arrival in Recording(path).arrivals()} == {HELLO}

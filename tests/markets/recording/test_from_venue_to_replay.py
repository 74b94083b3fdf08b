"""The whole way: a venue on this machine, NATS, a recording, and the same market from that again."""

import asyncio
import gzip
import json
from collections import Counter
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings

from markets.choice import read_choice
from markets.domain.translated import Kind
from markets.recording.frames import ids_of_change
from markets.recording.reading import Arrival, Recording
from markets.recording.recorder import Recorder
from markets.recording.verifying import Verification
from markets.snapshots import Snapshots
from markets.streaming import Publisher
from markets.venue_stream import Addresses, VenueStream
from markets.venues import VENUES
from messaging import bus
from tests.integration.markets import DATA, needs_recordings
from tests.markets.commands.test_replay_market import replayed
from tests.markets.exchange import Exchange, RestAnswer
from tests.markets.recording.test_recorder import HELLO, until

NAME = "spot_btc_eth_20240808"
SYMBOLS = ("BTCUSDT", "ETHUSDT")
KINDS: list[Kind] = ["diff", "bookTicker", "trade"]
FRAMES = 12_000


def books() -> dict[str, Any]:
    """The first whole book of each symbol, and when it was answered."""
    with gzip.open(DATA / f"{NAME}.rest.ndjson.gz") as file:
        answers = [json.loads(line) for line in file]
    return {answer["symbol"]: answer for answer in reversed(answers)}


def exchange(whole: dict[str, Any]) -> Exchange:
    symbols = [
        {"symbol": name, "baseAsset": name[:3], "quoteAsset": "USDT", "status": "TRADING"} for name in SYMBOLS
    ]
    rest = {
        f"/api/v3/depth?symbol={name}&limit=5000": RestAnswer(whole[name]["snapshot"]) for name in SYMBOLS
    }
    rest["/api/v3/exchangeInfo"] = RestAnswer({"symbols": symbols})
    rest["/api/v3/ticker/24hr"] = RestAnswer([{"symbol": name, "quoteVolume": "1"} for name in SYMBOLS])
    return Exchange(lambda message: [json.dumps({"result": None, "id": message["id"]})], rest)


def is_before(arrival: Arrival, whole: dict[str, Any]) -> bool:
    """Is there nothing in it that the whole books do not know?"""
    ids = ids_of_change(arrival.frame)
    symbol = "BTCUSDT" if b'"BTCUSDT"' in arrival.frame else "ETHUSDT"
    return not ids or ids.u <= whole[symbol]["snapshot"]["lastUpdateId"]


async def play(venue: Exchange, directory: Path) -> int:
    """Record what the venue sends; how many frames it sent."""
    whole = books()
    arrivals = list(islice(Recording(DATA / f"{NAME}.raw.ndjson.gz").arrivals(), FRAMES))
    begin = next(place for place, arrival in enumerate(arrivals) if not is_before(arrival, whole))
    recorder = Recorder(directory, ["recorded.hello", "market.binance.>"])
    stream = VenueStream(
        VENUES["binance", "spot"],
        Addresses(*venue.origins),
        read_choice(",".join(SYMBOLS)),
        KINDS,
        levels=50,
        silence_seconds=60,
    )
    async with bus.connected(settings.NATS_URL, "test") as link:
        stream.publish = partial(Publisher(link).publish, stream.figures)
        tasks = [
            asyncio.create_task(each)
            for each in (recorder.run(settings.NATS_URL), stream.run(), Snapshots(stream, link).serve())
        ]
        await until(lambda: venue.asked)
        hellos = 0
        while not recorder.intake.taken:
            await link.publish("recorded.hello", HELLO)
            hellos += 1
            await asyncio.sleep(0.05)
        for arrival in arrivals[:begin]:
            await venue.send(arrival.frame.decode())
        await until(lambda: stream.figures.snapshots == len(SYMBOLS))
        for arrival in arrivals[begin:]:
            await venue.send(arrival.frame.decode())
        await until(lambda: recorder.intake.taken == hellos + FRAMES + len(SYMBOLS))
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return len(arrivals)


@pytest.mark.recordings
@needs_recordings[1]
def test_a_market_is_recorded_with_whole_books__and_is_the_same_when_it_is_replayed(tmp_path: Path):
    async def run() -> int:
        async with exchange(books()).open() as venue:
            return await play(venue, tmp_path)

    sent = async_to_sync(run)()

    (path,) = tmp_path.glob("binance_*.raw.ndjson.gz")
    found = Verification(path).run()
    assert found.problems == []
    assert (found.lines, found.snapshots, found.without_snapshot) == (sent + 2, 2, [])
    assert found.agreed > 100

    options = ("--speed", "max", "--keep-times", "--subject", "again.*.*.*")
    heard = replayed(str(path), *options, listen="again.>")
    assert [each.frame.encode() for each in heard] == [
        arrival.frame for arrival in Recording(path).arrivals()
    ]
    kinds = Counter(each.subject.rpartition(".")[0] for each in heard)
    assert kinds == {
        "again.binance.diff": found.changes + 2,
        "again.binance.bookTicker": found.touches,
        "again.binance.trade": found.trades,
    }

"""What `stream_market` costs: from a venue's socket to NATS, beside the libraries it is made of."""

import asyncio
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any, NamedTuple

import nats
from nats.aio.client import Client

from markets.reports.store import ReportReader
from markets.venues.binance import BinanceSpot
from markets.venues.okx import OkxSpot
from stored import connected
from tests.bench.bare import DONE
from tests.bench.cores import Cores, divided, on, staying_on
from tests.bench.framed import drip, pour
from tests.bench.page import table
from tests.bench.processes import cpu_seconds
from tests.bench.servers import manage, running, servers
from tests.bench.venue_talk import COINS, LAST_COIN, SYMBOLS, Binance, binance, okx_books
from tests.bench.walking import KINDS
from tests.markets.exchange import Exchange, until
from tests.markets.venues_played import PlayedOkx

TITLE = "From the socket to NATS"
OURS, PUBLISHING, RECEIVING = READERS = ("stream_market", "publish", "receive")
PATHS: Mapping[str, str] = {PUBLISHING: "/publish", RECEIVING: "/receive"}
STREAMS: Mapping[str, str] = {"binance": BinanceSpot.paths["depth"], "okx": OkxSpot.path}
MESSAGES_THAT_ASK = sum(
    -(-len(COINS) * channels // limits.channels_a_message)
    for channels, limits in ((4, BinanceSpot.limits), (2, OkxSpot.limits))
)
"""For 4 kinds of Binance and 2 channels of OKX."""
KINDS_WANTED = ("depth", "diff", "trade", "touch")
BOOKS_A_SECOND = 10
PATIENCE_SECONDS = 60.0
REPORTED_SECONDS = 1.5


class Load(NamedTuple):
    """Messages of one venue, as fast as they are taken, or so many a second; `before` are not measured."""

    name: str
    venue: str
    frames: Sequence[bytes]
    per_second: float | None = None
    before: Sequence[bytes] = ()

    @property
    def pace(self) -> str:
        return "flat out" if self.per_second is None else f"{self.per_second:,.0f}/s"

    @property
    def bytes_each(self) -> float:
        return sum(map(len, self.frames)) / len(self.frames)


Costs = dict[str, list[float]]
"""Processor microseconds a frame in every round, by reader."""


def section(short: bool) -> str:
    """All loads, each reader in turn."""
    count, seconds, rounds = (2_000, 0.5, 1) if short else (8_000, 1.5, 3)
    found = asyncio.run(measure(list(loads(count, seconds)), rounds))
    rows = [_row(load, costs) for load, costs in found]
    head = (
        "frames of",
        "pace",
        "bytes each",
        "`stream_market`, µs",
        "receive and publish, µs",
        "only receive, µs",
        "against receive and publish",
        "`stream_market`, frames/s a core",
    )
    return f"""Processor time a frame of `stream_market`, as a process of its own, from one venue's WebSocket to NATS,
beside the bare libraries: a `websockets` client that publishes the bytes as they are with nats-py, and one that only
receives. All get the same frames from the same exchange on this machine, in turn, {rounds} rounds of {count:,} frames,
or of {seconds:g} s at a pace; medians, and the ratio is taken within each round. Frames are in the recorded forms, of
{SYMBOLS} simulated books; those of OKX are changes of books of 400 levels a side with numbers and checksums, from
which whole books are kept, and touches and the best 50 levels published, each book at most ten times a second: at
{SYMBOLS * BOOKS_A_SECOND:,} frames/s, as the venue sends them, each change leads to both. {_cores_told(divided())}

{table(head, rows)}"""


def _cores_told(cores: Cores) -> str:
    return f"What is measured has core {cores.reader} to itself; exchange and NATS on core {cores.servers}."


def _row(load: Load, costs: Costs) -> tuple[str, ...]:
    ours, bare, deaf = (median(costs[reader]) for reader in READERS)
    ratio = median(mine / theirs for mine, theirs in zip(costs[OURS], costs[PUBLISHING], strict=True))
    texts = (f"{each:.1f}" for each in (ours, bare, deaf))
    return (load.name, load.pace, f"{load.bytes_each:,.0f}", *texts, f"{ratio:.2f} ×", f"{1e6 / ours:,.0f}")


def loads(count: int, seconds: float) -> Iterator[Load]:
    """Each kind of Binance and books of OKX flat out; all kinds, and books, as they come."""
    by_kind = {kind: binance(kind, count) for kind in KINDS}
    for kind, frames in by_kind.items():
        yield Load(f"Binance {kind}", "binance", frames)
    yield _of_okx(count)
    pace = SYMBOLS * BOOKS_A_SECOND
    each = round(pace * seconds)
    mixed = [
        frame for four in zip(*(frames[:each] for frames in by_kind.values()), strict=True) for frame in four
    ]
    yield Load("Binance, all four", "binance", [*mixed, by_kind["trade"][-1]], len(KINDS) * pace)
    yield _of_okx(each, pace)


def _of_okx(count: int, per_second: float | None = None) -> Load:
    whole, changes = okx_books(count)
    return Load("OKX books", "okx", changes, per_second, whole)


async def measure(all_loads: Sequence[Load], rounds: int) -> list[tuple[Load, Costs]]:
    """Every reader takes every load in every round."""
    venues = {"binance": Binance(), "okx": PlayedOkx(COINS)}
    exchanges = {name: venue.exchange() for name, venue in venues.items()}
    cores = divided()
    with staying_on(cores.publisher), servers(cores.servers) as environment:
        async with exchanges["binance"].open(), exchanges["okx"].open():
            with _readers(environment | _places(exchanges), exchanges["binance"], cores) as pids:
                client = await nats.connect(environment["NATS_URL"])
                found = await _Measurement(exchanges, pids, client).all(all_loads, rounds)
                await asyncio.sleep(REPORTED_SECONDS)
                _check(environment)
                await client.close()
                for exchange in exchanges.values():
                    await exchange.cut()
    return found


def _places(exchanges: Mapping[str, Exchange]) -> dict[str, str]:
    """The settings by which `stream_market` finds them."""
    places: dict[str, str] = {}
    for name, exchange in exchanges.items():
        socket, rest = exchange.origins
        places |= {f"VENUE_{name.upper()}_SPOT_WS": socket, f"VENUE_{name.upper()}_SPOT_REST": rest}
    return places


@contextmanager
def _readers(environment: dict[str, str], exchange: Exchange, cores: Cores) -> Iterator[dict[str, int]]:
    """The three of them, by process id."""
    options = ["--venue", ",".join(STREAMS), "--symbols", f"top:{len(COINS)}"]
    commands = {OURS: manage("stream_market", *options, "--kinds", ",".join(KINDS_WANTED))}
    for name, path in PATHS.items():
        commands[name] = [sys.executable, "-m", "tests.bench.bare", exchange.origins[0] + path, name, name]
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(running(on(cores.reader, command), env=environment)).pid
            for name, command in commands.items()
        }


class _Measurement:
    """Sends to one reader at a time, and waits until that has taken everything."""

    def __init__(self, exchanges: Mapping[str, Exchange], pids: Mapping[str, int], client: Client) -> None:
        self._exchanges, self._pids, self._client = exchanges, pids, client
        self._is_done = asyncio.Event()

    async def all(self, all_loads: Sequence[Load], rounds: int) -> list[tuple[Load, Costs]]:
        async def hear(_: object) -> None:
            self._is_done.set()

        for subject in (f"{DONE}.*", f"market.*.trade.{LAST_COIN}USDT"):
            await self._client.subscribe(subject, cb=hear)
        await self._client.flush()
        await until(self._are_connected, PATIENCE_SECONDS)
        found: list[tuple[Load, Costs]] = [(load, {reader: [] for reader in READERS}) for load in all_loads]
        for _ in range(rounds):
            for load, costs in found:
                for reader in READERS:
                    costs[reader].append(await self._taken(load, reader))
        return found

    def _are_connected(self) -> bool:
        """All sockets are open, and everything was asked for."""
        asked = sum(len(exchange.asked) for exchange in self._exchanges.values())
        return asked >= MESSAGES_THAT_ASK and all(
            self._transport(venue, reader) for venue in STREAMS for reader in READERS
        )

    async def _taken(self, load: Load, reader: str) -> float:
        """Processor microseconds a frame."""
        transport = self._transport(load.venue, reader)
        assert transport, f"{reader} has hung up"
        if load.before:
            await self._send(transport, load.before)
        before = cpu_seconds(self._pids[reader])
        await self._send(transport, load.frames, load.per_second)
        return 1e6 * (cpu_seconds(self._pids[reader]) - before) / len(load.frames)

    async def _send(
        self, transport: asyncio.Transport, frames: Sequence[bytes], per_second: float | None = None
    ) -> None:
        """Return when all is taken."""
        self._is_done.clear()
        if per_second is None:
            await pour(transport, frames)
        else:
            await drip(transport, frames, per_second)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._is_done.wait()

    def _transport(self, venue: str, reader: str) -> asyncio.Transport | None:
        """The bare ones are connected to one exchange, which sends them what any venue says."""
        if reader != OURS:
            return next(iter(self._exchanges["binance"].transports(PATHS[reader])), None)
        return next(iter(self._exchanges[venue].transports(STREAMS[venue])), None)


def _check(environment: Mapping[str, Any]) -> None:
    """Nothing was dropped, lost or not understood."""
    (report,) = ReportReader(connected(environment["REDIS_URL"]), "realtime").reports(time.time())
    assert not report.dropped, report
    assert not any(venue.unreadable or venue.lost_books or venue.refusals for venue in report.venues), report

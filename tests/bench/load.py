"""Frames onto NATS: as fast as they are taken, or at a steady pace.

    python -m tests.bench.load SYMBOLS RATE

publishes books until it is asked to end, each with its own time of publication as its price (milliseconds
modulo 1e9), so that whoever sees the mid price knows how old it is.
"""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

import nats

from markets.simulation.frames import BOOK
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from markets.simulation.moving import moved
from markets.simulation.scenarios import Signals
from tests.bench.servers import SUBJECT

PROGRESS = "bench.progress"
TARGET = SUBJECT.encode()
WINDOW = 20_000  # frames under way; NATS itself cuts off a reader that is 64 MB behind
SILENCE_SECONDS = 30.0  # a reader that sends nothing for so long has lost a frame
STEP_SECONDS = 0.01  # between two bursts of a steady pace
MILLISECONDS = 1_000_000_000
BEGIN = 1_760_000_000.0
"""When prepared markets begin, until they are moved to now."""


def book_frames(symbols: int, count: int) -> list[bytes]:
    """`count` depth20 frames of `symbols` markets in turn, 20+20 levels each."""
    rng = Random(7)
    market = SimulatedMarket(listings(symbols, "mixed", rng), 10.0, rng, kinds={BOOK})
    frames: list[bytes] = []
    while len(frames) < count:
        frames += [frame.payload for frame in market.tick(round(1000 * BEGIN))]
    return frames[:count]


class Moment(NamedTuple):
    """A frame, what it is, and when it is due (seconds since the epoch)."""

    at: float
    kind: str
    payload: bytes


def market(symbols: int, seconds: float, begin: float) -> Iterator[Moment]:
    """Everything a market sends: books, trades, tickers, touches of two venues, dominance, on-chain flows."""
    rng = Random(1)
    staged = Signals(SimulatedMarket(listings(symbols, "mixed", rng), 10.0, rng))
    for tick in range(round(seconds / staged.tick_seconds)):
        at = begin + tick * staged.tick_seconds
        for frame in staged.tick(round(1000 * at)):
            yield Moment(at, frame.kind, frame.payload)


def of_now(frames: list[bytes]) -> list[bytes]:
    """The frames of a market that begins now and not at BEGIN, so that a feed does not take them for late."""
    by_us = round(1e6 * (time.time() - BEGIN))
    return [moved(frame, by_us) for frame in frames]


class Publisher:
    """Publishes prepared frames over one raw connection to a reader, the process `reader`."""

    def __init__(self, url: str, reader: int) -> None:
        place = urlsplit(url)
        self._reader = reader
        self._socket = socket.create_connection((place.hostname, place.port), timeout=SILENCE_SECONDS)
        self._socket.sendall(b'CONNECT {"verbose":false}\r\nSUB ' + PROGRESS.encode() + b" 1\r\n")
        self._received = b""
        self._taken = 0
        self._answered = False
        self.on_begin: Callable[[], None] = lambda: None  # called when the reader's time begins

    def flat_out(self, frames: list[bytes]) -> None:
        """Publish all, never more than WINDOW ahead of the reader, and wait until it has reported that it has all."""
        self.on_begin()
        for start in range(0, len(frames), 500):
            while start - self._taken > WINDOW:
                self._hear()
            self._send(frames[start : start + 500])
        self._wait_for(len(frames))

    def steadily(self, frames: list[bytes], per_second: float) -> None:
        """Publish all when they are due, whatever the reader does, and wait until it has reported that it has all."""
        self.on_begin()
        self.spread(frames, per_second)
        self._wait_for(len(frames))

    def spread(self, frames: list[bytes], per_second: float) -> None:
        """Publish all when they are due, and wait for nobody."""
        begin, sent = time.perf_counter(), 0
        while sent < len(frames):
            due = min(len(frames), int((time.perf_counter() - begin) * per_second))
            self._send(frames[sent:due])
            sent = due
            time.sleep(STEP_SECONDS)

    def as_a_backlog(self, frames: list[bytes]) -> None:
        """Publish all while the reader is held, then let it go, and wait until it has reported that it has all."""
        os.kill(self._reader, signal.SIGSTOP)
        try:
            for start in range(0, len(frames), 500):
                self._send(frames[start : start + 500])
            self._flush()
        finally:
            self.on_begin()
            os.kill(self._reader, signal.SIGCONT)
        self._wait_for(len(frames))

    def close(self) -> None:
        self._socket.close()

    def _send(self, frames: list[bytes]) -> None:
        self._socket.sendall(b"".join(b"PUB %s %d\r\n%s\r\n" % (TARGET, len(each), each) for each in frames))

    def _flush(self) -> None:
        """Return when the server has taken everything."""
        self._socket.sendall(b"PING\r\n")
        while not self._answered:
            self._hear()

    def _wait_for(self, count: int) -> None:
        while self._taken < count:
            self._hear()

    def _hear(self) -> None:
        """Read progress messages: MSG subject sid size CRLF number CRLF."""
        self._received += self._socket.recv(65536)
        *lines, self._received = self._received.split(b"\r\n")
        for line in lines:
            if line.isdigit():
                self._taken = int(line)
            elif line == b"PONG":
                self._answered = True
            elif line == b"PING":
                self._socket.sendall(b"PONG\r\n")


def timed_frame(symbol: str, now: float, update_id: int) -> bytes:
    """A spot book of 20+20 levels whose mid price is the time of publication."""
    mid = now * 1000 % MILLISECONDS
    bids = ",".join(f'["{mid - 0.5 - i:.3f}","{1 + (update_id + i) % 7}"]' for i in range(20))
    asks = ",".join(f'["{mid + 0.5 + i:.3f}","{1 + (update_id * 3 + i) % 5}"]' for i in range(20))
    data = f'{{"lastUpdateId":{update_id},"bids":[{bids}],"asks":[{asks}]}}'
    return f'{{"stream":"{symbol.lower()}@depth20@100ms","data":{data}}}'.encode()


async def pace(symbols: int, rate: float) -> None:
    """`rate` frames a second and symbol, spread evenly, until the process is ended."""
    client = await nats.connect(os.environ["NATS_URL"])
    names = [f"S{number:04d}USDT" for number in range(symbols)]
    begin = time.perf_counter()
    sent = 0
    while True:
        due = int((time.perf_counter() - begin) * rate * symbols)
        for number in range(sent, due):
            frame = timed_frame(
                names[number % symbols], time.time(), 1 + int(time.time() * 1000) * 10 + number % 10
            )
            await client.publish(SUBJECT, frame)
        sent = due
        await asyncio.sleep(STEP_SECONDS)


if __name__ == "__main__":
    _, symbols, rate = sys.argv
    asyncio.run(pace(int(symbols), float(rate)))

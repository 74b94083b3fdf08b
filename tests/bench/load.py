"""Depth frames onto NATS: as fast as they are taken, or at a steady pace.

    python -m tests.bench.load pace SYMBOLS RATE SECONDS

A paced frame carries its own time of publication as its price (milliseconds modulo 1e9), so that
whoever sees the mid price knows how old it is.
"""

import asyncio
import os
import socket
import sys
import time
from random import Random
from urllib.parse import urlsplit

import nats

from metrics.simulation.frames import BOOK
from metrics.simulation.listings import listings
from metrics.simulation.market import Market
from tests.bench.servers import SUBJECT

PROGRESS = "bench.progress"
WINDOW = 20_000  # frames under way; NATS itself cuts off a reader that is 64 MB behind
MILLISECONDS = 1_000_000_000


def book_frames(symbols: int, count: int) -> list[bytes]:
    """`count` depth20 frames of `symbols` markets in turn, 20+20 levels each."""
    rng = Random(7)
    market = Market(listings(symbols, "mixed", rng), 10.0, rng, kinds={BOOK})
    frames: list[bytes] = []
    while len(frames) < count:
        frames += [frame.payload for frame in market.tick(1_760_000_000_000)]
    return frames[:count]


class Blaster:
    """Publishes prepared frames over one raw connection, never more than WINDOW ahead of the reader."""

    def __init__(self, url: str) -> None:
        place = urlsplit(url)
        self._socket = socket.create_connection((place.hostname, place.port))
        self._socket.sendall(b'CONNECT {"verbose":false}\r\nSUB ' + PROGRESS.encode() + b" 1\r\n")
        self._received = b""
        self._taken = 0

    def blast(self, frames: list[bytes]) -> None:
        """Publish all frames; returns when the reader has said that it took them."""
        head = f"PUB {SUBJECT} ".encode()
        packets = [head + str(len(frame)).encode() + b"\r\n" + frame + b"\r\n" for frame in frames]
        for start in range(0, len(packets), 500):
            while start - self._taken > WINDOW:
                self._hear()
            self._socket.sendall(b"".join(packets[start : start + 500]))
        while self._taken < len(frames):
            self._hear()

    def close(self) -> None:
        self._socket.close()

    def _hear(self) -> None:
        """Read progress messages: MSG subject sid size CRLF number CRLF."""
        self._received += self._socket.recv(65536)
        *lines, self._received = self._received.split(b"\r\n")
        for line in lines:
            if line.isdigit():
                self._taken = int(line)
            elif line == b"PING":
                self._socket.sendall(b"PONG\r\n")


def timed_frame(symbol: str, now: float, update_id: int) -> bytes:
    """A spot book of 20+20 levels whose mid price is the time of publication."""
    mid = now * 1000 % MILLISECONDS
    bids = ",".join(f'["{mid - 0.5 - i:.3f}","{1 + (update_id + i) % 7}"]' for i in range(20))
    asks = ",".join(f'["{mid + 0.5 + i:.3f}","{1 + (update_id * 3 + i) % 5}"]' for i in range(20))
    data = f'{{"lastUpdateId":{update_id},"bids":[{bids}],"asks":[{asks}]}}'
    return f'{{"stream":"{symbol.lower()}@depth20@100ms","data":{data}}}'.encode()


async def pace(symbols: int, rate: float, seconds: float) -> None:
    """`rate` frames a second and symbol, spread evenly, for `seconds`."""
    client = await nats.connect(os.environ["NATS_URL"])
    names = [f"S{number:04d}USDT" for number in range(symbols)]
    begin = time.perf_counter()
    tick, step = 0, 0.02
    sent = 0
    while (elapsed := time.perf_counter() - begin) < seconds:
        due = int(elapsed * rate * symbols)
        for number in range(sent, due):
            frame = timed_frame(
                names[number % symbols], time.time(), 1 + int(time.time() * 1000) * 10 + number % 10
            )
            await client.publish(SUBJECT, frame)
        sent = max(sent, due)
        tick += 1
        await asyncio.sleep(max(0.0, begin + tick * step - time.perf_counter()))
    await client.drain()


if __name__ == "__main__":
    _, symbols, rate, seconds = sys.argv
    asyncio.run(pace(int(symbols), float(rate), float(seconds)))

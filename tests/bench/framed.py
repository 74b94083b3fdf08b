"""Messages of a WebSocket that are framed beforehand, so that a venue on this machine costs little."""

import asyncio
import time
from collections.abc import Sequence

TEXT = 0x81  # the opcode, and that the frame is a whole message
SHORTEST_OF_TWO_BYTES, SHORTEST_OF_EIGHT_BYTES = 126, 65_536
AT_ONCE = 50
MOST_WAITING = 1_000_000  # bytes that may wait for the reader
LOOK_SECONDS, STEP_SECONDS = 0.001, 0.01


def framed(message: bytes) -> bytes:
    """A text message as a server sends it."""
    size = len(message)
    if size < SHORTEST_OF_TWO_BYTES:
        return bytes((TEXT, size)) + message
    if size < SHORTEST_OF_EIGHT_BYTES:
        return bytes((TEXT, 126)) + size.to_bytes(2, "big") + message
    return bytes((TEXT, 127)) + size.to_bytes(8, "big") + message


async def pour(transport: asyncio.Transport, frames: Sequence[bytes]) -> None:
    """All of them, as fast as they are taken."""
    for begin in range(0, len(frames), AT_ONCE):
        while transport.get_write_buffer_size() > MOST_WAITING:
            await asyncio.sleep(LOOK_SECONDS)
        transport.write(b"".join(frames[begin : begin + AT_ONCE]))
        await asyncio.sleep(0)


async def drip(transport: asyncio.Transport, frames: Sequence[bytes], per_second: float) -> None:
    """All of them, when they are due."""
    began, sent = time.perf_counter(), 0
    while sent < len(frames):
        due = min(len(frames), int((time.perf_counter() - began) * per_second))
        if due > sent:
            transport.write(b"".join(frames[sent:due]))
        sent = due
        await asyncio.sleep(STEP_SECONDS)

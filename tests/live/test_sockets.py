"""What is sent to many at once."""

import asyncio

import pytest

from live.sockets import SOCKETS_AT_ONCE, in_turns, send_to_all


class Reader:
    """A connected client that takes everything at once."""

    def __init__(self, is_congested: bool = False) -> None:
        self.needs_snapshot = False
        self.is_congested = is_congested
        self.is_over = False
        self.frames: list[str] = []

    async def send_frame(self, frame: str) -> None:
        self.frames.append(frame)

    async def close(self, code: int) -> None:
        pytest.fail("nobody was to be closed")


def test_whoever_else_waits_is_served_between_them():
    readers = [Reader() for _ in range(5 * SOCKETS_AT_ONCE)]
    served: list[int] = []

    async def somebody_else() -> None:
        while len(served) < 4:
            served.append(sum(len(each.frames) for each in readers))
            await asyncio.sleep(0)

    async def story() -> None:
        other = asyncio.create_task(somebody_else())
        await send_to_all(readers, "frame")
        await other

    asyncio.run(story())
    assert served == [number * SOCKETS_AT_ONCE for number in range(1, 5)]
    assert all(each.frames == ["frame"] for each in readers)


def test_who_is_too_slow_has_enough_to_read():
    slow, quick = Reader(is_congested=True), Reader()
    asyncio.run(send_to_all([slow, quick], "frame"))
    assert (slow.frames, quick.frames) == ([], ["frame"])


def test_who_comes_or_goes_meanwhile_disturbs_nobody():
    readers = {Reader() for _ in range(3)}

    async def story() -> int:
        seen = 0
        async for _ in in_turns(readers):
            readers.clear()
            seen += 1
        return seen

    assert asyncio.run(story()) == 3

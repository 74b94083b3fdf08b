"""Loops that run until they are cancelled do end, even where a library has lost the cancellation."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from messaging.waiting import pause, rest

Wait = Callable[[asyncio.Event], Awaitable[None]]


async def lose_a_cancellation() -> None:
    """What `asyncio.wait_for` of Python 3.11 does with one that comes as what it waits for ends."""
    task = asyncio.current_task()
    assert task

    async def end() -> None:
        task.cancel()

    try:
        await asyncio.wait_for(end(), 5)
    except asyncio.CancelledError:  # from 3.12 on it is not lost
        assert task.cancelling()


@pytest.mark.parametrize("wait", [lambda _: rest(60), lambda stop: pause(stop, 60)], ids=["rest", "pause"])
def test_a_loop_whose_cancellation_was_lost__ends_at_its_next_wait(wait: Wait) -> None:
    rounds = []

    async def loop() -> None:
        while True:
            rounds.append(1)
            await lose_a_cancellation()
            await wait(asyncio.Event())

    async def run() -> None:
        async with asyncio.timeout(5):
            await asyncio.create_task(loop())

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run())

    assert len(rounds) == 1


@pytest.mark.parametrize("wait", [lambda _: rest(0), lambda stop: pause(stop, 0)], ids=["rest", "pause"])
def test_whoever_was_cancelled_by_a_limit_of_time_alone__goes_on_after_the_wait(wait: Wait) -> None:
    async def run() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        await wait(asyncio.Event())

    asyncio.run(run())


def test_a_pause_ends_with_the_stop() -> None:
    async def run() -> None:
        stop = asyncio.Event()
        waiting = asyncio.create_task(pause(stop, 60))
        await asyncio.sleep(0)
        stop.set()
        async with asyncio.timeout(5):
            await waiting

    asyncio.run(run())

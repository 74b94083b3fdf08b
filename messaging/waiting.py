"""Waiting that ends when the process is asked to stop."""

import asyncio
from contextlib import suppress


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but not past `stop`."""
    end_if_cancelled()
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await stop.wait()


async def rest(seconds: float) -> None:
    """Sleep between two rounds of a loop that ends when its task is cancelled, and in no other way."""
    end_if_cancelled()
    await asyncio.sleep(seconds)


def end_if_cancelled() -> None:
    """Raise CancelledError in a task whose cancellation was lost.

    Up to Python 3.11 `asyncio.wait_for` loses one that comes just when what it waits for has ended, and the clients
    of Redis and NATS wait with it: a loop would go on for ever, and its process would not end.
    """
    task = asyncio.current_task()
    if task and task.cancelling():
        raise asyncio.CancelledError


async def either(stop: asyncio.Event, event: asyncio.Event, seconds: float | None = None) -> None:
    """Wait until `stop` or `event` is set, at most `seconds`."""
    waiters = {asyncio.ensure_future(each.wait()) for each in (stop, event)}
    _, pending = await asyncio.wait(waiters, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for waiter in pending:
        waiter.cancel()

"""Waiting that ends when the process is asked to stop."""

import asyncio


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Sleep, but not past `stop`."""
    try:
        await asyncio.wait_for(stop.wait(), max(0.0, seconds))
    except TimeoutError:
        return


async def either(stop: asyncio.Event, event: asyncio.Event, seconds: float | None = None) -> None:
    """Wait until `stop` or `event` is set, at most `seconds`."""
    waiters = {asyncio.ensure_future(each.wait()) for each in (stop, event)}
    _, pending = await asyncio.wait(waiters, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for waiter in pending:
        waiter.cancel()

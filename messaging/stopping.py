"""How the publishing commands stop: a signal cancels them, and their own clean-up does the rest."""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any


def run_until_stopped(main: Coroutine[Any, Any, None]) -> None:
    """`asyncio.run`, where SIGINT and SIGTERM cancel `main` and are then an ordinary end."""

    async def cancellable() -> None:
        task = asyncio.ensure_future(main)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await task

    with suppress(asyncio.CancelledError):
        asyncio.run(cancellable())

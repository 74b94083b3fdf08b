"""How the web process runs a request: in one thread, from the first middleware to the view and back."""

from concurrent.futures import ThreadPoolExecutor
from queue import Empty, Full, LifoQueue
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.http import HttpRequest, HttpResponseBase

KEPT_THREADS = 8
"""Of those that have nothing to do, each with its connection to the database where one is kept. To begin a thread and
to end it costs more than most answers, to connect to PostgreSQL more than all of them."""


class Threads:
    """Threads, each for one request at a time: as many as there are requests, whatever those wait for.

    The last one that has become free is the next that is taken, so that few do the work, and few connect.
    """

    def __init__(self, kept: int = KEPT_THREADS) -> None:
        self._free: LifoQueue[ThreadPoolExecutor] = LifoQueue(kept)

    def take(self) -> ThreadPoolExecutor:
        """One that has nothing to do."""
        try:
            return self._free.get_nowait()
        except Empty:
            return ThreadPoolExecutor(max_workers=1, thread_name_prefix="request")

    def give_back(self, thread: ThreadPoolExecutor) -> None:
        """It says itself when it is free: nobody is to wait behind a request that hangs and was given up."""
        thread.submit(self._is_free, thread)

    def _is_free(self, thread: ThreadPoolExecutor) -> None:
        try:
            self._free.put_nowait(thread)
        except Full:
            connections.close_all()
            thread.shutdown(wait=False)


class ThreadedHandler(ASGIHandler):
    """Django for ASGI without crossings between thread and event loop on the way.

    All our views and several of our middlewares are plain functions. Where they alternate with coroutines,
    each crossing costs more than what it leads to. Worse, a thread that waits for the event loop when the
    process is asked to end waits for ever, and the process with it.

    Django itself begins a thread for each request, and another one to wait for its end.
    """

    def __init__(self) -> None:
        super().__init__()
        self._threads = Threads()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        thread = self._threads.take()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await super().__call__(scope, receive, send)
        finally:
            self._threads.give_back(thread)

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)

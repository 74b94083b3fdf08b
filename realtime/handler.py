"""How the web process runs a request: in one thread, from the first middleware to the view and back."""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase


class ThreadedHandler(ASGIHandler):
    """Django for ASGI without crossings between thread and event loop on the way.

    All our views and several of our middlewares are plain functions. Where they alternate with coroutines,
    each crossing costs more than what it leads to. Worse, a thread that waits for the event loop when the
    process is told to end waits for ever, and the process with it.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)

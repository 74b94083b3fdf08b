"""Answers that are sent as they are made, of which a process makes so many of a kind at a time."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from typing import Protocol, cast
from weakref import finalize

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse


class Places(Protocol):
    """Where so many may be taken, such as a semaphore."""

    def acquire(self, *, blocking: bool) -> bool:
        """Take one, if there is one."""

    def release(self) -> None:
        """Give it back."""


class NoPlace(Exception):
    """As many of this kind are under way as may be at a time."""


class Streamed(StreamingHttpResponse):
    """Pieces of bytes, the next once the last one is on its way.

    It holds one of `places` until they have come, it is closed, or nobody has it any more, as where a client leaves
    while its first piece is made. Raises NoPlace where none is free. Pieces of a plain iterator are made in the
    request's thread.
    """

    def __init__(self, places: Places, content_type: str) -> None:
        if not places.acquire(blocking=False):
            raise NoPlace
        self.leave = finalize(self, places.release)
        super().__init__(content_type=content_type)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        made = self.streaming_content
        try:
            async with aclosing(
                made if isinstance(made, AsyncGenerator) else _in_thread(cast(Iterator[bytes], made))
            ) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self.leave()

    def close(self) -> None:
        super().close()
        self.leave()

    @contextmanager
    def or_leave(self) -> Iterator[None]:
        """What goes wrong in the block, whatever it is, gives the place back: nothing will be sent."""
        try:
            yield
        except Exception:
            self.leave()
            raise


async def _in_thread(pieces: Iterator[bytes]) -> AsyncGenerator[bytes]:
    next_piece = sync_to_async(partial(next, pieces, b""))
    while piece := await next_piece():
        yield piece

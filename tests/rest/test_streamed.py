"""Answers that are sent as they are made: so many at a time, and every way to an end gives the place back."""

import gc
from collections.abc import AsyncIterator, Iterator
from threading import BoundedSemaphore, current_thread

import pytest
from asgiref.sync import async_to_sync

from rest.streamed import NoPlace, Streamed

PIECES = [b"one", b"two", b"three"]


@pytest.fixture
def places() -> BoundedSemaphore:
    return BoundedSemaphore(1)


def is_free(places: BoundedSemaphore) -> bool:
    gc.collect()
    if free := places.acquire(blocking=False):
        places.release()
    return free


async def as_they_come() -> AsyncIterator[bytes]:
    for piece in PIECES:
        yield piece


async def broken() -> AsyncIterator[bytes]:
    yield PIECES[0]
    raise OSError


@async_to_sync
async def read(answer: Streamed, most: int = 9) -> list[bytes]:
    """So many pieces of it, as somebody who leaves then."""
    found: list[bytes] = []
    async for piece in answer:
        found.append(piece)
        if len(found) == most:
            break
    return found


@pytest.mark.parametrize("made", [lambda: iter(PIECES), as_they_come])
def test_it_holds_its_place_until_all_has_come(places: BoundedSemaphore, made):
    answer = Streamed(places, "text/plain")
    with pytest.raises(NoPlace):
        Streamed(places, "text/plain")
    answer.streaming_content = made()
    assert read(answer) == PIECES
    assert is_free(places)


@pytest.mark.django_db  # a connection is looked after whenever an answer is closed
@pytest.mark.parametrize(
    "end",
    [
        lambda answer: answer.close(),
        lambda answer: read(answer, 1),
        lambda answer: None,  # nobody has it any more
    ],
)
def test_whoever_leaves_gives_it_back(places: BoundedSemaphore, end):
    answer = Streamed(places, "text/plain")
    answer.streaming_content = as_they_come()
    end(answer)
    del answer
    assert is_free(places)


def test_what_breaks_gives_it_back(places: BoundedSemaphore):
    answer = Streamed(places, "text/plain")
    with pytest.raises(KeyError), answer.or_leave():
        raise KeyError
    assert is_free(places)
    answer = Streamed(places, "text/plain")
    answer.streaming_content = broken()
    with pytest.raises(OSError):  # noqa: PT011
        read(answer)
    assert is_free(places)


def test_a_plain_iterator_keeps_no_event_loop_waiting(places: BoundedSemaphore):
    def slow() -> Iterator[bytes]:
        yield current_thread().name.encode()

    async def threads() -> tuple[bytes, str]:
        answer = Streamed(places, "text/plain")
        answer.streaming_content = slow()
        return b"".join([piece async for piece in answer]), current_thread().name

    made_in, sent_from = async_to_sync(threads)()
    assert made_in.decode() != sent_from

"""What has become free goes back to the system, where the C library keeps it between what is in use (glibc)."""

import ctypes
from collections.abc import Callable
from threading import Thread
from time import sleep

GIVE_BACK_SECONDS = 15.0


def start_giving_back(seconds: float = GIVE_BACK_SECONDS) -> None:
    """Do so from now on, now and then, in a thread; other C libraries need nobody for it."""
    trim = trimmer()
    if trim is not None:
        Thread(target=_give_back, args=(trim, seconds), name="memory", daemon=True).start()


def trimmer() -> Callable[[int], int] | None:
    """glibc's function that does it, to be called with the bytes to keep at the end of the heap."""
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except AttributeError:
        return None
    return trim


def _give_back(trim: Callable[[int], int], seconds: float) -> None:
    while True:
        sleep(seconds)
        trim(0)

"""Memory that is free goes back to the system, where the C library keeps it between what is in use."""

from ctypes import CDLL


def give_back() -> None:
    """What is free now; to be called now and then by whoever had much. Of C libraries only glibc needs it."""
    trim = getattr(CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)

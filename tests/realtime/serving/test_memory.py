"""Memory that a crowd has left behind."""

import platform
from collections import deque

import psutil
import pytest

from realtime.serving.memory import start_giving_back
from tests.servers import until

MEGABYTE = 1024 * 1024


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is another")
def test_what_has_become_free_between_what_is_in_use_goes_back():
    memory = psutil.Process().memory_info
    crowd = [deque([None]) for _ in range(200_000)]  # more than half a kilobyte each
    grown = memory().rss
    stayed = crowd[::1000]
    crowd.clear()
    assert len(stayed) == 200
    start_giving_back(0.05)
    until(lambda: memory().rss < grown - 50 * MEGABYTE, "the memory")

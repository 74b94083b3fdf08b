"""How long this program has been running already, its imports included."""

import time

import psutil


def seconds_since_start() -> float:
    """Since the operating system started the process."""
    return max(0.0, time.time() - psutil.Process().create_time())

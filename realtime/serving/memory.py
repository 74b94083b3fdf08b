"""What a crowd has left behind goes back to the system."""

from threading import Thread
from time import sleep

from memory import give_back

GIVE_BACK_SECONDS = 15.0


def start_giving_back(seconds: float = GIVE_BACK_SECONDS) -> None:
    """Do so from now on, now and then, in a thread."""
    Thread(target=_give_back, args=(seconds,), name="memory", daemon=True).start()


def _give_back(seconds: float) -> None:
    while True:
        sleep(seconds)
        give_back()

"""What is refused before anybody looks at the password."""

from datetime import datetime, timedelta
from math import ceil


class TooManyGuesses(Exception):
    """Wrong passwords have been tried too often: of this account, from this address, or both."""

    def __init__(self, wait: timedelta, now: datetime) -> None:
        super().__init__(f"Too many wrong passwords: try again in {wait}.")
        self.seconds = ceil(wait.total_seconds())
        """What Retry-After says."""
        self.again_at = now + timedelta(seconds=self.seconds)

"""Of a venue there is no answer, or none for now."""

from markets.words import plain


class NoAnswer(Exception):
    """There is none; in words. `retry_after` is in how many seconds there may be one."""

    def __init__(self, words: str, retry_after: float) -> None:
        super().__init__(plain(words))
        self.retry_after = retry_after

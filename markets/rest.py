"""What a venue answers over REST, no more often than it allows."""

import math

import httpx
from aiolimiter import AsyncLimiter

ANSWER_SECONDS, CONNECT_SECONDS = 20.0, 5.0
SHARE = 0.5  # of a venue's allowance: others behind the same address may need the rest
MINUTE = 60.0
FULL = (418, 429)  # too many requests, for now and for longer
WAIT_UNLESS_TOLD_SECONDS = 10.0


class NoAnswer(Exception):
    """There is none; in words. `retry_after` is in how many seconds there may be one."""

    def __init__(self, words: str, retry_after: float) -> None:
        super().__init__(words)
        self.retry_after = retry_after


class Rest:
    """One venue and form. `weight_a_minute` is what all requests of a minute may weigh together."""

    def __init__(self, origin: str, weight_a_minute: float) -> None:
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        self._client = httpx.AsyncClient(base_url=origin, timeout=timeout, follow_redirects=False)
        self._origin = origin
        self._weights = AsyncLimiter(max(1.0, SHARE * weight_a_minute), MINUTE)
        self._weight_a_second = self._weights.max_rate / MINUTE

    async def get(self, path: str, weight: float = 1.0, *, waits: bool = True) -> bytes:
        """The body of an answer. Raises NoAnswer; at once, where the allowance is used up and nobody `waits`."""
        if not waits and not self._weights.has_capacity(weight):
            raise NoAnswer("the allowance of the venue is used up", weight / self._weight_a_second)
        await self._weights.acquire(weight)
        try:
            answer = await self._client.get(path)
        except httpx.HTTPError as error:
            why = f"{type(error).__name__} {error}".rstrip()
            raise NoAnswer(f"no answer from {self._origin} ({why})", WAIT_UNLESS_TOLD_SECONDS) from None
        if answer.status_code != httpx.codes.OK:
            raise NoAnswer(f"HTTP {answer.status_code}: {answer.text[:200]}", _wait(answer))
        return answer.content

    async def close(self) -> None:
        """No more questions."""
        await self._client.aclose()


def _wait(answer: httpx.Response) -> float:
    told = answer.headers.get("Retry-After", "") if answer.status_code in FULL else ""
    seconds = float(told) if told.isdecimal() else math.nan
    return seconds if seconds >= 0 else WAIT_UNLESS_TOLD_SECONDS

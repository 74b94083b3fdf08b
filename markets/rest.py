"""What a venue answers over REST, no more often than it allows."""

import asyncio

import httpx
from aiolimiter import AsyncLimiter

from markets.no_answer import NoAnswer

CONNECT_SECONDS, SILENCE_SECONDS, ANSWER_SECONDS = 5.0, 20.0, 60.0
LARGEST_ANSWER = 64 * 1024 * 1024  # what is traded at Binance is more than ten megabytes
SHARE = 0.5  # of a venue's allowance: others behind the same address may need the rest
MINUTE = 60.0
FULL = (418, 429)  # too many requests, for now and for longer
DEFAULT_WAIT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 3 * 24 * 3_600.0  # nobody is shut out for longer


class Rest:
    """One venue and form. `weight_a_minute` is what all requests of a minute may weigh together."""

    def __init__(self, origin: str, weight_a_minute: float) -> None:
        timeout = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        self._client = httpx.AsyncClient(base_url=origin, timeout=timeout, follow_redirects=False)
        self._origin = origin
        self._weights = AsyncLimiter(max(1.0, SHARE * weight_a_minute), MINUTE)
        self._weight_a_second = self._weights.max_rate / MINUTE
        self._shut_out_until = 0.0

    async def get(self, path: str, weight: float = 1.0, *, waits: bool = True) -> bytes:
        """The body of an answer.

        Raises NoAnswer; at once, where the venue wants to hear nothing for a while, or where the allowance is used up
        and nobody `waits`.
        """
        if not waits and not self._weights.has_capacity(weight):
            raise NoAnswer("the allowance of the venue is used up", weight / self._weight_a_second)
        await self._weights.acquire(weight)
        if (rest := self._shut_out_until - _now()) > 0:
            raise NoAnswer("the venue wants no requests for now", rest)
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._client.stream("GET", path) as answer:
                body = await _body(answer)
        except (httpx.HTTPError, TimeoutError) as error:
            why = f"{type(error).__name__} {error}".rstrip()
            raise NoAnswer(f"no answer from {self._origin} ({why})", DEFAULT_WAIT_SECONDS) from None
        if answer.status_code in FULL:
            self._shut_out_until = _now() + _wait(answer)
        if answer.status_code != httpx.codes.OK:
            text = body[:1_000].decode(errors="replace")
            raise NoAnswer(f"HTTP {answer.status_code}: {text}", _wait(answer))
        return body

    async def close(self) -> None:
        """No more questions."""
        await self._client.aclose()


async def _body(answer: httpx.Response) -> bytes:
    """All of it. Raises NoAnswer where that is too much."""
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise NoAnswer("the answer is too large", DEFAULT_WAIT_SECONDS)
    return bytes(body)


def _wait(answer: httpx.Response) -> float:
    """Seconds, as the venue says."""
    stated = answer.headers.get("Retry-After", "") if answer.status_code in FULL else ""
    is_number = stated.isascii() and stated.isdecimal()
    return min(float(stated), LONGEST_WAIT_SECONDS) if is_number else DEFAULT_WAIT_SECONDS


def _now() -> float:
    return asyncio.get_running_loop().time()

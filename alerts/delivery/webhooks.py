"""Webhooks: a POST of JSON, signed as https://www.standardwebhooks.com has it."""

import asyncio
import base64
import hashlib
import hmac
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import cache

import httpx

from alerts.delivery.addresses import Refused, chosen, host_of, look_up, origin, port_of, read_url
from alerts.delivery.outcomes import Outcome
from alerts.domain.channels import signing_key

ANSWER_SECONDS = 5.0
MOST_BYTES = 4_096
"""Of an answer no more is read."""
NO_ANSWER = f"There was no answer within {ANSWER_SECONDS:g} seconds."
NO_URL = "The address is no URL of a webhook."
NO_KEY = "The secret to sign with is none."


def signed(key: str, at: int, body: bytes, secret: bytes) -> dict[str, str]:
    """The headers of a message: the signature is of its key, its time in seconds and its body."""
    content = f"{key}.{at}.".encode() + body
    signature = base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()
    return {
        "webhook-id": key,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{signature}",
        "Idempotency-Key": key,
    }


async def post(address: str, secret: str, key: str, body: bytes, at: float) -> Outcome:
    """Send it once. No redirect is followed, no proxy asked."""
    url, signing = read_url(address), signing_key(secret)
    if url is None or signing is None:
        return Outcome(False, NO_URL if url is None else NO_KEY)
    headers = {"Content-Type": "application/json", **signed(key, int(at), body, signing)}
    return await called("POST", url, headers, body)


async def called(
    method: str,
    url: httpx.URL,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    *,
    is_trusted: bool = False,
) -> Outcome:
    """Call a URL at an address that was looked at, and no other: its name is asked for once."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            found = await asyncio.to_thread(look_up, host_of(url), port_of(url))
            address = chosen(found, url.host, is_trusted=is_trusted)
            return await _called(method, url, address, headers or {}, body)
    except Refused as refusal:
        return Outcome(False, str(refusal))
    except (TimeoutError, httpx.TimeoutException):
        return Outcome(False, NO_ANSWER)
    except (httpx.HTTPError, OSError, UnicodeError) as error:
        return Outcome(False, f"{origin(url)} cannot be reached: {type(error).__name__}: {error}")


async def _called(
    method: str, url: httpx.URL, address: str, headers: Mapping[str, str], body: bytes
) -> Outcome:
    host = url.netloc.decode("ascii")
    client = httpx.AsyncClient(
        follow_redirects=False, trust_env=False, timeout=ANSWER_SECONDS, verify=_authorities()
    )
    async with (
        client,
        client.stream(
            method,
            url.copy_with(host=address),
            headers={"User-Agent": "realtime-strategies", **headers, "Host": host},
            content=body,
            extensions={"sni_hostname": host_of(url)},
        ) as answer,
    ):
        said = b""
        async for part in answer.aiter_raw():
            said += part
            if len(said) >= MOST_BYTES:
                break
        words = f"{answer.status_code} {said[:MOST_BYTES].decode(errors='replace')}".strip()
        if answer.is_redirect:
            words = f"{answer.status_code}: it leads elsewhere, and is not followed there."
        return Outcome(answer.is_success, words, _pause(answer.headers))


def _pause(headers: httpx.Headers) -> float:
    """What Retry-After asks for, in seconds, or until a time by the clock of who answers (RFC 9110, 10.2.3)."""
    asked = headers.get("Retry-After", "")
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        until, now = (parsedate_to_datetime(time) for time in (asked, headers.get("Date", "")))
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError):
        return 0.0


@cache
def _authorities() -> ssl.SSLContext:
    """Whose certificates are believed: SSL_CERT_FILE of the environment adds a company's own."""
    return httpx.create_ssl_context(trust_env=True)

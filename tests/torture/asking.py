"""One request to a web process, or one command in a shell, and how it ended for the one who made it."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any

import httpx

from realtime.stack.servers import LOCALHOST
from tests.servers import ROOT
from tests.torture.evidence import Answer, Outcome

PATIENCE_SECONDS = 30.0
ACKNOWLEDGED = (200, 201, 202)
PROMISE = "nothing was changed"


class Client:
    """Somebody with a token, at one web process or another; where one is not reached, the next is asked."""

    def __init__(self, ports: list[int], token: str, rng: Random) -> None:
        self._rng = rng
        self._webs = [
            httpx.AsyncClient(
                base_url=f"http://{LOCALHOST}:{port}/api/v1",
                headers={"Authorization": f"Token {token}"},
                timeout=PATIENCE_SECONDS,
            )
            for port in ports
        ]

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """A request is made again only where nobody can have got it."""
        asked_at = time.time()
        for web in self._rng.sample(self._webs, len(self._webs)):
            try:
                return answered(asked_at, await web.request(method, path, json=body))
            except httpx.ConnectError:
                continue
            except httpx.HTTPError as error:
                return unanswered(asked_at, type(error).__name__)
        return unanswered(asked_at, "no web process reached")

    async def close(self) -> None:
        for web in self._webs:
            await web.aclose()


async def shell(environment: Mapping[str, str], *words: str) -> Answer:
    """`manage.py WORDS`; its body is what it `printed`, and its complaints."""
    asked_at = time.time()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "manage.py",
        *words,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            printed, complaints = await process.communicate()
    except TimeoutError:
        return unanswered(asked_at, f"still at it after {PATIENCE_SECONDS:g} s")
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):  # it may end this very moment
                process.kill()
            await process.wait()
    return Answer(
        asked_at=asked_at,
        answered_at=time.time(),
        outcome=Outcome.REFUSED if process.returncode else Outcome.ACKNOWLEDGED,
        outline=f"exit code {process.returncode}",
        body={"printed": printed.decode(), "complaints": complaints.decode()},
    )


def answered(asked_at: float, answer: httpx.Response) -> Answer:
    """Successes are believed only where status and body agree."""
    body = body_of(answer)
    error = body.get("error") or {}
    is_success = answer.status_code in ACKNOWLEDGED and body.get("success") is True
    code, message = str(error.get("code", "")), str(error.get("message", ""))
    return Answer(
        asked_at=asked_at,
        answered_at=time.time(),
        outcome=Outcome.ACKNOWLEDGED if is_success else Outcome.REFUSED,
        outline=f"{answer.status_code} {code}".strip(),
        promised_nothing=code == "STORE_UNAVAILABLE" and PROMISE in message,
        body=body if is_success else {"text": answer.text[:500]},
    )


def body_of(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except json.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def unanswered(asked_at: float, why: str) -> Answer:
    return Answer(asked_at=asked_at, answered_at=time.time(), outcome=Outcome.UNANSWERED, outline=why)

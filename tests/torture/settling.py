"""Waiting until all is back: ready, and nothing more is put on record."""

import asyncio
import time

import httpx
from django.db import DatabaseError

from realtime.stack.servers import LOCALHOST
from tests.torture.evidence import Record
from tests.torture.parts import Part
from tests.torture.record import on_record

LONGEST_SECONDS = 90.0
QUIET_SECONDS = 10.0
"""What was issued without the database is handed over within a few seconds of its return."""
LOOK_SECONDS = 1.0


async def settled(webs: list[Part]) -> tuple[Record, list[str]]:
    """The record once nothing changes it any more, and what is still missing when the time is over."""
    deadline = time.monotonic() + LONGEST_SECONDS
    record, quiet_since, missing = Record(), time.monotonic(), ["database"]
    while time.monotonic() < deadline:
        missing = [problem for web in webs for problem in await not_ready(web)]
        try:
            found = await asyncio.to_thread(on_record)
        except DatabaseError as error:
            missing.append(f"database: {error}")
        else:
            if found != record or missing:
                record, quiet_since = found, time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_SECONDS:
                return record, []
        await asyncio.sleep(LOOK_SECONDS)
    return record, missing or [f"quiet: the record still changes after {LONGEST_SECONDS:g} s"]


async def not_ready(web: Part) -> list[str]:
    """What a web process misses."""
    async with httpx.AsyncClient(base_url=f"http://{LOCALHOST}:{web.server.port}", timeout=5) as http:
        try:
            answer = await http.get("/ready")
        except httpx.HTTPError as error:
            return [f"{web.name}: {type(error).__name__}"]
    return [] if answer.status_code == 200 else [f"{web.name}: {answer.text[:200]}"]

"""A web process, NATS and those who listen, each of which may be away when a change is made."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from nats.aio.client import Client

from tests.servers import ROOT, Server, nats, nats_url, running, web

SUBJECT = "config.changed.orderbook_skew.global"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}", "STATE_DIR": str(tmp_path)}


def manage(environment: dict[str, str], *arguments: str, text: str = "") -> None:
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        input=text,
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )


def change(environment: dict[str, str], directory: Path, top_levels: int) -> None:
    """Somebody imports a document, in a process that ends at once."""
    document = directory / "desk.yaml"
    document.write_text(
        f"format: 1\nstrategies:\n  orderbook_skew:\n    global:\n      top_levels: {top_levels}\n"
    )
    manage(environment, "import_configuration", str(document), "--reason", "test")


async def heard(server: Server, begin: Callable[[], None], seconds: float) -> list[tuple[str, bytes]]:
    """What is announced to somebody who listens before `begin`, up to the first message."""
    client = Client()
    await client.connect(nats_url(server.port))
    try:
        subscription = await client.subscribe("config.changed.>")
        await client.flush()
        begin()
        message = await subscription.next_msg(timeout=seconds)
        return [(message.subject, message.data)]
    finally:
        await client.close()


def test_a_change_made_while_nats_is_away_is_announced_when_it_is_back(tmp_path, environment, store):
    bus = nats()
    environment["NATS_URL"] = nats_url(bus.port)
    manage(environment, "migrate", "-v0")
    log = tmp_path / "web.log"
    with running(bus), running(web(log, environment)) as server:
        bus.kill()
        change(environment, tmp_path, 7)
        server.kill()  # whatever it knew is lost
        with running(web(log, environment)) as again:
            again.freeze()  # else it may announce before anybody listens
            bus.start()
            ((subject, body),) = asyncio.run(heard(bus, again.thaw, 15))
    assert subject == SUBJECT
    assert b'"top_levels":7' in body
    assert "Traceback" not in log.read_text()

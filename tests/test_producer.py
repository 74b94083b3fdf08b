"""The message and the producer that docs/market-data.md shows: what is sent is a book."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from messaging import bus
from metrics.domain.book import BookUpdate
from metrics.feed.wire import WireDecoder

PAGE = (Path(__file__).resolve().parent.parent / "docs/market-data.md").read_text()
SECTION = PAGE.split("## A message, and who sends it\n")[1].split("\n## ")[0]
BLOCKS = dict(re.findall(r"```(json|python)\n(.*?)```", SECTION, re.DOTALL))


def test_the_message_on_the_page_is_a_book():
    book = WireDecoder().decode(BLOCKS["json"].encode())
    assert isinstance(book, BookUpdate)
    assert (book.symbol, book.market, len(book.bids), len(book.asks)) == ("BTCUSDT", "binance/spot", 3, 3)
    assert book.update_id == json.loads(BLOCKS["json"])["data"]["lastUpdateId"]


@pytest.mark.timeout(60)
def test_the_producer_on_the_page_sends_a_newer_book_every_second():
    first, second = (WireDecoder().decode(raw) for raw in asyncio.run(two_messages()))
    assert isinstance(first, BookUpdate)
    assert isinstance(second, BookUpdate)
    assert 900 <= second.update_id - first.update_id <= 10_000  # milliseconds


async def two_messages() -> list[bytes]:
    """What is heard of the producer, run as it stands."""
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    async with bus.connected(os.environ["NATS_URL"], "listener") as client:

        async def take(message) -> None:
            await heard.put(message.data)

        await client.subscribe("binance.websocket.data", cb=take)
        await client.flush()
        with subprocess.Popen([sys.executable, "-c", BLOCKS["python"]]) as producer:
            try:
                return [await heard.get(), await heard.get()]
            finally:
                producer.kill()

"""Binance spot on this machine, in a thread of its own: two coins, whose books and trades never stop."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.markets.exchange import Exchange, RestAnswer

SYMBOLS = ("BTCUSDT", "ETHUSDT")
EVERY_SECONDS = 0.1
REST = {
    "/api/v3/exchangeInfo": RestAnswer(
        {
            "symbols": [
                {"symbol": symbol, "baseAsset": symbol[:3], "quoteAsset": "USDT", "status": "TRADING"}
                for symbol in SYMBOLS
            ]
        }
    ),
    "/api/v3/ticker/24hr": RestAnswer([{"symbol": symbol, "quoteVolume": "1"} for symbol in SYMBOLS]),
}


def frames(number: int) -> Iterator[str]:
    """One moment of both coins."""
    now = time.time_ns() // 1_000_000
    for symbol in SYMBOLS:
        book = {
            "lastUpdateId": 1_000_000 + number,
            "bids": [[f"{100 - level}.00", "2.5"] for level in range(20)],
            "asks": [[f"{101 + level}.00", "1.5"] for level in range(20)],
        }
        yield frame(f"{symbol.lower()}@depth20@100ms", book)
        trade = {"e": "trade", "E": now, "s": symbol, "t": number, "p": "100.50", "q": "1.0", "T": now}
        yield frame(f"{symbol.lower()}@trade", trade | {"m": False, "M": True})


def frame(stream: str, data: dict[str, Any]) -> str:
    """As a combined stream has it."""
    return json.dumps({"stream": stream, "data": data}, separators=(",", ":"))


@contextmanager
def played_binance() -> Iterator[dict[str, str]]:
    """The settings under which it is found."""
    exchange = Exchange(lambda message: [json.dumps({"result": None, "id": message["id"]})], REST)
    is_open, is_over = threading.Event(), threading.Event()

    async def play() -> None:
        number = 0
        async with exchange.open():
            is_open.set()
            while not is_over.is_set():
                number += 1
                for text in frames(number):
                    await exchange.send(text)
                await asyncio.sleep(EVERY_SECONDS)

    thread = threading.Thread(target=asyncio.run, args=(play(),), daemon=True)
    thread.start()
    if not is_open.wait(10):
        raise TimeoutError("the exchange has not opened")
    socket, rest = exchange.origins
    try:
        yield {"VENUE_BINANCE_SPOT_WS": socket, "VENUE_BINANCE_SPOT_REST": rest}
    finally:
        is_over.set()
        thread.join(10)

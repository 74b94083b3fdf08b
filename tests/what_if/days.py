"""Made-up days for the strategies that look back for hours, as bytes, with what each of them waits for."""

from collections.abc import Iterator
from functools import cache
from math import sin, tau
from random import Random
from typing import Any

import msgspec

from tests.what_if.scenes import BEGIN, Message

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0


@cache
def a_week_of_dominance() -> tuple[Message, ...]:
    """A week, minute by minute: the share of Bitcoin swings between 36 and 79 %. On the first day nobody reports it,
    and what there is of it are volumes."""
    return tuple(_dominance(Random(1)))


def _dominance(rng: Random) -> Iterator[Message]:
    for minute in range(7 * 1440):
        at = BEGIN + MINUTE * minute + rng.uniform(0, 35)
        share = 57.5 + 20 * sin(tau * minute / 1900) + rng.uniform(-1.5, 1.5)
        others = 1e9 * (100 - share) / share
        yield ticker(at, "BTCUSDT", 60_000 + minute, 1e9)
        yield ticker(at + 1, "ETHUSDT", 3_000, others)
        if minute >= 1440:
            yield message(
                at + 2, "global@dominance", {"E": round(1000 * at), "btc_dominance": round(share, 3)}
            )


@cache
def two_weeks_of_reports() -> tuple[Message, ...]:
    """Two weeks of a report an hour about each of two assets, whose coins leave and arrive in turn."""
    return tuple(_reports(Random(2)))


def _reports(rng: Random) -> Iterator[Message]:
    for hour in range(14 * 24):
        at = BEGIN + HOUR * hour + rng.uniform(0, 600)
        for asset, period, size in (("btc", 50, 1_000.0), ("eth", 80, 10_000.0)):
            lean = 0.3 * sin(tau * hour / period) + rng.uniform(-0.1, 0.1)
            transfers = [
                [round(size * rng.uniform(0.005, 0.6), 3), rng.choice(["inflow", "outflow"])]
                for _ in range(3)
            ]
            flow = {"exchange_inflow": size * (1 - lean), "exchange_outflow": size * (1 + lean)}
            yield ticker(at, f"{asset.upper()}USDT", 3_000 + hour, 1e9)
            data = {"E": round(1000 * at), **flow, "largest_transfers": transfers}
            yield message(at + 1, f"{asset}@onchain", data)


@cache
def a_day_of_gaps() -> tuple[Message, ...]:
    """Every five minutes, for a quarter of a minute, another venue pays more: Coinbase or Kraken."""
    return tuple(_gaps(Random(3)))


def _gaps(rng: Random) -> Iterator[Message]:
    number = 0
    for episode in range(288):
        percent, other = rng.uniform(0.3, 2.0), rng.choice(["coinbase", "kraken"])
        for second in range(15):
            number += 1
            at = BEGIN + 300 * episode + second
            bid = 60_000 * (1 + percent / 100)
            yield touch(at, number, 59_990, 60_000)
            yield touch(at + 0.5, number, bid, bid + 10, source=f"{other}-websocket")


def ticker(at: float, symbol: str, last: float, volume: float) -> Message:
    numbers = {
        "c": f"{last}",
        "b": f"{last}",
        "a": f"{last + 1}",
        "v": "1",
        "q": f"{volume:.2f}",
        "n": 1,
        "P": "0",
    }
    data = {"e": "24hrTicker", "E": round(1000 * at), "s": symbol, **numbers}
    return message(at, f"{symbol.lower()}@ticker", data)


def touch(at: float, number: int, bid: float, ask: float, **envelope: Any) -> Message:
    data = {"u": number, "s": "BTCUSDT", "b": f"{bid:.2f}", "B": "1", "a": f"{ask:.2f}", "A": "1"}
    return message(at, "btcusdt@bookTicker", data, **envelope)


def message(at: float, stream: str, data: Any, **envelope: Any) -> Message:
    return Message(at, msgspec.json.encode({"stream": stream, "data": data, **envelope}))

"""Frames of our own making, in the forms that the feed reads: see docs/market-data.md."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from markets.domain.book import Level
from markets.domain.translated import Publication

MICROSECONDS = 1_000_000
_encode = msgspec.json.Encoder().encode


class Frames:
    """Makes the frames of one venue and form.

    Numbers of books and touches are microseconds of the clock at the start, plus one each: they rise with every
    change and across restarts.
    """

    def __init__(self, venue: str, form: str, now_us: int) -> None:
        self.source = f"{venue}-websocket"
        self._is_spot = form == "spot"
        self._number = now_us

    def number(self) -> int:
        """The next one."""
        self._number += 1
        return self._number

    def book(
        self, symbol: str, bids: Sequence[Level], asks: Sequence[Level], depth: int, time_ms: int | None
    ) -> Publication:
        """The best `depth` levels of both sides, best first; `time_ms` where the venue gives a time."""
        data: dict[str, Any] = {"lastUpdateId": self.number(), "bids": bids, "asks": asks}
        if time_ms is not None:
            data["E"] = time_ms
        return Publication("depth", symbol, self._frame(f"{symbol.lower()}@depth{depth}@100ms", data))

    def touch(self, symbol: str, bid: Level, ask: Level, time_ms: int | None) -> Publication:
        """The best of both sides."""
        data: dict[str, Any] = {} if self._is_spot else {"e": "bookTicker"}
        if time_ms is not None:
            data["E"] = data["T"] = time_ms
        data |= {"u": self.number(), "s": symbol}
        data |= {"b": bid.price, "B": bid.quantity, "a": ask.price, "A": ask.quantity}
        return Publication("bookTicker", symbol, self._frame(f"{symbol.lower()}@bookTicker", data))

    def trade(self, symbol: str, trade_id: int, level: Level, sold: bool, time_ms: int) -> Publication:
        """A trade at a price, of a quantity; `sold` where the seller was the aggressor."""
        data: dict[str, Any] = {"e": "trade", "E": time_ms, "s": symbol, "t": trade_id}
        data |= {"p": level.price, "q": level.quantity, "T": time_ms, "m": sold}
        if self._is_spot:
            data["M"] = True
        return Publication("trade", symbol, self._frame(f"{symbol.lower()}@trade", data))

    def _frame(self, stream: str, data: Any) -> bytes:
        return _encode({"stream": stream, "data": data, "source": self.source})


def enveloped(raw: bytes, source: str, at_us: int) -> bytes:
    """A combined-stream frame as it came, with its source and when it was received; `raw` is an object with members."""
    moment = f"{_second(at_us // MICROSECONDS)}.{at_us % MICROSECONDS:06d}Z"
    ending = f',"timestamp":"{moment}","source":"{source}"}}'
    return raw.rstrip()[:-1] + ending.encode()


@lru_cache(maxsize=8)
def _second(since_epoch: int) -> str:
    """As in RFC 3339, up to the decimals: thousands of messages come within each."""
    return datetime.fromtimestamp(since_epoch, UTC).isoformat().removesuffix("+00:00")

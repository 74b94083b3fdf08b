"""Five venues whose books tell the time: `python -m tests.bench.five_exchanges SYMBOLS`.

Prints the settings by which they are found, as JSON, and says ten times a second of each book what is new, to whoever
asked for it. The middle of every book is the time of sending (milliseconds modulo 1e9), so that whoever sees a mid
price knows how old it is. All books of a group change at once and alike, so that what they say is put together once.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import NamedTuple

from markets.domain.book import Level, VenueBook
from markets.domain.venue import origin_names
from markets.venues import kraken, okx
from tests.bench.framed import framed
from tests.bench.load import MILLISECONDS
from tests.markets.exchange import Exchange
from tests.markets.venues_played import (
    Levels,
    Played,
    PlayedBinance,
    PlayedBybit,
    PlayedCoinbase,
    PlayedKraken,
    PlayedOkx,
    Translated,
)

A_SECOND, GROUPS = 10, 10
"""Changes of a book; and groups, which have their turn one after the other, so that all is evenly spread."""
FAR = 10_000_000
"""Asks but the best stand so far above the time of the start, which the best one never reaches."""
BID_SIZE, ASK_SIZE = "2.5", "1.5"


class Moment(NamedTuple):
    """What changes of the books of a group: its best prices go, and others come. `number` is that of the change."""

    number: int
    old: tuple[str, str]
    new: tuple[str, str]
    now: float

    @property
    def ms(self) -> int:
        return round(1000 * self.now)

    @property
    def text(self) -> str:
        return datetime.fromtimestamp(self.now, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Timed(Played):
    """A venue whose books have `depth` levels a side: the best ones tell the time, the others stay."""

    quote = "USDT"
    depth = 100

    def __init__(self, symbols: int) -> None:
        super().__init__(f"C{number:04d}" for number in range(symbols))
        self.groups = [self.names[group::GROUPS] for group in range(GROUPS)]
        begin = time.time() * 1000 % MILLISECONDS
        self.bids = [(f"{begin - 1000 - step:.1f}", BID_SIZE) for step in range(self.depth - 1)]
        self.asks = [(f"{begin + FAR + step:.1f}", ASK_SIZE) for step in range(self.depth - 1)]
        self.best = dict.fromkeys(self.names, _prices(time.time()))

    def book(self, name: str) -> Translated:
        bid, ask = self.best[name]
        return Translated([(bid, BID_SIZE), *self.bids], [(ask, ASK_SIZE), *self.asks])

    def next(self, group: int) -> bytes:
        """What it says of a group's books now, framed."""
        names, now = self.groups[group], time.time()
        if not names:
            return b""
        first = names[0]
        moment = Moment(self.number[first] + 1, self.best[first], _prices(now), now)
        for name in names:
            self.number[name], self.best[name] = moment.number, moment.new
        before, behind = self.around(moment, first)
        return b"".join(framed(f"{before}{self.written(name)}{behind}".encode()) for name in names)

    def written(self, name: str) -> str:
        """A market's name as it stands in what is said."""
        return name

    def around(self, moment: Moment, name: str) -> tuple[str, str]:
        """What stands before and behind the name; `name` is one whose book is the group's."""
        raise NotImplementedError


class TimedBinance(Timed, PlayedBinance):
    """Its partial books are whole messages."""

    depth = 20

    def __init__(self, symbols: int) -> None:
        super().__init__(symbols)
        self.answers_subscriptions = False  # what comes next does as well
        self._rest_of_bids, self._rest_of_asks = (
            ",".join(map(_pair, side)) for side in (self.bids, self.asks)
        )

    def written(self, name: str) -> str:
        return name.lower()

    def around(self, moment: Moment, name: str) -> tuple[str, str]:
        bid, ask = moment.new
        bids = f'[["{bid}","{BID_SIZE}"],{self._rest_of_bids}]'
        asks = f'[["{ask}","{ASK_SIZE}"],{self._rest_of_asks}]'
        data = f'{{"lastUpdateId":{moment.number},"bids":{bids},"asks":{asks}}}'
        return '{"stream":"', f'@depth20@100ms","data":{data}}}'


class TimedOkx(Timed, PlayedOkx):
    """With numbers and checksums."""

    def around(self, moment: Moment, name: str) -> tuple[str, str]:
        bids, asks = _sides(moment, ',"0","1"]')
        numbers = f'"seqId":{moment.number},"prevSeqId":{moment.number - 1},"checksum":{self.checksum(name)}'
        data = f'{{"asks":{asks},"bids":{bids},"ts":"{moment.ms}",{numbers}}}'
        return '{"arg":{"channel":"books","instId":"', f'"}},"action":"update","data":[{data}]}}'

    def checksum(self, name: str) -> int:
        return okx.checksum(_cut(self.book(name), okx.CHECKED_LEVELS))


class TimedBybit(Timed, PlayedBybit):
    """With numbers."""

    def around(self, moment: Moment, name: str) -> tuple[str, str]:
        bids, asks = _sides(moment, "]")
        data = f'"b":{bids},"a":{asks},"u":{moment.number},"seq":5}}'
        times = f'"ts":{moment.ms},"cts":{moment.ms},"type":"delta"'
        return (
            '{"topic":"orderbook.200.',
            f'",{times},"data":{{"s":"",{data}}}',
        )  # nobody reads the second name


class TimedCoinbase(Timed, PlayedCoinbase):
    """Neither numbers nor checksums."""

    def around(self, moment: Moment, name: str) -> tuple[str, str]:
        (old_bid, old_ask), (bid, ask) = moment.old, moment.new
        gone = f'["buy","{old_bid}","0"],["sell","{old_ask}","0"]'
        come = f'["buy","{bid}","{BID_SIZE}"],["sell","{ask}","{ASK_SIZE}"]'
        changes = f'"changes":[{gone},{come}],"time":"{moment.text}"}}'
        return '{"type":"l2update","product_id":"', f'",{changes}'


class TimedKraken(Timed, PlayedKraken):
    """With checksums."""

    def around(self, moment: Moment, name: str) -> tuple[str, str]:
        (old_bid, old_ask), (bid, ask) = moment.old, moment.new
        bids = f'[{{"price":{old_bid},"qty":0}},{{"price":{bid},"qty":{BID_SIZE}}}]'
        asks = f'[{{"price":{old_ask},"qty":0}},{{"price":{ask},"qty":{ASK_SIZE}}}]'
        told = f'"bids":{bids},"asks":{asks},"checksum":{self.checksum(name)},"timestamp":"{moment.text}"'
        return '{"channel":"book","type":"update","data":[{"symbol":"', f'",{told}}}]}}'

    def checksum(self, name: str) -> int:
        return kraken.checksum(_cut(self.book(name), kraken.CHECKED_LEVELS))


VENUES: Mapping[str, Callable[[int], Timed]] = {
    "binance": TimedBinance,
    "okx": TimedOkx,
    "bybit": TimedBybit,
    "coinbase": TimedCoinbase,
    "kraken": TimedKraken,
}


def _prices(now: float) -> tuple[str, str]:
    """Best bid and best ask around the time."""
    middle = 1000 * now % MILLISECONDS
    return f"{middle - 0.5:.3f}", f"{middle + 0.5:.3f}"


def _pair(level: tuple[str, str]) -> str:
    return f'["{level[0]}","{level[1]}"]'


def _sides(moment: Moment, end: str) -> tuple[str, str]:
    """Bids and asks of a change: price and quantity, and what a venue writes behind them."""
    (old_bid, old_ask), (bid, ask) = moment.old, moment.new
    return (
        f'[["{old_bid}","0"{end},["{bid}","{BID_SIZE}"{end}]',
        f'[["{old_ask}","0"{end},["{ask}","{ASK_SIZE}"{end}]',
    )


def _cut(told: Translated, depth: int) -> VenueBook:
    return VenueBook(*(_levels(side[:depth]) for side in told))


def _levels(side: Levels) -> list[Level]:
    return [Level(*each) for each in side]


async def play(symbols: int) -> None:
    """Until the process is ended."""
    venues = [venue(symbols) for venue in VENUES.values()]
    exchanges = [venue.exchange() for venue in venues]
    async with AsyncExitStack() as stack:
        for exchange in exchanges:
            await stack.enter_async_context(exchange.open())
        print(json.dumps(_places(venues, exchanges)), flush=True)
        due, turn = time.perf_counter(), 0
        while True:
            due += 1 / (A_SECOND * GROUPS)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            for venue, exchange in zip(venues, exchanges, strict=True):
                frames = venue.next(turn % GROUPS)
                for transport in exchange.transports():
                    transport.write(frames)
            turn += 1


def _places(venues: list[Timed], exchanges: list[Exchange]) -> dict[str, str]:
    """The settings by which they are found."""
    places: dict[str, str] = {}
    for venue, exchange in zip(venues, exchanges, strict=True):
        places |= zip(origin_names(venue.venue), exchange.origins, strict=True)
    return places


if __name__ == "__main__":
    asyncio.run(play(int(sys.argv[1])))

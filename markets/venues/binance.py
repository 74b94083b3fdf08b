"""Binance: spot, and USD-M perpetuals. What it sends goes on as it came.

Spot and the diffs, books and touches of USD-M were held against recordings; the two addresses of USD-M against its
documentation of 2026.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec

from markets.domain.frames import enveloped
from markets.domain.listing import Listing, listing
from markets.domain.translated import Kind, Publication, Refusal, Translated
from markets.domain.venue import Heartbeat, Limits, Snapshots
from markets.venues.reading import amount, reader, written

SOURCE = "binance-websocket"
STREAM_KEY = b'"stream":"'


class _Symbol(msgspec.Struct):
    symbol: str
    baseAsset: str
    quoteAsset: str
    status: str
    contractType: str = "PERPETUAL"


class _ExchangeInfo(msgspec.Struct):
    symbols: list[_Symbol]


class _Day(msgspec.Struct):
    symbol: str
    quoteVolume: str


class _Problem(msgspec.Struct):
    code: int
    msg: str


class _Answer(msgspec.Struct):
    """To a subscription; errors come in either of two forms."""

    error: _Problem | None = None
    code: int | None = None
    msg: str = ""


_info, _days, _answer = reader(_ExchangeInfo), reader(list[_Day]), reader(_Answer)


class Binance:
    """What both forms share."""

    name: ClassVar[str] = "binance"
    heartbeat: ClassVar[Heartbeat | None] = None
    kinds: ClassVar[frozenset[Kind]] = frozenset({"depth", "diff", "trade", "bookTicker", "ticker"})
    longest_connection_hours: ClassVar[float | None] = 24.0
    paths: ClassVar[Mapping[Kind, str]]
    suffixes: ClassVar[Mapping[Kind, str]]

    def listings(self, answers: Mapping[str, bytes]) -> list[Listing]:
        turnover = {day.symbol: amount(day.quoteVolume) for day in _days(answers["days"])}
        found = (
            listing(each.baseAsset, each.quoteAsset, each.symbol, turnover.get(each.symbol, 0.0))
            for each in _info(answers["symbols"]).symbols
            if each.status == "TRADING" and each.contractType == "PERPETUAL"
        )
        return [each for each in found if each]

    def channels(self, listings: Iterable[Listing], kinds: Collection[Kind]) -> Mapping[str, list[str]]:
        by_path: dict[str, list[str]] = {}
        for each in listings:
            for kind in kinds:
                by_path.setdefault(self.paths[kind], []).append(each.name.lower() + self.suffixes[kind])
        return by_path

    def subscribe(self, channels: Sequence[str], number: int) -> list[str]:
        return [written({"method": "SUBSCRIBE", "params": channels, "id": number})]

    def unsubscribe(self, channels: Sequence[str], number: int) -> list[str]:
        return [written({"method": "UNSUBSCRIBE", "params": channels, "id": number})]

    def translator(
        self, listings: Iterable[Listing], kinds: Collection[Kind], levels: int, now_us: int
    ) -> "BinanceTranslator":
        streams: dict[bytes, tuple[Kind, str]] = {}
        for each in listings:
            for kind in kinds:
                streams[(each.name.lower() + self.suffixes[kind]).encode()] = (kind, each.symbol)
        return BinanceTranslator(streams)


class BinanceSpot(Binance):
    """Spot."""

    form: ClassVar[str] = "spot"
    socket: ClassVar[str] = "wss://stream.binance.com:9443"
    rest: ClassVar[str] = "https://api.binance.com"
    limits: ClassVar[Limits] = Limits(1_024, 200, 4.0, 300)
    snapshots: ClassVar[Snapshots | None] = Snapshots("/api/v3/depth?symbol={name}&limit=5000", 250, 6_000)
    listing_paths: ClassVar[Mapping[str, str]] = {
        "symbols": "/api/v3/exchangeInfo",
        "days": "/api/v3/ticker/24hr",
    }
    suffixes: ClassVar[Mapping[Kind, str]] = {
        "depth": "@depth20@100ms",
        "diff": "@depth@100ms",
        "trade": "@trade",
        "bookTicker": "@bookTicker",
        "ticker": "@ticker",
    }
    paths: ClassVar[Mapping[Kind, str]] = dict.fromkeys(suffixes, "/stream")


class BinanceUsdm(Binance):
    """USD-M perpetual contracts."""

    form: ClassVar[str] = "usdm"
    socket: ClassVar[str] = "wss://fstream.binance.com"
    rest: ClassVar[str] = "https://fapi.binance.com"
    limits: ClassVar[Limits] = Limits(1_024, 200, 8.0, 300)
    snapshots: ClassVar[Snapshots | None] = Snapshots("/fapi/v1/depth?symbol={name}&limit=1000", 20, 2_400)
    listing_paths: ClassVar[Mapping[str, str]] = {
        "symbols": "/fapi/v1/exchangeInfo",
        "days": "/fapi/v1/ticker/24hr",
    }
    suffixes: ClassVar[Mapping[Kind, str]] = {**BinanceSpot.suffixes, "trade": "@aggTrade"}
    paths: ClassVar[Mapping[Kind, str]] = {
        "depth": "/public/stream",
        "diff": "/public/stream",
        "bookTicker": "/public/stream",
        "trade": "/market/stream",
        "ticker": "/market/stream",
    }


class BinanceTranslator:
    """Finds out what a frame is about by the name of its stream, and reads no further."""

    def __init__(self, streams: Mapping[bytes, tuple[Kind, str]]) -> None:
        self._streams = streams

    def read(self, raw: bytes, at_us: int) -> Iterable[Translated]:
        start = raw.find(STREAM_KEY) + len(STREAM_KEY)
        known = self._streams.get(raw[start : raw.find(b'"', start)])
        if known:
            return (Publication(*known, enveloped(raw, SOURCE, at_us)),)
        return self._answered(raw)

    def changed_books(self) -> Iterable[Publication]:
        return ()

    def missing_books(self) -> Iterable[str]:
        return ()

    @staticmethod
    def _answered(raw: bytes) -> Iterator[Translated]:
        answer = _answer(raw)
        if answer.error:
            yield Refusal(f"{answer.error.code}: {answer.error.msg}")
        elif answer.code is not None:
            yield Refusal(f"{answer.code}: {answer.msg}")

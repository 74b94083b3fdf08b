"""Coinbase Exchange: spot.

Books, matches and tickers were held against a recording of 2021 (of channel `level2`, whose messages `level2_batch`
has, too).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Literal

import msgspec

from markets.domain.book import DECIMAL, Level
from markets.domain.frames import Frames
from markets.domain.kept_books import BookTranslator, KeptBook
from markets.domain.listing import Listing, listing
from markets.domain.translated import Kind, Refusal, Translated, Unreadable
from markets.domain.venue import Heartbeat, Limits, Snapshots
from markets.venues.reading import Moment, amount, milliseconds, reader, written

BOOKS, TRADES, ALIVE = "level2_batch", "matches", "heartbeat"
OF_KINDS: Mapping[Kind, tuple[str, ...]] = {
    "depth": (BOOKS, ALIVE),
    "bookTicker": (BOOKS, ALIVE),
    "trade": (TRADES,),
}
SILENT_US = 60_000_000
"""Changes carry no number, so that one that was missed would never be noticed: a book this silent is begun anew."""


class _Product(msgspec.Struct):
    id: str
    base_currency: str
    quote_currency: str
    status: str = "online"
    trading_disabled: bool = False


class _Day(msgspec.Struct):
    last: str = "0"
    volume: str = "0"


class _Stats(msgspec.Struct):
    stats_24hour: _Day | None = None


class _Message(msgspec.Struct):
    type: str
    product_id: str = ""
    time: Moment | None = None
    bids: list[tuple[str, str]] = []
    asks: list[tuple[str, str]] = []
    changes: list[tuple[Literal["buy", "sell"], str, str]] = []
    trade_id: int = 0
    side: str = ""
    price: str = ""
    size: str = ""
    message: str = ""
    reason: str = ""


class _Named(msgspec.Struct):
    product_id: str = ""


_products, _stats, _message = reader(list[_Product]), reader(dict[str, _Stats]), reader(_Message)
_named = reader(_Named)


class Coinbase:
    """Spot is all it is asked for."""

    name: ClassVar[str] = "coinbase"
    form: ClassVar[str] = "spot"
    socket: ClassVar[str] = "wss://ws-feed.exchange.coinbase.com"
    rest: ClassVar[str] = "https://api.exchange.coinbase.com"
    path: ClassVar[str] = "/"
    limits: ClassVar[Limits] = Limits(300, 100, 4.0, 150)
    heartbeat: ClassVar[Heartbeat | None] = None  # it speaks itself, on a channel
    kinds: ClassVar[frozenset[Kind]] = frozenset(OF_KINDS)
    longest_connection_hours: ClassVar[float | None] = None
    snapshots: ClassVar[Snapshots | None] = None
    listing_paths: ClassVar[Mapping[str, str]] = {"products": "/products", "stats": "/products/stats"}

    def listings(self, answers: Mapping[str, bytes]) -> list[Listing]:
        days = {name: stats.stats_24hour or _Day() for name, stats in _stats(answers["stats"]).items()}
        turnover = {name: amount(day.last) * amount(day.volume) for name, day in days.items()}
        found = (
            listing(each.base_currency, each.quote_currency, each.id, turnover.get(each.id, 0.0))
            for each in _products(answers["products"])
            if each.status == "online" and not each.trading_disabled
        )
        return [each for each in found if each]

    def channels(self, listings: Iterable[Listing], kinds: Collection[Kind]) -> Mapping[str, list[str]]:
        names = sorted({name for kind in kinds for name in OF_KINDS[kind]})
        return {self.path: [f"{name}:{each.name}" for each in listings for name in names]}

    def subscribe(self, channels: Sequence[str], number: int) -> list[str]:
        return [written({"type": "subscribe", "channels": _by_name(channels)})]

    def unsubscribe(self, channels: Sequence[str], number: int) -> list[str]:
        return [written({"type": "unsubscribe", "channels": _by_name(channels)})]

    def translator(
        self, listings: Iterable[Listing], kinds: Collection[Kind], levels: int, now_us: int
    ) -> "CoinbaseTranslator":
        return CoinbaseTranslator(Frames(self.name, self.form, now_us), listings, kinds, levels)


class CoinbaseTranslator(BookTranslator):
    """Keeps the books of one connection. A book that is crossed, or silent for a minute, is begun anew."""

    book_channel: ClassVar[str] = BOOKS + ":{name}"

    def __init__(
        self, frames: Frames, listings: Iterable[Listing], kinds: Collection[Kind], levels: int
    ) -> None:
        super().__init__(frames, listings, kinds, levels)
        self._heard_us: dict[str, int] = {}

    def read(self, raw: bytes, at_us: int) -> Iterator[Translated]:
        try:
            message = _message(raw)
        except Unreadable:
            self._doubt(raw)
            raise
        if message.type == "error":
            yield Refusal(f"{message.message} {message.reason}".strip())
            return
        kept = self._kept.get(message.product_id)
        if kept is None:
            return
        if message.type in ("snapshot", "l2update"):
            self._heard_us[message.product_id] = at_us
            yield from self._change(kept, message)
        elif message.type == "heartbeat":
            if kept.book and at_us - self._heard_us.get(message.product_id, at_us) > SILENT_US:
                yield self._kept.lost(kept, "silent")
        elif message.type == "match":
            yield self._trade(kept.listing, message)

    def _doubt(self, raw: bytes) -> None:
        """What cannot be read may have been a change, which nothing later would show: the book is begun anew."""
        try:
            kept = self._kept.get(_named(raw).product_id)
        except Unreadable:
            self._kept.forget_all()
            return
        if kept:
            self._kept.forget(kept)

    def _change(self, kept: KeptBook, sent: _Message) -> Iterator[Translated]:
        if sent.type == "snapshot":
            self._kept.begin(kept, _levels(sent.bids), _levels(sent.asks))
        elif kept.book is None:
            return
        else:
            self._kept.change(
                kept,
                kept.book,
                [Level(price, size) for side, price, size in sent.changes if side == "buy"],
                [Level(price, size) for side, price, size in sent.changes if side == "sell"],
            )
        yield from self._kept.shown(kept, milliseconds(sent.time) if sent.time else None)

    def _trade(self, traded: Listing, sent: _Message) -> Translated:
        """`side` is that of the order that was there before: who sold into a "buy" was the aggressor."""
        if sent.time is None or not (DECIMAL.fullmatch(sent.price) and DECIMAL.fullmatch(sent.size)):
            raise Unreadable(f"{sent.price[:40]!r}, {sent.size[:40]!r} is no match")
        level = Level(sent.price, sent.size)
        return self._frames.trade(
            traded.symbol, sent.trade_id, level, sent.side == "buy", milliseconds(sent.time)
        )


def _levels(sent: list[tuple[str, str]]) -> list[Level]:
    return [Level(price, size) for price, size in sent]


def _by_name(channels: Sequence[str]) -> list[dict[str, object]]:
    products: dict[str, list[str]] = {}
    for each in channels:
        name, product = each.split(":", 1)
        products.setdefault(name, []).append(product)
    return [{"name": name, "product_ids": of} for name, of in products.items()]

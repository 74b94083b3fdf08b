"""Payloads other than books, in the names of the wire, and the frames they become."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec

from metrics.domain.admission.times import Stamp, seconds, seconds_of
from metrics.domain.book import Price, Quantity, Refused
from metrics.domain.frames import (
    BookTicker,
    Dominance,
    Flow,
    Heard,
    MarkPrice,
    OnchainFlow,
    Ticker,
    Trade,
    TradeStream,
)
from metrics.domain.market import SPOT, USDM
from metrics.feed.origins import Place

WireCount = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Positive = Annotated[float, msgspec.Meta(gt=0, lt=1e30)]
Signed = Annotated[float, msgspec.Meta(gt=-1e30, lt=1e30)]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
MAX_TRANSFERS = 1_000

Payload = TypeVar("Payload")


class Envelope(msgspec.Struct, Generic[Payload]):
    """What every frame is wrapped in."""

    stream: str
    data: Payload
    source: str = ""
    timestamp: Stamp | str | None = None


class TradePayload(msgspec.Struct, gc=False):
    """`trade` and `aggTrade`; of spot alone with `M`."""

    e: str
    E: Stamp
    s: str
    p: Price
    q: Positive
    T: Stamp
    m: bool
    t: WireCount | None = None
    a: WireCount | None = None
    M: bool | None = None


class TickerPayload(msgspec.Struct, gc=False):
    """`24hrTicker`; of spot alone with `b` and `a`."""

    e: str
    E: Stamp
    s: str
    c: Price
    v: Quantity
    q: Quantity
    n: WireCount
    P: Signed
    b: Quantity | None = None
    a: Quantity | None = None
    C: Stamp | None = None


class BookTickerPayload(msgspec.Struct, gc=False):
    """`bookTicker`, spot (without `e`) and USD-M."""

    u: WireCount
    s: str
    b: Price
    B: Positive
    a: Price
    A: Positive
    e: str | None = None
    E: Stamp | None = None


class MarkPricePayload(msgspec.Struct):
    """`markPriceUpdate`; index and rate may be absent or an empty string."""

    e: str
    E: Stamp
    s: str
    p: Price
    i: float | str = ""
    r: float | str = ""


class DominancePayload(msgspec.Struct):
    """`global@dominance`."""

    E: Stamp
    btc_dominance: Percent


class OnchainPayload(msgspec.Struct):
    """`<asset>@onchain`."""

    E: Stamp
    exchange_inflow: Quantity
    exchange_outflow: Quantity
    largest_transfers: Annotated[list[tuple[Quantity, Flow]], msgspec.Meta(max_length=MAX_TRANSFERS)] = []


def _trade(data: TradePayload, symbol: str, place: Place) -> Trade:
    _check(data, symbol, "trade", "aggTrade")
    stream: TradeStream = "trade" if data.e == "trade" else "aggTrade"
    number = data.t if stream == "trade" else data.a
    if number is None:
        raise Refused("missing_field")
    market = place.market(USDM if data.M is None else SPOT)
    return Trade(symbol, market, number, data.p, data.q, data.m, seconds(data.E), seconds(data.T), stream)


def _ticker(data: TickerPayload, symbol: str, place: Place) -> Ticker:
    _check(data, symbol, "24hrTicker")
    return Ticker(
        symbol, place.market(USDM if data.b is None or data.a is None else SPOT), data.c, data.v, data.q, data.n,
        data.P, seconds(data.E), data.b, data.a, _known_time(data.C),
    )  # fmt: skip


def _book_ticker(data: BookTickerPayload, symbol: str, place: Place) -> BookTicker:
    _check(data, symbol, "bookTicker", None)
    if data.b >= data.a:
        raise Refused("crossed")
    market = place.market(SPOT if data.e is None else USDM)
    at = None if data.E is None else seconds(data.E)
    return BookTicker(symbol, market, data.u, data.b, data.B, data.a, data.A, at)


def _mark_price(data: MarkPricePayload, symbol: str, place: Place) -> MarkPrice:
    _check(data, symbol, "markPriceUpdate")
    index, rate = _number(data.i), _number(data.r)
    if index is not None and index <= 0:
        raise Refused("bad_number")
    return MarkPrice(symbol, place.market(USDM), data.p, index, rate, seconds(data.E))


def _dominance(data: DominancePayload, symbol: str, place: Place) -> Dominance:
    if symbol != "GLOBAL":
        raise Refused("bad_symbol")
    return Dominance(data.btc_dominance, seconds(data.E))


def _onchain(data: OnchainPayload, symbol: str, place: Place) -> OnchainFlow:
    return OnchainFlow(
        symbol, data.exchange_inflow, data.exchange_outflow, data.largest_transfers, seconds(data.E)
    )


def time_of(stamp: Stamp | str) -> float:
    """When an envelope was made, in seconds since the epoch."""
    return seconds_of(stamp) if isinstance(stamp, str) else seconds(stamp)


def _check(data: Any, symbol: str, *events: str | None) -> None:
    if data.e not in events:
        raise Refused("wrong_event")
    if data.s != symbol:
        raise Refused("symbol_mismatch")


def _known_time(stamp: Stamp | None) -> float | None:
    """A time that is only needed where there is one."""
    try:
        return None if stamp is None else seconds(stamp)
    except Refused:
        return None


def _number(value: float | str) -> float | None:
    """The number, None for the empty string; Refused where it is neither."""
    if value == "":
        return None
    try:
        return msgspec.convert(value, Signed, strict=False)
    except msgspec.ValidationError:
        raise Refused("bad_number") from None


class PayloadReader(NamedTuple):
    """How the payload of one kind is read."""

    frame: type[Heard]
    decode: Callable[[bytes], Any]
    translate: Callable[[Any, str, Place], Heard]


def _reader(
    frame: type[Heard], envelope: Any, translate: Callable[[Any, str, Place], Heard]
) -> PayloadReader:
    return PayloadReader(frame, msgspec.json.Decoder(envelope, strict=False).decode, translate)


_TRADE = _reader(Trade, Envelope[TradePayload], _trade)
_MARK_PRICE = _reader(MarkPrice, Envelope[MarkPricePayload], _mark_price)

_TICKER = _reader(Ticker, Envelope[TickerPayload], _ticker)
_BOOK_TICKER = _reader(BookTicker, Envelope[BookTickerPayload], _book_ticker)

READERS: Mapping[str, PayloadReader] = {
    "trade": _TRADE,
    "aggTrade": _TRADE,
    "ticker": _TICKER,
    "bookTicker": _BOOK_TICKER,
    "markPrice": _MARK_PRICE,
    "markPrice@1s": _MARK_PRICE,
    "dominance": _reader(Dominance, Envelope[DominancePayload], _dominance),
    "onchain": _reader(OnchainFlow, Envelope[OnchainPayload], _onchain),
}
"""By what follows the first @ of a stream name."""
KINDS_OF_EVENTS: Mapping[str, str] = {
    "trade": "trade",
    "aggTrade": "aggTrade",
    "24hrTicker": "ticker",
    "bookTicker": "bookTicker",
    "markPriceUpdate": "markPrice",
    "kline": "kline",
    "24hrMiniTicker": "miniTicker",
    "forceOrder": "forceOrder",
}
"""What a payload says of itself in `e`, and the kind that is."""
MARKET_WIDE: frozenset[type[Heard]] = frozenset({Ticker, Dominance, OnchainFlow})
"""Kinds that say something about other symbols too, so that a partition may ask for all of them."""

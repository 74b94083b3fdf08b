"""Payloads other than books, in the names of the wire, and the frames they become."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import msgspec

from metrics.domain.book import Price, Quantity, Refused
from metrics.domain.frames import BookTicker, Dominance, Flow, Frame, MarkPrice, OnchainFlow, Ticker, Trade

Milliseconds = Annotated[int, msgspec.Meta(ge=0, lt=253_402_300_800_000)]  # up to the year 9999
Count = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
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


class TradePayload(msgspec.Struct):
    """`trade` and `aggTrade`."""

    e: str
    E: Milliseconds
    s: str
    p: Price
    q: Positive
    T: Milliseconds
    m: bool


class TickerPayload(msgspec.Struct):
    """`24hrTicker`."""

    e: str
    E: Milliseconds
    s: str
    c: Price
    v: Quantity
    q: Quantity
    n: Count
    P: Signed


class BookTickerPayload(msgspec.Struct):
    """`bookTicker`, spot (without `e`) and USD-M."""

    u: Count
    s: str
    b: Price
    B: Positive
    a: Price
    A: Positive
    e: str | None = None


class MarkPricePayload(msgspec.Struct):
    """`markPriceUpdate`; index and rate may be absent or an empty string."""

    e: str
    E: Milliseconds
    s: str
    p: Price
    i: float | str = ""
    r: float | str = ""


class DominancePayload(msgspec.Struct):
    """`global@dominance`."""

    E: Milliseconds
    btc_dominance: Percent


class OnchainPayload(msgspec.Struct):
    """`<asset>@onchain`."""

    E: Milliseconds
    exchange_inflow: Quantity
    exchange_outflow: Quantity
    largest_transfers: Annotated[list[tuple[Quantity, Flow]], msgspec.Meta(max_length=MAX_TRANSFERS)] = []


def _trade(data: TradePayload, symbol: str, venue: str) -> Trade:
    _check(data, symbol, "trade", "aggTrade")
    return Trade(symbol, venue, data.p, data.q, data.m, data.T / 1000, data.e == "aggTrade")


def _ticker(data: TickerPayload, symbol: str, venue: str) -> Ticker:
    _check(data, symbol, "24hrTicker")
    return Ticker(symbol, venue, data.c, data.v, data.q, data.n, data.P, data.E / 1000)


def _book_ticker(data: BookTickerPayload, symbol: str, venue: str) -> BookTicker:
    _check(data, symbol, "bookTicker", None)
    if data.b >= data.a:
        raise Refused("crossed")
    form = "spot" if data.e is None else "usdm"
    return BookTicker(symbol, f"{venue}/{form}", data.u, data.b, data.B, data.a, data.A)


def _mark_price(data: MarkPricePayload, symbol: str, venue: str) -> MarkPrice:
    _check(data, symbol, "markPriceUpdate")
    index, rate = _number(data.i), _number(data.r)
    if index is not None and index <= 0:
        raise Refused("bad_number")
    return MarkPrice(symbol, venue, data.p, index, rate, data.E / 1000)


def _dominance(data: DominancePayload, symbol: str, venue: str) -> Dominance:
    if symbol != "GLOBAL":
        raise Refused("bad_symbol")
    return Dominance(data.btc_dominance, data.E / 1000)


def _onchain(data: OnchainPayload, symbol: str, venue: str) -> OnchainFlow:
    return OnchainFlow(
        symbol, data.exchange_inflow, data.exchange_outflow, data.largest_transfers, data.E / 1000
    )


def _check(data: Any, symbol: str, *events: str | None) -> None:
    if data.e not in events:
        raise Refused("wrong_event")
    if data.s != symbol:
        raise Refused("symbol_mismatch")


def _number(value: float | str) -> float | None:
    """The number, None for the empty string; Refused where it is neither."""
    if value == "":
        return None
    try:
        return msgspec.convert(value, Signed, strict=False)
    except msgspec.ValidationError:
        raise Refused("bad_number") from None


class Reader(NamedTuple):
    """How the payload of one kind of stream is read."""

    frame: type[Frame]
    decode: Callable[[bytes], Any]
    translate: Callable[[Any, str, str], Frame]


def _reader(frame: type[Frame], envelope: Any, translate: Callable[[Any, str, str], Frame]) -> Reader:
    return Reader(frame, msgspec.json.Decoder(envelope, strict=False).decode, translate)


_TRADE = _reader(Trade, Envelope[TradePayload], _trade)
_MARK_PRICE = _reader(MarkPrice, Envelope[MarkPricePayload], _mark_price)

READERS: Mapping[str, Reader] = {
    "trade": _TRADE,
    "aggTrade": _TRADE,
    "ticker": _reader(Ticker, Envelope[TickerPayload], _ticker),
    "bookTicker": _reader(BookTicker, Envelope[BookTickerPayload], _book_ticker),
    "markPrice": _MARK_PRICE,
    "markPrice@1s": _MARK_PRICE,
    "dominance": _reader(Dominance, Envelope[DominancePayload], _dominance),
    "onchain": _reader(OnchainFlow, Envelope[OnchainPayload], _onchain),
}
"""By what follows the first @ of a stream name."""
MARKET_WIDE: frozenset[type[Frame]] = frozenset({Ticker, Dominance, OnchainFlow})
"""Kinds that say something about other symbols too, so that a partition may ask for all of them."""

"""The exchange's messages, as bytes for the wire: books in both forms, trades, tickers."""

from typing import Any, NamedTuple

import msgspec

from markets.simulation.instrument import DAY_MS, Instrument

BOOK, TRADE, TICKER, BOOK_TICKER = KINDS = ("depth", "trade", "ticker", "bookTicker")


class RawFrame(NamedTuple):
    """One message: what it is about, for its subject, and its bytes."""

    symbol: str
    kind: str
    payload: bytes


def encode(stream: str, data: Any, **envelope: str) -> bytes:
    """A frame that says of itself that it is made up."""
    return msgspec.json.encode({"stream": stream, "data": data, **envelope, "origin": "simulated"})


def book(instrument: Instrument, now_ms: int) -> dict[str, Any]:
    """The visible book: 20 levels a side, best first, spot or USD-M form."""
    bids, asks = instrument.bids.levels, instrument.asks.levels
    if not instrument.listing.futures:
        return {"lastUpdateId": instrument.update_id, "bids": bids, "asks": asks}
    return {
        "e": "depthUpdate",
        "E": now_ms,
        "T": now_ms - 2,
        "s": instrument.symbol,
        "U": instrument.previous_id + 1,
        "u": instrument.update_id,
        "pu": instrument.previous_id,
        "b": bids,
        "a": asks,
    }


def book_stream(instrument: Instrument) -> str:
    return f"{instrument.stream}@depth20@100ms"


def trade(instrument: Instrument, now_ms: int) -> RawFrame:
    """A trade on spot, an aggregated trade on USD-M."""
    price, quantity, buyer_is_maker = instrument.trade()
    name = "aggTrade" if instrument.listing.futures else "trade"
    number = instrument.trade_id
    ids = {"a": number, "f": number, "l": number} if instrument.listing.futures else {"t": number}
    data = {
        "e": name,
        "E": now_ms,
        "s": instrument.symbol,
        **ids,
        "p": price,
        "q": quantity,
        "T": now_ms - 1,
        "m": buyer_is_maker,
    }
    return RawFrame(instrument.symbol, TRADE, encode(f"{instrument.stream}@{name}", data))


def book_ticker(instrument: Instrument, now_ms: int) -> RawFrame:
    (bid, bid_size), (ask, ask_size) = instrument.bids.levels[0], instrument.asks.levels[0]
    return touch(instrument, now_ms, b=bid, B=bid_size, a=ask, A=ask_size)


def touch(instrument: Instrument, now_ms: int, *, source: str = "", **best: str) -> RawFrame:
    """The best prices and what rests there, spot or USD-M form, at the venue of `source`."""
    event = {"e": "bookTicker", "E": now_ms, "T": now_ms - 2} if instrument.listing.futures else {}
    data = event | {"u": instrument.update_id, "s": instrument.symbol, **best}
    envelope = {"source": source} if source else {}
    return RawFrame(
        instrument.symbol, BOOK_TICKER, encode(f"{instrument.stream}@bookTicker", data, **envelope)
    )


def ticker(instrument: Instrument, now_ms: int) -> RawFrame:
    """The rolling 24 hours in one message."""
    decimals = instrument.listing.price_decimals
    change = instrument.last - instrument.open
    data = {
        "e": "24hrTicker",
        "E": now_ms,
        "s": instrument.symbol,
        "p": f"{change:.{decimals}f}",
        "P": f"{100 * change / instrument.open:.3f}",
        "w": f"{instrument.turnover / instrument.volume:.8f}",
        "c": f"{instrument.last:.{decimals}f}",
        "Q": f"{instrument.listing.size:.{instrument.listing.size_decimals}f}",
        "o": f"{instrument.open:.{decimals}f}",
        "h": f"{instrument.high:.{decimals}f}",
        "l": f"{instrument.low:.{decimals}f}",
        "v": f"{instrument.volume:.{instrument.listing.size_decimals}f}",
        "q": f"{instrument.turnover:.8f}",
        "O": now_ms - DAY_MS,
        "C": now_ms,
        "F": instrument.trade_id - instrument.trades,
        "L": instrument.trade_id,
        "n": instrument.trades,
    }
    return RawFrame(instrument.symbol, TICKER, encode(f"{instrument.stream}@ticker", data))

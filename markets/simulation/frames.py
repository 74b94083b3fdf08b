"""The exchange's messages, as bytes for the wire: books in both forms and what changes of them, trades, tickers."""

from typing import Any, NamedTuple

import msgspec

from markets.simulation.instrument import DAY_MS, Instrument
from markets.simulation.ladder import DEPTH
from markets.simulation.listings import VENUE

BOOK, TRADE, TICKER, BOOK_TICKER = KINDS = ("depth", "trade", "ticker", "bookTicker")
BOOK_STREAM = "depth20@100ms"
CHANGE = "diff"
"""What changes of a whole book; a market keeps one only where this is wanted."""


class RawFrame(NamedTuple):
    """One message: what it is about and the place it is from, for its subject, and its bytes."""

    symbol: str
    kind: str
    payload: bytes
    place: str = VENUE


def encode(stream: str, data: Any, **envelope: str) -> bytes:
    """A frame that says of itself that it is made up."""
    return msgspec.json.encode({"stream": stream, "data": data, **envelope, "origin": "simulated"})


def frame(instrument: Instrument, kind: str, stream: str, data: Any) -> RawFrame:
    """What the venue of the instrument sends on a stream of its symbol."""
    venue, place = instrument.listing.venue, instrument.listing.place
    source = {} if venue == VENUE else {"source": f"{venue}-websocket"}
    return RawFrame(instrument.symbol, kind, encode(f"{instrument.stream}@{stream}", data, **source), place)


def book(instrument: Instrument, now_ms: int) -> dict[str, Any]:
    """The visible book: 20 levels a side, best first, spot or USD-M form."""
    bids, asks = instrument.bids.levels[:DEPTH], instrument.asks.levels[:DEPTH]
    if instrument.listing.futures:
        return _of_contracts(instrument, now_ms) | {"b": bids, "a": asks}
    return {"lastUpdateId": instrument.update_id, "bids": bids, "asks": asks}


def book_stream(instrument: Instrument) -> str:
    return f"{instrument.stream}@{BOOK_STREAM}"


def change(instrument: Instrument, now_ms: int) -> RawFrame:
    """What the newest update has changed of the whole book, spot or USD-M form."""
    update = (_of_contracts if instrument.listing.futures else _update)(instrument, now_ms)
    data = update | {"b": instrument.bid_changes, "a": instrument.ask_changes}
    return frame(instrument, CHANGE, "depth@100ms", data)


def whole_book(instrument: Instrument, now_ms: int) -> bytes:
    """What the exchange answers to who asks for the book as it is at the newest update."""
    times = {"E": now_ms, "T": now_ms - 2} if instrument.listing.futures else {}
    sides = {"bids": instrument.bids.levels, "asks": instrument.asks.levels}
    return msgspec.json.encode({"lastUpdateId": instrument.update_id, **times, **sides})


def snapshot(instrument: Instrument, body: bytes) -> RawFrame:
    """The same answer, for whoever listens to the changes."""
    return frame(instrument, CHANGE, "depthSnapshot", msgspec.Raw(body))


def _update(instrument: Instrument, now_ms: int) -> dict[str, Any]:
    ids = {"U": instrument.previous_id + 1, "u": instrument.update_id}
    return {"e": "depthUpdate", "E": now_ms, "s": instrument.symbol, **ids}


def _of_contracts(instrument: Instrument, now_ms: int) -> dict[str, Any]:
    return _update(instrument, now_ms) | {"T": now_ms - 2, "pu": instrument.previous_id}


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
    if not instrument.listing.futures:
        data["M"] = True  # says nothing, but that it is spot
    return frame(instrument, TRADE, name, data)


def book_ticker(instrument: Instrument, now_ms: int) -> RawFrame:
    data = touch(instrument, now_ms, **_best(instrument))
    return frame(instrument, BOOK_TICKER, "bookTicker", data)


def _best(instrument: Instrument) -> dict[str, str]:
    """The best prices, and what rests there."""
    (bid, bid_size), (ask, ask_size) = instrument.bids.levels[0], instrument.asks.levels[0]
    return {"b": bid, "B": bid_size, "a": ask, "A": ask_size}


def touch(instrument: Instrument, now_ms: int, **best: str) -> dict[str, Any]:
    """Best prices and what rests there, spot or USD-M form."""
    event = {"e": "bookTicker", "E": now_ms, "T": now_ms - 2} if instrument.listing.futures else {}
    return event | {"u": instrument.update_id, "s": instrument.symbol, **best}


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
    if not instrument.listing.futures:
        data |= _best(instrument)
    return frame(instrument, TICKER, "ticker", data)

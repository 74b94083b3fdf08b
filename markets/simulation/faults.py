"""Bad messages, one of each kind that the wire format refuses, made from the good book sent just before."""

import copy
from collections.abc import Callable
from itertools import cycle
from typing import Any

import msgspec

SHARE = 0.01  # of the books; a bad message follows them
TOO_MANY = 5_001

Data = dict[str, Any]
Fault = Callable[[str, Data], bytes]


class Faults:
    """Every kind in turn, so that a minute of any market has them all."""

    def __init__(self) -> None:
        self._kinds = cycle(FAULTS.items())

    def next(self, stream: str, data: Data) -> bytes:
        """A bad message about the symbol of this good one; `data` is left alone."""
        for kind, fault in self._kinds:
            if kind not in (SPOT_ONLY if "s" in data else FUTURES_ONLY):
                return fault(stream, newer(data))
        raise AssertionError("the kinds never end")


def newer(data: Data) -> Data:
    """A copy with the next update id, so that a book is refused for its fault and not for its age."""
    name = "lastUpdateId" if "lastUpdateId" in data else "u"
    return copy.deepcopy(data) | {name: data[name] + 1}


def _bids(data: Data) -> list[Any]:
    return data["bids"] if "bids" in data else data["b"]


def _asks(data: Data) -> list[Any]:
    return data["asks"] if "asks" in data else data["a"]


def _encode(stream: str, data: Any) -> bytes:
    return msgspec.json.encode({"stream": stream, "data": data})


def _truncated(stream: str, data: Data) -> bytes:
    return _encode(stream, data)[:-40]


def _not_utf8(stream: str, data: Data) -> bytes:
    return _encode(stream, data).replace(b"depth20", b"d\xff\xfeth20")


def _bare_nan(stream: str, data: Data) -> bytes:
    return _encode(stream, data).replace(b'"' + _bids(data)[0][1].encode() + b'"', b"NaN")


def _wrong_type(stream: str, data: Data) -> bytes:
    _bids(data)[3] = {"price": 1, "quantity": 2}
    return _encode(stream, data)


def _word_for_number(stream: str, data: Data) -> bytes:
    _asks(data)[2][1] = "plenty"
    return _encode(stream, data)


def _level(side: Callable[[Data], list[Any]], place: int, column: int, value: str) -> Fault:
    """The book with one number replaced."""

    def fault(stream: str, data: Data) -> bytes:
        side(data)[place][column] = value
        return _encode(stream, data)

    return fault


def _negative_quantity(stream: str, data: Data) -> bytes:
    _asks(data)[1][1] = "-" + _asks(data)[1][1]
    return _encode(stream, data)


def _negative_price(stream: str, data: Data) -> bytes:
    _bids(data)[-1][0] = "-" + _bids(data)[-1][0]
    return _encode(stream, data)


def _crossed(stream: str, data: Data) -> bytes:
    bids, asks = _bids(data), _asks(data)
    bids[0][0], asks[0][0] = asks[0][0], bids[0][0]
    return _encode(stream, data)


def _locked(stream: str, data: Data) -> bytes:
    _asks(data)[0][0] = _bids(data)[0][0]
    return _encode(stream, data)


def _out_of_order(stream: str, data: Data) -> bytes:
    asks = _asks(data)
    asks[4], asks[9] = asks[9], asks[4]
    return _encode(stream, data)


def _same_price_twice(stream: str, data: Data) -> bytes:
    bids = _bids(data)
    bids[6][0] = bids[5][0]
    return _encode(stream, data)


def _too_many_levels(stream: str, data: Data) -> bytes:
    """Ordered and uncrossed, only far too long."""
    price = float(_asks(data)[0][0])
    _asks(data)[:] = [[f"{price * (1 + place / 1000):.12f}", "1"] for place in range(TOO_MANY)]
    return _encode(stream, data)


def _bad_symbol(_stream: str, data: Data) -> bytes:
    return _encode("btc usdt<b>@depth20@100ms", data)


def _other_symbol(stream: str, data: Data) -> bytes:
    data["s"] = "NOSUCHUSDT"
    return _encode(stream, data)


def _id_going_back(stream: str, data: Data) -> bytes:
    name = "lastUpdateId" if "lastUpdateId" in data else "u"
    data[name] -= 10_000
    return _encode(stream, data)


def _other_form(stream: str, data: Data) -> bytes:
    """The futures book of a spot symbol, or the other way round: two markets under one name."""
    bids, asks = _bids(data), _asks(data)
    if "lastUpdateId" not in data:
        return _encode(stream, {"lastUpdateId": data["u"] + 1, "bids": bids, "asks": asks})
    number = data["lastUpdateId"] + 1
    symbol = stream.partition("@")[0].upper()
    futures = {"e": "depthUpdate", "s": symbol, "U": number, "u": number, "pu": number - 1}
    return _encode(stream, futures | {"b": bids, "a": asks})


FAULTS: dict[str, Fault] = {
    "truncated": _truncated,
    "not_utf8": _not_utf8,
    "bare_nan": _bare_nan,
    "wrong_type": _wrong_type,
    "word_for_number": _word_for_number,
    "nan_price": _level(_bids, 0, 0, "NaN"),
    "infinite_quantity": _level(_asks, 0, 1, "Infinity"),
    "negative_quantity": _negative_quantity,
    "negative_price": _negative_price,
    "zero_price": _level(_bids, -1, 0, "0.00000000"),
    "crossed": _crossed,
    "locked": _locked,
    "out_of_order": _out_of_order,
    "same_price_twice": _same_price_twice,
    "too_many_levels": _too_many_levels,
    "bad_symbol": _bad_symbol,
    "other_symbol": _other_symbol,
    "id_going_back": _id_going_back,
    "other_form": _other_form,
}
FUTURES_ONLY = {"other_symbol"}  # only these books name their symbol inside
SPOT_ONLY = {"out_of_order"}  # of futures it is the sign of a change of a book, and would end that stream

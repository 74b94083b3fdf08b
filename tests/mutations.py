"""Messages as they should never come: sound frames, damaged in every way somebody thought of, or a producer did."""

import gzip
import json
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from markets.simulation.faults import FAULTS, Faults
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from tests.factories import diff_depth, frame, spot_book, usdm_book

RECORDINGS = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
NUMBERS = (
    "0", "-0", "-1", "1e-400", "5e-324", "1e-18", "9e-19", "1e29", "1e30", "1e308", "1e309", "-1e309", "NaN",
    "nan", "Infinity", "-inf", "1e", "0x1p3", "1_0", " 1", "1 ", "+1", "١", "", "null", "true",
    "9223372036854775807", "9223372036854775808", "18446744073709551616", "1" + "0" * 400, "0." + "0" * 400 + "1",
)  # fmt: skip
BARE = (b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-0", b"00", b"1.", b".5", b"1" + b"0" * 400, b"null")
TYPES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 10**19, "", "x", "\u0000", "\U0001f680", [], {}, [[]], [["1", "2", "3"]], {"a": {}},
)  # fmt: skip
RUBBISH = (
    b"\x00",
    b"\xff",
    b"\xe2\x82",
    b"\xf0\x9f\x9a",
    b"\xed\xa0\x80",
    b"{",
    b"}",
    b"[",
    b'"',
    b"\\",
    b",",
    b"\xef\xbb\xbf",
)
STREAMS = (
    "btcusdt@depth20@100ms", "ethusdt@depth5", "btcusdt@depth@100ms", "btcusdt@trade", "!ticker@arr", "@", "",
    "btcusdt@depth20" + "@" * 50, "ſusdt@depth20", "a" * 40 + "@depth20", "btcusdt", "btc\nusdt@depth20",
)  # fmt: skip
ONCHAIN = {
    "exchange_inflow": 1200.5, "exchange_outflow": 150.0, "largest_transfers": [[850.0, "inflow"], [120.0, "outflow"]],
}  # fmt: skip
MARK_PRICE = {"e": "markPriceUpdate", "s": "BTCUSDT", "p": "11794.15", "i": "11784.62", "r": "-0.00038167"}
SIDES = ("bids", "asks", "b", "a")
IDS, TIMES = ("lastUpdateId", "u", "t", "a"), ("E", "T", "C")
UNITS = (1, 10**6, 10**9)
"""Parts of a second that producers count in, beside the usual milliseconds."""
FAR_OFF = (-365 * 86_400, -3_600, -31, 61, 3_600, 365 * 86_400, -1_700_000_000, 10**10)
"""Seconds from now: too late, too early, or no time of any market."""
SOURCES = (
    "binance-websocket",
    "coinbase-websocket",
    "kraken-websocket",
    "Kraken",
    "okx",
    "binance",
    "b\u00efnance",
    "",
)
SENT_AGAIN = 200
"""Out of so many messages one is sent again now and then."""
LADDERS = (
    [(50_000.0 - place, 0.1 + place) for place in range(20)],
    [(50_001.0 + place, 0.2 + place) for place in range(20)],
)


WHOLE = {
    "lastUpdateId": 1,
    "bids": [[f"{price:.2f}", f"{quantity:.3f}"] for price, quantity in LADDERS[0]],
    "asks": [[f"{price:.2f}", f"{quantity:.3f}"] for price, quantity in LADDERS[1]],
}


def recorded(lines: int) -> list[bytes]:
    """The first frames of every recording there is; none where the recordings are absent."""
    return [
        line.rstrip(b"\n")
        for path in sorted(RECORDINGS.glob("*.ndjson.gz"))
        if ".rest." not in path.name
        for line in islice(gzip.open(path), lines)
    ]


def made_up(random: Random) -> list[bytes]:
    """A few seconds of a simulated market, and one of each fault the simulator knows."""
    market = SimulatedMarket(listings(8, "mixed", random), 10.0, random, first_id=1_000)
    frames = [sent.payload for tick in range(100) for sent in market.tick(1_700_000_040_000 + 20 * tick)]
    faults, book = Faults(), json.loads(usdm_book("ETHUSDT", *LADDERS))
    others = [
        *(
            frame("global@dominance", {"E": 1_700_000_040_000 + 60_000 * n, "btc_dominance": 50 + n % 9})
            for n in range(60)
        ),
        *(frame("btc@onchain", ONCHAIN | {"E": 1_700_000_040_000 + 60_000 * n}) for n in range(60)),
        *(frame("btcusdt@markPrice", MARK_PRICE | {"E": 1_700_000_040_000 + n}) for n in range(60)),
        spot_book("SOLUSDT", source="coinbase-websocket"),
        diff_depth(),
        *(frame(f"{name}@depthSnapshot", WHOLE) for name in ("qtumeth", "zilusdt")),
        frame("!miniTicker@arr", [{"e": "24hrMiniTicker"}]),
        b'{"result":null,"id":1}',
    ]
    return frames + others + [faults.next(book["stream"], book["data"]) for _ in FAULTS]


class Mutator:
    """An endless supply of messages, the same for the same seed and clock.

    What comes is mostly new: each frame gets the next id, and the time of the clock, before anything happens to it.
    """

    def __init__(self, seed: int, clock: Callable[[], float], lines: int = 200) -> None:
        self.random = Random(seed)
        self.clock = clock
        self.samples = recorded(lines) + made_up(self.random)
        self._books = [sample for sample in self.samples if b"@depth20" in sample and len(sample) < 10_000]
        self._next_id = 10**13
        self._sent: deque[bytes] = deque([b"{}"], maxlen=SENT_AGAIN)
        self._ways: list[Callable[[bytes], bytes]] = [
            self._truncated, self._flipped, self._with_rubbish,
            self._without_span, self._span_twice, self._spliced, self._bare_number, self._number,
            self._other_type, self._key_gone, self._key_twice, self._other_stream, self._new_name,
            self._deep, self._levels_shuffled, self._sides_swapped, self._side_emptied, self._new_kind,
            self._anothers_name, self._book_by_name, self._other_depth, self._cut, self._level_emptied,
            self._again, self._other_unit, self._far_off, self._other_source,
        ]  # fmt: skip

    def __iter__(self) -> Iterator[bytes]:
        chance = self.random.random
        while True:
            # Mostly books, and mostly newer than all before: else few would get past the first checks.
            message = self.random.choice(self._books if chance() < 0.7 else self.samples)
            if chance() < 0.8:
                message = self._new(message)
            for _ in range(self.random.choice((0, 1, 1, 1, 1, 2, 3))):
                message = self.random.choice(self._ways)(message)
            self._sent.append(message)
            yield message

    # -- Bytes -------------------------------------------------------------------------------

    def _place(self, message: bytes) -> int:
        return self.random.randrange(len(message) + 1)

    def _truncated(self, message: bytes) -> bytes:
        return message[: self._place(message)]

    def _flipped(self, message: bytes) -> bytes:
        changed = bytearray(message)
        for _ in range(self.random.randint(1, 4)):
            if changed:
                changed[self.random.randrange(len(changed))] = self.random.randrange(256)
        return bytes(changed)

    def _with_rubbish(self, message: bytes) -> bytes:
        place = self._place(message)
        return message[:place] + self.random.choice(RUBBISH) + message[place:]

    def _without_span(self, message: bytes) -> bytes:
        place = self._place(message)
        return message[:place] + message[place + self.random.randint(1, 60) :]

    def _span_twice(self, message: bytes) -> bytes:
        begin, end = sorted((self._place(message), self._place(message)))
        return message[:end] + message[begin:]

    def _spliced(self, message: bytes) -> bytes:
        other = self.random.choice(self.samples)
        return message[: self._place(message)] + other[self._place(other) :]

    def _bare_number(self, message: bytes) -> bytes:
        """A quoted value without its quotes and its sense."""
        parts = message.split(b'"')
        if len(parts) < 3:
            return message
        place = 2 * self.random.randrange(len(parts) // 2) + 1
        before, after = b'"'.join(parts[:place]), b'"'.join(parts[place + 1 :])
        return before + self.random.choice(BARE) + after

    def _key_twice(self, message: bytes) -> bytes:
        key = self.random.choice((b"stream", b"data", b"bids", b"a", b"lastUpdateId"))
        value = self.random.choice((b'"ethusdt@depth20@100ms"', b"{}", b"[]", b"1"))
        place = self.random.choice((1, message.rfind(b"}")))
        return message[:place] + b'"' + key + b'":' + value + b"," + message[place:]

    def _deep(self, message: bytes) -> bytes:
        opening, closing = self.random.choice(((b"[", b"]"), (b'{"x":', b"}")))
        depth = self.random.choice((3, 100, 2_000))
        return message[:-1] + b',"deep":' + opening * depth + b"1" + closing * depth + message[-1:]

    # -- Structure ---------------------------------------------------------------------------

    def _changed(self, message: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
        """The message with `change` applied to what it decodes to; as it is where it does not decode."""
        try:
            decoded = msgspec.json.decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return message
        if not isinstance(decoded, dict):
            return message
        change(decoded)
        return msgspec.json.encode(decoded)

    def _holder(self, found: Any) -> Any:
        """A random container somewhere in `found`."""
        while True:
            inner = list(found.values()) if isinstance(found, dict) else found
            inner = [value for value in inner if isinstance(value, dict | list) and value]
            if not inner or self.random.random() < 0.2:
                return found
            found = self.random.choice(inner)

    def _replaced(self, message: bytes, values: tuple[Any, ...]) -> bytes:
        def change(decoded: dict[str, Any]) -> None:
            holder = self._holder(decoded)
            if holder:
                places = list(holder) if isinstance(holder, dict) else range(len(holder))
                holder[self.random.choice(places)] = self.random.choice(values)

        return self._changed(message, change)

    def _number(self, message: bytes) -> bytes:
        return self._replaced(message, NUMBERS)

    def _other_type(self, message: bytes) -> bytes:
        return self._replaced(message, TYPES)

    def _key_gone(self, message: bytes) -> bytes:
        def change(decoded: dict[str, Any]) -> None:
            data = decoded.get("data")
            holder = data if isinstance(data, dict) and data and self.random.random() < 0.8 else decoded
            if holder:
                del holder[self.random.choice(list(holder))]

        return self._changed(message, change)

    def _other_stream(self, message: bytes) -> bytes:
        stream = self.random.choice(STREAMS)
        return self._changed(message, lambda decoded: decoded.update(stream=stream))

    def _new_name(self, message: bytes) -> bytes:
        """A symbol or a source nobody has heard of."""
        name = f"s{self.random.randrange(10**6)}usdt@depth20@100ms"
        sources = name, f"v{self.random.randrange(10**6)}"
        changes = self.random.choice(
            ({"stream": name}, *({"source": f"{source}-websocket"} for source in sources))
        )
        return self._changed(message, lambda decoded: decoded.update(changes))

    def _new_kind(self, message: bytes) -> bytes:
        kind = "".join(self.random.choices("abcdefghij", k=6))
        return self._changed(message, lambda decoded: decoded.update(stream=f"btcusdt@{kind}"))

    def _with_data(self, message: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
        def inner(decoded: dict[str, Any]) -> None:
            if isinstance(decoded.get("data"), dict):
                change(decoded["data"])

        return self._changed(message, inner)

    def _new(self, message: bytes) -> bytes:
        """The same with an id above all before, sent now."""
        self._next_id += 1

        def change(data: dict[str, Any]) -> None:
            for name in IDS:
                if isinstance(data.get(name), int):
                    data[name] = self._next_id
            _stamp(data, round(1000 * self.clock()))

        return self._with_data(message, change)

    def _levels_shuffled(self, message: bytes) -> bytes:
        def change(data: dict[str, Any]) -> None:
            for side in SIDES:
                if isinstance(data.get(side), list):
                    self.random.shuffle(data[side])

        return self._with_data(message, change)

    def _sides_swapped(self, message: bytes) -> bytes:
        def change(data: dict[str, Any]) -> None:
            for one, other in (("bids", "asks"), ("b", "a")):
                if one in data and other in data:
                    data[one], data[other] = data[other], data[one]

        return self._with_data(message, change)

    def _side_emptied(self, message: bytes) -> bytes:
        """One of the sides, or both."""
        sides = self.random.choice((SIDES, *((side,) for side in SIDES)))
        keep = self.random.randrange(2)

        def change(data: dict[str, Any]) -> None:
            data.update({side: [["1", "0.000"]] * keep for side in sides if side in data})

        return self._with_data(message, change)

    # -- What producers do -------------------------------------------------------------------

    def _anothers_name(self, message: bytes) -> bytes:
        """Under the name of another stream, whichever kind that is."""
        stream = _stream(self.random.choice(self.samples))
        return self._changed(message, lambda decoded: decoded.update(stream=stream))

    def _book_by_name(self, message: bytes) -> bytes:
        """Diffs and all under the name of a book."""
        stream = _stream(message).partition("@")[0] + "@depth20@100ms"
        return self._changed(message, lambda decoded: decoded.update(stream=stream))

    def _other_depth(self, message: bytes) -> bytes:
        """The name says more levels, or fewer."""
        depth = self.random.choice((0, 1, 5, 10, 50, 1_000, self.random.randrange(10_000)))
        stream = _stream(message).replace("depth20", f"depth{depth}")
        return self._changed(message, lambda decoded: decoded.update(stream=stream))

    def _cut(self, message: bytes) -> bytes:
        """A shallower book of the same market, by its own name or not."""
        levels = self.random.choice((1, 5, 10))

        def change(data: dict[str, Any]) -> None:
            for side in SIDES:
                if isinstance(data.get(side), list):
                    data[side] = data[side][:levels]

        return self._with_data(self._other_depth(message) if levels == 1 else message, change)

    def _level_emptied(self, message: bytes) -> bytes:
        def change(data: dict[str, Any]) -> None:
            sides = [data[side] for side in SIDES if isinstance(data.get(side), list)]
            levels = [level for side in sides for level in side if isinstance(level, list)]
            if levels:
                self.random.choice(levels)[1:] = ["0.00000000"]

        return self._with_data(message, change)

    def _again(self, message: bytes) -> bytes:
        """One that was sent before, byte for byte."""
        return self.random.choice(self._sent)

    def _other_unit(self, message: bytes) -> bytes:
        stamp = round(self.clock() * self.random.choice(UNITS))
        return self._with_data(message, lambda data: _stamp(data, stamp))

    def _far_off(self, message: bytes) -> bytes:
        stamp = round(1000 * (self.clock() + self.random.choice(FAR_OFF)))
        return self._with_data(message, lambda data: _stamp(data, stamp))

    def _other_source(self, message: bytes) -> bytes:
        source = self.random.choice(SOURCES)
        return self._changed(message, lambda decoded: decoded.update(source=source))


def _stamp(data: dict[str, Any], stamp: int) -> None:
    """Every time there is in a payload."""
    data.update({name: stamp for name in TIMES if name in data})


def _stream(message: bytes) -> str:
    """The name of a message's stream, as far as it can be read."""
    parts = message.split(b'"', 4)
    return parts[3].decode(errors="replace") if len(parts) > 3 else ""

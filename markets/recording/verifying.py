"""Is a recording what it should be? Held against itself: times, ids, and books kept whole from what it holds."""

import gzip
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import msgspec

from markets.recording.chains import Chain
from markets.recording.frames import SNAPSHOT, Ids, is_change, is_frame, named
from markets.recording.reading import BROKEN, FRAMES, Arrival, Recording, RecordingError
from metrics.domain.book import Level, Refused
from metrics.domain.frames import BookChange
from metrics.domain.full_book import WHOLE, FullBook

RAW = f".raw{FRAMES}"
REST = f".rest{FRAMES}"
"""What an exchange answered over REST beside a recording that holds no snapshots itself."""


class Problem(NamedTuple):
    """What is wrong, and in which line of which file."""

    path: Path
    line: int
    words: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.words}"


class _Envelope(msgspec.Struct):
    stream: str
    data: msgspec.Raw
    source: str = ""


class _Depth(msgspec.Struct):
    """A change, or a whole book."""

    e: str = ""
    U: int = -1
    u: int = -1
    pu: int | None = None
    b: list[Level] = []
    a: list[Level] = []
    E: int | None = None
    lastUpdateId: int = -1
    bids: list[Level] = []
    asks: list[Level] = []


class _Touch(msgspec.Struct):
    u: int
    b: float
    B: float
    a: float
    A: float
    e: str | None = None


class _Trade(msgspec.Struct):
    e: str
    t: int | None = None
    a: int | None = None
    M: bool | None = None


class _Answer(msgspec.Struct):
    symbol: str
    recv_us: int
    snapshot: _Depth


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_depth = msgspec.json.Decoder(_Depth, strict=False).decode
_decode_touch = msgspec.json.Decoder(_Touch, strict=False).decode
_decode_trade = msgspec.json.Decoder(_Trade).decode
_decode_answer = msgspec.json.Decoder(_Answer, strict=False)


class _Market(NamedTuple):
    """Ids are of one market each; a recording may hold several of the same name."""

    source: str
    symbol: str
    is_contracts: bool


class _Followed:
    """The changes of one market, and the book that they make."""

    def __init__(self, *, is_contracts: bool) -> None:
        self.chain = Chain()
        self.book = FullBook(is_contracts=is_contracts)
        self.has_changes = self.was_whole = False
        self.contradicted = 0  # of which is listed already


class Verification:
    """One recording; `run` reads it. Counts of what was found, and what is wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.lines = self.changes = self.snapshots = self.touches = self.trades = 0
        self.first_us = self.last_us = 0
        self._followed: dict[_Market, _Followed] = {}
        self._newest_trades: dict[tuple[_Market, str], int] = {}

    @property
    def seconds(self) -> float:
        """From the first arrival to the last."""
        return (self.last_us - self.first_us) / 1e6

    @property
    def agreed(self) -> int:
        """Touches of an id that a book had reached, and that agreed with it."""
        return sum(each.book.agreed for each in self._followed.values())

    @property
    def without_snapshot(self) -> list[str]:
        """Symbols whose changes are of no use alone."""
        found = self._followed.items()
        return sorted({market.symbol for market, each in found if each.has_changes and not each.was_whole})

    def run(self) -> "Verification":
        """Read all of it."""
        try:
            answers = _answers(self.path)
            for arrival in Recording(self.path).arrivals():
                while answers and answers[0].recv_us <= arrival.at_us:
                    answer = answers.pop(0)
                    self._take_snapshot("", answer.symbol, answer.snapshot)
                self._take(arrival)
        except RecordingError as error:
            self.lines += 1
            self._is_wrong(str(error))
        return self

    def _take(self, arrival: Arrival) -> None:
        self.lines += 1
        self.first_us = self.first_us or arrival.at_us
        if arrival.at_us < self.last_us:
            self._is_wrong(f"it arrived {self.last_us - arrival.at_us} µs before the line above it")
        self.last_us = max(self.last_us, arrival.at_us)
        if not is_frame(arrival.frame):
            self._is_wrong("it is no JSON object")
            return
        try:
            self._read(_decode_envelope(arrival.frame))
        except msgspec.DecodeError:
            return  # as it came, and nothing that is looked at here
        except Refused:
            self._is_wrong("a price or a quantity is impossible")

    def _read(self, envelope: _Envelope) -> None:
        symbol, kind = named(envelope.stream)
        if kind in ("trade", "aggTrade"):
            self._take_trade(envelope.source, symbol, kind, _decode_trade(envelope.data))
        elif kind == "bookTicker":
            self._take_touch(envelope.source, symbol, _decode_touch(envelope.data))
        elif kind.startswith("depth"):
            depth = _decode_depth(envelope.data)
            if kind == SNAPSHOT:
                self._take_snapshot(envelope.source, symbol, depth)
            elif depth.u >= 0 and is_change(depth.e, depth.pu, kind):
                self._take_change(envelope.source, symbol, depth)

    def _take_trade(self, source: str, symbol: str, kind: str, trade: _Trade) -> None:
        number = trade.t if kind == "trade" else trade.a
        if not isinstance(number, int):
            return
        self.trades += 1
        key = _Market(source, symbol, trade.M is None), kind
        newest = self._newest_trades.get(key, -1)
        if number <= newest:
            self._is_wrong(f"{kind} {number} of {symbol} comes after {newest}")
        self._newest_trades[key] = max(number, newest)

    def _take_change(self, source: str, symbol: str, change: _Depth) -> None:
        self.changes += 1
        followed = self._followed_of(_Market(source, symbol, change.pu is not None))
        followed.has_changes = True
        before = followed.chain.last_id
        if not followed.chain.follows(Ids(change.U, change.u, change.e, change.pu)):
            self._is_wrong(f"changes of {symbol} are missing between {before} and {change.U}")
        followed.book.change(
            BookChange(symbol, source, change.U, change.u, change.pu, None, change.b, change.a)
        )
        self._look_at(symbol, followed)

    def _take_snapshot(self, source: str, symbol: str, answered: _Depth) -> None:
        """Those of contracts carry a time."""
        self.snapshots += 1
        followed = self._followed_of(_Market(source, symbol, answered.E is not None))
        followed.book.snapshot(answered.lastUpdateId, answered.bids, answered.asks)
        self._look_at(symbol, followed)

    def _take_touch(self, source: str, symbol: str, touch: _Touch) -> None:
        self.touches += 1
        followed = self._followed_of(_Market(source, symbol, touch.e is not None))
        followed.book.touch(touch.u, (touch.b, touch.B, touch.a, touch.A))
        self._look_at(symbol, followed)

    def _look_at(self, symbol: str, followed: _Followed) -> None:
        book = followed.book
        followed.was_whole |= book.state == WHOLE
        if book.contradicted > followed.contradicted:
            followed.contradicted = book.contradicted
            self._is_wrong(
                f"the book of {symbol} and a touch of the same id ({book.last_id}) contradict each other"
            )

    def _followed_of(self, market: _Market) -> _Followed:
        if market not in self._followed:
            self._followed[market] = _Followed(is_contracts=market.is_contracts)
        return self._followed[market]

    def _is_wrong(self, words: str) -> None:
        self.problems.append(Problem(self.path, self.lines, words))


def recordings_in(directory: Path) -> list[Path]:
    """The frames of each that is whole, by name. Raises RecordingError where there is none."""
    found = sorted(path for path in directory.glob(f"*{FRAMES}") if not path.name.endswith(REST))
    if not found:
        raise RecordingError(f"There is no recording in {directory}.")
    return found


def _answers(path: Path) -> list[_Answer]:
    """Those that stand beside a recording of raw frames, in order of arrival; none where there are none."""
    rest = path.with_name(path.name.removesuffix(RAW) + REST)
    if not path.name.endswith(RAW) or not rest.exists():
        return []
    try:
        with gzip.open(rest) as file:
            return sorted(_decode_answer.decode_lines(file.read()), key=attrgetter("recv_us"))
    except (*BROKEN, msgspec.DecodeError) as error:
        raise RecordingError(f"{rest} is broken: {error}.") from error

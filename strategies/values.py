"""How what strategy processes and announcements leave in Redis is read, and what it must be to be believed."""

from collections.abc import Callable
from datetime import datetime
from operator import attrgetter
from typing import TypeVar

import msgspec
from msgspec import UNSET
from redis.exceptions import RedisError

from configuration.domain.changes import CommittedChange
from halts.domain import HaltRecord
from metrics.domain.bounds import Count
from stored import Values, is_of_another_type, leave_out
from strategies.domain.measurements import Measured
from strategies.domain.signal import BookSeen, ConfigurationUsed, KeptSignal, Timestamp
from strategies.receipts import ProcessReport
from strategies.wanted import Outline

MOST_BRACKETS = 200
"""In a signal or a change. What is nested too deeply to be passed on has more."""
Plain = bool | int | float | str | list[str] | None
T = TypeVar("T")
R = TypeVar("R")


class Behind(msgspec.Struct):
    """What every signal's metadata holds; the rest are plain values."""

    strategy_config: ConfigurationUsed
    book: BookSeen | None


def _check_signal(signal: KeptSignal) -> None:
    behind = msgspec.convert(signal.metadata, Behind)
    others = signal.metadata.keys() - Behind.__struct_fields__
    msgspec.convert(behind.strategy_config.parameters, dict[str, Plain])
    msgspec.convert({name: signal.metadata[name] for name in others}, dict[str, Plain])
    if signal.market is not UNSET or signal.outcome is not UNSET:
        raise ValueError("claims what the ledger alone knows")
    if halt := signal.halted_by:
        datetime.fromisoformat(halt.at)
        if signal.state != "halted":
            raise ValueError("halted, and not halted")


def _check_measured(measured: Measured) -> None:
    if measured.since > measured.until:
        raise ValueError("ends before it begins")
    for distribution in measured.quantities.values():
        if distribution.lowest > distribution.highest or not distribution.count:
            raise ValueError("a distribution of nothing")


def _written_at(signal: KeptSignal) -> float:
    return datetime.fromisoformat(signal.timestamp).timestamp()


def _flat(decode: Callable[[bytes], T]) -> Callable[[bytes], T]:
    def decode_flat(raw: bytes) -> T:
        if raw.count(b"[") + raw.count(b"{") > MOST_BRACKETS:
            raise ValueError("too deep")
        return decode(raw)

    return decode_flat


PROCESSES = Values(
    "process_reports",
    msgspec.msgpack.Decoder(ProcessReport).decode,
    name=attrgetter("instance"),
    time=attrgetter("reported_at"),
)
SIGNALS = Values(
    "signals",
    _flat(msgspec.json.Decoder(KeptSignal).decode),
    name=attrgetter("strategy_id"),
    time=_written_at,
    check=_check_signal,
)
MEASURED = Values(
    "measurements",
    msgspec.msgpack.Decoder(Measured).decode,
    time=attrgetter("until"),
    check=_check_measured,
)
OUTLINES = Values("signals", msgspec.json.Decoder(Outline).decode, name=attrgetter("strategy_id"))
CHANGES = Values("changes", _flat(msgspec.json.Decoder(CommittedChange).decode))
HALTS = Values("halts", msgspec.json.Decoder(HaltRecord).decode)


class Counted(msgspec.Struct, frozen=True):
    """How many signals a halt has held back, and when the last was."""

    signals: Count = 0
    last: Timestamp | None = None


def counted(answer: dict[bytes, bytes] | RedisError) -> Counted | None:
    """The count of a halt as a pipeline was answered; None where it cannot be read."""
    return _believed(answer, _counted)


def counted_since(answer: bytes | RedisError | None) -> str | None:
    """Since when signals are counted, as a pipeline was answered; None where that is not known."""
    return _believed(answer, _moment)


def _counted(found: dict[bytes, bytes]) -> Counted:
    texts = {name.decode(): value.decode() for name, value in found.items()}
    count = msgspec.convert(texts, Counted, strict=False)
    _moment(count.last.encode() if count.last else None)
    return count


def _moment(found: bytes | None) -> str | None:
    if found is None:
        return None
    text = msgspec.convert(found.decode(), Timestamp)
    datetime.fromisoformat(text)
    return text


def _believed(answer: T | RedisError, read: Callable[[T], R]) -> R | None:
    if isinstance(answer, RedisError) and not is_of_another_type(answer):
        raise answer
    try:
        if isinstance(answer, RedisError):
            raise ValueError(answer)
        return read(answer)
    except ValueError as error:
        leave_out("held_back", error)
        return None

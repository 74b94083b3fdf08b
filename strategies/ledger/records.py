"""The rows of the ledger: written, corrected, and given their outcomes. Raises django.db.Error."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.db.models import DateTimeField, Field, UUIDField

from strategies.domain.outcomes import Touch
from strategies.domain.signal import Fate, HaltedBy, Signal, SignalState, moment
from strategies.models import SignalRecord

TABLE = SignalRecord._meta.db_table
QUOTED = '"{}"'.format


class Noted(NamedTuple):
    """A signal, what has become of it, and the touch of its market when it was decided, where that is known."""

    signal: Signal
    fate: Fate
    touch: Touch | None = None


class Due(NamedTuple):
    """As much of a row as is needed to look up the mid price of its market at `due_at`."""

    id: UUID
    symbol: str
    market: str
    action: str
    mid: float | None
    decided_at: datetime
    due_at: datetime


class Found(NamedTuple):
    """What is known of a row by now: values by column, the next `due_at` among them."""

    due: Due
    values: Mapping[str, Any]


@transaction.atomic
def write(noted: Iterable[Noted], corrected: Mapping[str, Fate]) -> None:
    """Write signals, and then what became of some that may have been written before. What is there already is left: a
    signal has one id, whoever writes it again."""
    _insert([_values(each) for each in noted])
    for signal_id, fate in corrected.items():
        SignalRecord.objects.filter(pk=signal_id).update(**_fate(fate))


def due(until: datetime, most: int, within: timedelta) -> list[Due]:
    """Rows of which a mid price is to be looked up, the longest due first: no later than `until`, and not further apart
    than `within`."""
    rows = SignalRecord.objects.filter(due_at__lte=until).order_by("due_at").values_list(*Due._fields)
    found = [Due(*row) for row in rows[:most]]
    return [each for each in found if each.due_at - found[0].due_at <= within]


@transaction.atomic
def give_outcomes(found: Sequence[Found]) -> None:
    """Write what was found. A row to which another process has given it meanwhile is left."""
    by_columns: dict[tuple[str, ...], list[Found]] = {}
    for each in found:
        by_columns.setdefault(tuple(each.values), []).append(each)
    for columns, rows in by_columns.items():
        _update(columns, rows)


def _insert(rows: Sequence[Mapping[str, Any]]) -> None:
    fields = SignalRecord._meta.concrete_fields
    names = ", ".join(QUOTED(field.column) for field in fields)
    places = ", ".join("%s" for _ in fields)
    unset: dict[str, Any] = {field.attname: field.get_default() for field in fields}
    _for_each(
        f"INSERT INTO {TABLE} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING",  # noqa: S608 - names of ours alone
        fields,
        [list({**unset, **row}.values()) for row in rows],
    )


def _update(columns: tuple[str, ...], found: Sequence[Found]) -> None:
    names = (*columns, "id", "due_at")
    by_name = {field.name: field for field in SignalRecord._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    rows = [[*each.values.values(), each.due.id, each.due.due_at] for each in found]
    if connection.vendor == "postgresql":
        _update_at_once(columns, fields, rows)
        return
    given = ", ".join(f"{QUOTED(name)} = %s" for name in columns)
    _for_each(f"UPDATE {TABLE} SET {given} WHERE id = %s AND due_at = %s", fields, rows)  # noqa: S608 - likewise


def _update_at_once(
    columns: tuple[str, ...], fields: Sequence["Field[Any, Any]"], rows: Sequence[Sequence[Any]]
) -> None:
    """In PostgreSQL, where a statement for each row takes twice as long; there are four updates to each signal."""
    given = ", ".join(f"{QUOTED(name)} = new.{QUOTED(name)}" for name in columns)
    new = ", ".join(map(QUOTED, (*columns, "which", "was_due_at")))
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {TABLE} AS kept SET {given} FROM unnest({arrays}) AS new({new})"  # noqa: S608 - likewise
            " WHERE kept.id = new.which AND kept.due_at = new.was_due_at",
            [list(values) for values in zip(*rows, strict=True)],
        )


def _for_each(statement: str, fields: Sequence["Field[Any, Any]"], rows: Sequence[Sequence[Any]]) -> None:
    """One statement for all rows, prepared once: what the ORM puts together for as many takes several times as long,
    in a process that has markets to judge. For the same reason only what a database has in a form of its own is put
    into that."""
    converted = [
        (place, field) for place, field in enumerate(fields) if isinstance(field, UUIDField | DateTimeField)
    ]
    values = [list(row) for row in rows]
    for row in values:
        for place, field in converted:
            row[place] = field.get_db_prep_save(row[place], connection)
    with connection.cursor() as cursor:
        cursor.executemany(statement, values)


def _values(noted: Noted) -> dict[str, Any]:
    """By name of a column; the others are not known yet."""
    signal = noted.signal
    used, book = signal.metadata["strategy_config"], signal.metadata["book"]
    decided_at = datetime.fromisoformat(signal.timestamp)
    return {
        "id": UUID(signal.id),
        "strategy_id": signal.strategy_id,
        "symbol": signal.symbol,
        "market": f"{book['venue']}/{book['form']}" if book else "",
        "action": signal.action,
        "confidence": signal.confidence,
        "price": signal.price,
        "version": used["version"],
        "decided_at": decided_at,
        "sent_as": msgspec.json.encode(signal).decode(),
        "mid": noted.touch.mid if noted.touch else None,
        "spread_bps": noted.touch.spread_bps if noted.touch else None,
        "due_at": decided_at,
        **_fate(noted.fate),
    }


def _fate(fate: Fate) -> dict[str, Any]:
    halt = fate.halted_by
    return {
        "state": fate.state,
        "halted_strategy": halt.strategy_id or "" if halt else "",
        "halted_symbol": halt.symbol or "" if halt else "",
        "halted_since": datetime.fromisoformat(halt.at) if halt else None,
    }


def fate_of(row: SignalRecord) -> Fate:
    """What became of a signal, as its row has it."""
    since, state = row.halted_since, cast(SignalState, row.state)
    if since is None:
        return Fate(state)
    return Fate(
        state, HaltedBy(row.halted_strategy or None, row.halted_symbol or None, moment(since.timestamp()))
    )

"""`manage.py halt`: issued before the rest of the house is loaded, and over within three seconds.

Only what a halt needs is imported here. It is in the file of the machine a third of a second after the program was
started; then it is published on NATS while Django is loaded and the database asked.
"""

import getpass
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from threading import Event, Thread

import psutil

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.problems import InvalidValue, Problem, ProblemCode
from configuration.domain.symbols import parse_symbol
from halts.domain import REASON_LENGTH, HaltRecord, Scope, in_line, in_lines
from halts.without_database import (
    Outcome,
    halted_of,
    known_here,
    later_than,
    publish_on_nats,
    write_to_file,
)

HELP = "Halt everything, a strategy, a symbol, or one strategy on one symbol: no signal is sent."
WHOLE_SECONDS = 2.7
"""From the start of the program to its end, with what Python needs for both."""
LEAST_SECONDS = 0.5


class Recorder(Thread):
    """Loads Django and puts a halt on record, beside everything else. Nobody waits for a database that is silent.

    Then it looks whether anybody has heard of the symbol: that is said, and keeps no halt from landing.
    """

    def __init__(self, record: HaltRecord) -> None:
        super().__init__(daemon=True, name="halt on record")
        self.is_recorded = Event()
        self._record = record
        self._before: HaltRecord | None = None
        self._problem = "no answer in time"
        self._doubt = ""

    def run(self) -> None:
        import django
        from django.apps import apps

        if not apps.ready:
            django.setup(set_prefix=False)
        from configuration.exceptions import StoreUnavailable
        from configuration.known_symbols import question
        from halts.known import unknown_among
        from halts.services import put_on_record

        try:
            self._before = put_on_record(self._record).before
        except StoreUnavailable as error:
            self._problem = str(error.__cause__ or error)
        else:
            self._problem = ""
        finally:
            self.is_recorded.set()
        for unknown in unknown_among([self._record.scope]).items():
            self._doubt = question(unknown)

    def report(self, outcome: Outcome) -> None:
        if self._problem:
            outcome.problems.append(f"database: {self._problem}")
        else:
            outcome.ways.append("database")
            outcome.before = {self._before.scope: self._before} if self._before else {}
        if self._doubt:
            outcome.problems.append(self._doubt)


def main(arguments: Sequence[str]) -> None:
    """The whole program: ends the process, with 0 where anything took the halt."""
    parser = ArgumentParser("manage.py halt", description=HELP)
    add_arguments(parser)
    asked = parser.parse_args(arguments)
    try:
        outcome = halt(asked.strategy, asked.symbol, asked.reason, WHOLE_SECONDS - seconds_since_start())
    except InvalidValue as refusal:
        parser.error(str(refusal))
    sys.stderr.writelines(f"{problem}\n" for problem in outcome.problems)
    (sys.stdout if outcome.ways else sys.stderr).write(f"{outcome.sentence('Halted')}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0 if outcome.ways else 1)  # whatever a thread still waits for


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--strategy", default="", help="only this strategy; default all")
    parser.add_argument("--symbol", default="", help="only about this symbol; default all")
    parser.add_argument("--reason", required=True, help="why; it stands in the log")


def halt(strategy: str, symbol: str, reason: str, seconds: float) -> Outcome:
    """In the file at once, then on NATS and in the database side by side, within `seconds` or a little more.

    Every well-formed symbol is taken. One that nobody knows is among the problems reported, where the store answers in
    what is left of the time. Raises InvalidValue for what is none, and without a reason.
    """
    ends = time.monotonic() + seconds
    scope, reason = scope_of(strategy, symbol), checked(reason)
    known = known_here()
    (at,) = later_than(known, [scope])
    record = HaltRecord(
        **scope._asdict(), halted=True, reason=reason, actor=in_line(getpass.getuser()), at=at
    )
    outcome = Outcome([record], before=halted_of(known, [scope]))
    write_to_file(outcome)
    recorder = Recorder(record)
    recorder.start()
    publish_on_nats(outcome, max(LEAST_SECONDS, ends - time.monotonic()))
    recorder.is_recorded.wait(max(LEAST_SECONDS, ends - time.monotonic()))
    recorder.join(max(0.0, ends - time.monotonic()))
    recorder.report(outcome)
    return outcome


def scope_of(strategy: str, symbol: str) -> Scope:
    """A checked scope; empty is all. Raises InvalidValue."""
    if strategy and strategy not in CATALOGUE:
        raise invalid("strategy", f"must be one of {', '.join(CATALOGUE)}")
    return Scope(strategy, parse_symbol(symbol) if symbol else "")


def checked(reason: str) -> str:
    """The reason as it is kept: one that is too long is cut, since the halt matters more. Raises InvalidValue."""
    cleaned = in_lines(reason)[:REASON_LENGTH]
    if not cleaned:
        raise invalid("reason", "is required")
    return cleaned


def invalid(field: str, why: str) -> InvalidValue:
    return InvalidValue(Problem.with_value(field, ProblemCode.INVALID_TYPE, why))


def seconds_since_start() -> float:
    """How long this program has been running, its imports included."""
    return max(0.0, time.time() - psutil.Process().create_time())

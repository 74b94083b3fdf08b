"""`manage.py what_if`: what a change of a strategy would have done."""

import asyncio
import gc
import json
import os
import resource
import sys
import time
from argparse import Action, ArgumentError, ArgumentTypeError
from collections import Counter
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, NoReturn

import msgspec
from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser

from configuration.addressing import well_formed
from configuration.exceptions import ValidationFailed
from rest.moments import read_instant
from what_if.answering import NEEDS_MEMORY, answered
from what_if.domain.answer import Line, Progress, Refusal
from what_if.domain.question import EVER, MOST_VALUES, Question, Sweep, repeated
from what_if.jobs import read_question
from what_if.printed import printed

USUAL_SECONDS = 900.0
UNITS = {"s": 1, "m": 60, "h": 3600}
MEGABYTE = 1024 * 1024
GENTLY = 10
"""By how much a job gives way to what is live."""


class Once(Action):
    """An option that is not to be overridden by itself."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        if getattr(namespace, self.dest) != self.default:
            raise ArgumentError(self, "may be given once")
        setattr(namespace, self.dest, values)


class Command(BaseCommand):
    help = (
        "Show what other values of a strategy would have done over the last minutes, as the journal has them, "
        "or over recordings. Nothing live is touched."
    )
    requires_system_checks = [Tags.security]  # no page is loaded here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("strategy_id", nargs="?", help="such as orderbook_skew")
        parser.add_argument("--symbol", action=Once, help="the level of one symbol; default that of all")
        parser.add_argument(
            "--set", action="append", default=[], type=_assigned, metavar="NAME=VALUE", help="may be repeated"
        )
        parser.add_argument("--replace", action="store_true", help="the values become the whole level")
        parser.add_argument("--last", action=Once, type=_seconds, help="such as 90s, 15m, 1h; default 15m")
        parser.add_argument(
            "--from", action=Once, type=_moment, metavar="TIME", help="such as 2026-11-23T14:44:32Z"
        )
        parser.add_argument("--to", action=Once, type=_moment, metavar="TIME", help="default now")
        parser.add_argument(
            "--recording", action=Once, nargs="+", type=Path, default=[], help="NAME.ndjson.gz"
        )
        parser.add_argument(
            "--sweep",
            action=Once,
            type=_swept,
            metavar="NAME=VALUE,VALUE…",
            help="one parameter, several values",
        )
        parser.add_argument("--json", action="store_true", help="print the answer as JSON")
        parser.add_argument(
            "--job",
            action="store_true",
            help="read a question as JSON, and print JSON lines until there is no more input",
        )

    def handle(self, **options: Any) -> None:
        gc.freeze()
        gc.set_threshold(100_000, 20, 100)  # messages come and go by the hundred thousand
        if options["job"]:
            try:
                with suppress(KeyboardInterrupt):
                    asyncio.run(self._work())
            except msgspec.DecodeError as error:
                raise CommandError("What came on standard input is no question.") from error
            return
        if not options["strategy_id"]:
            raise CommandError("Name a strategy, such as orderbook_skew.")
        line = asyncio.run(self._answer(_question(options), options["recording"]))
        if isinstance(line, Refusal):
            raise CommandError(line.sentence)
        self.stdout.write(
            msgspec.json.format(msgspec.json.encode(line)).decode() if options["json"] else printed(line)
        )

    async def _answer(self, question: Question, recordings: list[Path]) -> Line:
        last: Line = Refusal(sentence="There is no answer.")
        async with aclosing(answered(question, recordings)) as lines:
            async for last in lines:
                if isinstance(last, Progress) and self.stderr.isatty():
                    self.stderr.write(f"\r{last.done:4.0%}  {last.messages:,} messages ", ending="")
        return last

    async def _work(self) -> None:
        """For `run_what_if`, which ends it when nobody wants the answer any more."""
        os.nice(GENTLY)
        resource.setrlimit(resource.RLIMIT_DATA, (settings.WHAT_IF_MEMORY_MB * MEGABYTE,) * 2)
        question = read_question(sys.stdin.buffer)
        try:
            async with aclosing(answered(question)) as lines:
                async for line in lines:
                    _tell(line)
        except MemoryError:  # for the answer itself
            _tell(Refusal(sentence=NEEDS_MEMORY))


def _tell(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def _question(options: dict[str, Any]) -> Question:
    names = Counter(name for name, _ in options["set"])
    if twice := [name for name, times in names.items() if times > 1]:
        raise CommandError(f"--set names {twice[0]} twice.")
    since, until = _span(options)
    return Question(
        strategy_id=options["strategy_id"],
        symbol=_symbol(options["symbol"]),
        parameters=dict(options["set"]),
        replace=options["replace"],
        since=since,
        until=until,
        sweep=options["sweep"],
    )


def _symbol(text: str | None) -> str | None:
    try:
        return None if text is None else well_formed(text)
    except ValidationFailed as why:
        raise CommandError("; ".join(f"--{each.message}" for each in why.problems)) from why


def _span(options: dict[str, Any]) -> tuple[float, float]:
    first, last, of_recording = options["from"], options["last"], bool(options["recording"])
    for other in ("from", "recording"):
        if last and options[other]:
            raise CommandError(f"Give --last or --{other}, and not both.")
    until = options["to"] or (EVER[1] if of_recording else time.time())
    since = first or (EVER[0] if of_recording else until - (last or USUAL_SECONDS))
    if since >= until:
        raise CommandError(f"--from must be before {'--to' if options['to'] else 'now'}.")
    return since, until


def _assigned(text: str) -> tuple[str, Any]:
    name, is_one, value = text.partition("=")
    if not (name and is_one):
        _wrong(f"{text} is not NAME=VALUE")
    return name, _value(value)


def _swept(text: str) -> Sweep:
    name, is_one, values = text.partition("=")
    found = [_value(value) for value in values.split(",") if value]
    if not (name and is_one and found):
        _wrong(f"{text} is not NAME=VALUE,VALUE…")
    if len(found) > MOST_VALUES:
        _wrong(f"a sweep has at most {MOST_VALUES} values, got {len(found)}")
    if None in found:
        _wrong("null is no value that can be tried")
    if twice := repeated(found):
        _wrong(f"{twice[0]} is given twice")
    return Sweep(parameter=name, values=found)


def _value(text: str) -> Any:
    """As JSON has it; what is none is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _seconds(text: str) -> float:
    unit = UNITS.get(text[-1:])
    if unit is None or not text[:-1].isdigit() or not int(text[:-1]):
        _wrong(f"{text} is no length of time such as 90s, 15m or 1h")
    return float(unit * int(text[:-1]))


def _moment(text: str) -> float:
    try:
        return read_instant(text).timestamp()
    except ValueError as problem:
        _wrong(str(problem))


def _wrong(sentence: str) -> NoReturn:
    raise ArgumentTypeError(sentence)

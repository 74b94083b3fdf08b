"""`manage.py what_if`: what a change of a strategy would have done."""

import asyncio
import gc
import json
import os
import resource
import sys
import time
from argparse import ArgumentTypeError
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any, NoReturn

import msgspec
from django.conf import settings
from django.core.checks import Tags
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rest.moments import read_moment
from what_if.answering import answered
from what_if.domain.answer import Line, Progress, Refusal
from what_if.domain.question import EVER, MOST_VALUES, Question, Sweep
from what_if.jobs import read_question
from what_if.printed import printed

UNITS = {"s": 1, "m": 60, "h": 3600}
MEGABYTE = 1024 * 1024
GENTLY = 10
"""By how much a job gives way to what is live."""


class Command(BaseCommand):
    help = (
        "Show what other values of a strategy would have done over the last minutes, as the journal has them, "
        "or over recordings. Nothing live is touched."
    )
    requires_system_checks = [Tags.security]  # no page is loaded here

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("strategy_id", nargs="?", help="such as orderbook_skew")
        parser.add_argument("--symbol", help="the level of one symbol; default that of all")
        parser.add_argument(
            "--set", action="append", default=[], type=_assigned, metavar="NAME=VALUE", help="may be repeated"
        )
        parser.add_argument("--replace", action="store_true", help="the values become the whole level")
        parser.add_argument("--last", type=_seconds, default=900.0, help="such as 90s, 15m, 1h; default 15m")
        parser.add_argument("--from", type=_moment, metavar="TIME", help="such as 2026-11-23T14:44:32Z")
        parser.add_argument("--to", type=_moment, metavar="TIME", help="default now")
        parser.add_argument("--recording", nargs="+", type=Path, default=[], help="NAME.ndjson.gz")
        parser.add_argument(
            "--sweep", type=_swept, metavar="NAME=VALUE,VALUE…", help="one parameter, several values"
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
            with suppress(KeyboardInterrupt):
                asyncio.run(self._work())
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
        async with aclosing(answered(question)) as lines:
            async for line in lines:
                sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
                sys.stdout.buffer.flush()


def _question(options: dict[str, Any]) -> Question:
    until = options["to"] or time.time()
    since = options["from"] or until - options["last"]
    if options["recording"] and not (options["from"] or options["to"]):
        since, until = EVER
    return Question(
        strategy_id=options["strategy_id"],
        symbol=options["symbol"].upper() if options["symbol"] else None,
        parameters=dict(options["set"]),
        replace=options["replace"],
        since=since,
        until=until,
        sweep=options["sweep"],
    )


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
        return read_moment(text).timestamp()
    except ValueError as problem:
        _wrong(str(problem))


def _wrong(sentence: str) -> NoReturn:
    raise ArgumentTypeError(sentence)

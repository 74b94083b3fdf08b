"""What the value of an environment variable may be. Others end the process, by the name of the variable."""

import re
from collections.abc import Mapping
from typing import Any

from environs import ValidationError, validate

from messaging.address import addresses

POSITIVE = validate.Range(min=0, min_inclusive=False)
NOT_NEGATIVE = validate.Range(min=0)
PORT = validate.Range(min=1, max=65_535)
NAME = r"[^\s.*>]+"
SUBJECT = re.compile(rf"{NAME}(\.{NAME})*")
PATTERN = re.compile(rf"((\*|{NAME})\.)*(\*|>|{NAME})")
RATE = re.compile(r"[1-9][0-9]{0,8}/(s|sec|second|m|min|minute|h|hour|d|day)")


def nats_servers(value: str) -> None:
    """Servers, comma-separated, each with its log-in; what is refused is not repeated."""
    try:
        addresses(value)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def subject(value: str) -> None:
    """A NATS subject to publish on: names with dots between."""
    if not SUBJECT.fullmatch(value):
        raise ValidationError(f"{value!r} is no NATS subject to publish on")


def patterns(values: list[str]) -> None:
    """NATS subjects to listen to; * stands for any one name, > for all that follow."""
    if not values:
        raise ValidationError("at least one NATS subject is needed")
    for value in values:
        if not PATTERN.fullmatch(value):
            raise ValidationError(f"{value!r} is no NATS subject")


def rate(value: str) -> None:
    """So many in a unit of time: 120/min."""
    if not RATE.fullmatch(value):
        raise ValidationError(f"{value!r} is no rate such as 120/min, 5/s or 1000/hour")


def postgresql_options(given: Mapping[str, Any], **seconds: float) -> dict[str, Any]:
    """Options of a PostgreSQL connection with these server settings; what the URL says itself goes before."""
    ours = " ".join(f"-c {name}={round(1000 * value)}" for name, value in seconds.items())
    return {"connect_timeout": 2, **given, "options": f"{ours} {given.get('options', '')}".strip()}

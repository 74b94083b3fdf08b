"""What the value of an environment variable may be. Others end the process, by the name of the variable."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from environs import ValidationError, validate

from markets.choice import BadChoice
from markets.places import read_places
from messaging.address import addresses
from metrics.domain.liquidity.asked import BANDS_BPS, SIZES_USD, Range, read_numbers
from metrics.domain.market import IS_MARKET
from symbols import read_symbol

POSITIVE = validate.Range(min=0, min_inclusive=False)
NOT_NEGATIVE = validate.Range(min=0)
PORT = validate.Range(min=1, max=65_535)
NAME = r"[^\s.*>]+"
ORIGIN = re.compile(r"(wss?|https?)://[^\s/?#@]+(/[^\s?#]*)?")
WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+[^\s#]*")
SUBJECT = re.compile(rf"{NAME}(\.{NAME})*")
STREAM = re.compile(r"[A-Za-z0-9_-]{1,64}")
PATTERN = re.compile(rf"((\*|{NAME})\.)*(\*|>|{NAME})")
Proxies = int | tuple[IPv4Network | IPv6Network, ...]
"""How many stand in front, or the addresses they have."""
RATE = re.compile(r"[1-9][0-9]{0,8}/(s|sec|second|m|min|minute|h|hour|d|day)")

HEADER = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
TAKEN_HEADERS = frozenset(
    {
        *("authorization", "connection", "content-length", "content-type", "cookie", "host", "origin"),
        *(
            "if-match",
            "if-none-match",
            "referer",
            "transfer-encoding",
            "upgrade",
            "user-agent",
            "x-csrftoken",
        ),
        *(
            "accept",
            "accept-encoding",
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
        ),
    }
)
"""What these bring is no token, or is looked at anyway."""

SCRIPT_NAME = re.compile(r"(/[A-Za-z0-9._~-]+)*")
OWN_ADDRESSES = frozenset(
    {
        "admin",
        "alerts",
        "api",
        "compare",
        "docs",
        "favicon.ico",
        "find",
        "halted",
        "healthz",
        "info",
        "metrics",
        "openapi.json",
        "ready",
        "redoc",
        "signals",
        "static",
        "symbols",
        "ws",
    }
)
"""What our own addresses begin with."""


def script_name(value: str) -> None:
    """A path, without a slash at its end, that none of our own addresses begins with; or nothing."""
    if not SCRIPT_NAME.fullmatch(value):
        raise ValidationError(f"{value!r} is no path such as /desk")
    if value.split("/")[1:2] and value.split("/")[1] in OWN_ADDRESSES:
        raise ValidationError(f"{value!r} begins as addresses of ours do")


def nats_servers(value: str) -> None:
    """Servers, comma-separated, each with its log-in; what is refused is not repeated."""
    try:
        addresses(value)
    except ValueError as error:
        raise ValidationError(str(error)) from error


def web_address(value: str) -> None:
    """A URL of http or https, or nothing; what is refused is not repeated, since the whole of it may be secret."""
    if value and not WEB_ADDRESS.fullmatch(value):
        raise ValidationError("this is no URL such as https://host/path")


def origin(value: str) -> None:
    """Scheme, host and port, and maybe a path that goes in front of others; or nothing."""
    if value and not ORIGIN.fullmatch(value):
        raise ValidationError(f"{value!r} is no origin such as wss://host:port")


def full_books(value: str) -> None:
    """on, off, or symbols."""
    if value not in ("on", "off") and not all(read_symbol(each.strip()) for each in value.split(",")):
        raise ValidationError(f"{value!r} is neither on nor off nor a list of symbols")


def sizes_usd(value: str) -> None:
    """Amounts of US dollars, comma-separated."""
    _numbers(value, SIZES_USD)


def bands_bps(value: str) -> None:
    """Distances in basis points, comma-separated."""
    _numbers(value, BANDS_BPS)


def _numbers(value: str, allowed: Range) -> None:
    try:
        read_numbers(value, allowed)
    except ValueError as error:
        raise ValidationError(f"{value!r}: {error}") from error


def markets(values: list[str]) -> None:
    """Markets as venue and form, such as binance/spot; each once."""
    for value in values:
        if not IS_MARKET(value):
            raise ValidationError(f"{value!r} is no market: it is written like binance/spot or okx/usdm")
    if len(set(values)) < len(values):
        raise ValidationError("a market stands twice")


def places(value: str) -> None:
    """Venues, each maybe with its form; or nothing."""
    try:
        if value.strip():
            read_places(value)
    except BadChoice as error:
        raise ValidationError(str(error)) from error


def subject(value: str) -> None:
    """A NATS subject to publish on: names with dots between."""
    if not SUBJECT.fullmatch(value):
        raise ValidationError(f"{value!r} is no NATS subject to publish on")


def stream(value: str) -> None:
    """The name of a stream of JetStream."""
    if not STREAM.fullmatch(value):
        raise ValidationError(f"{value!r} is no name of a stream: letters, digits, _ and -, at most 64")


def patterns(values: list[str]) -> None:
    """NATS subjects to listen to; * stands for any one name, > for all that follow."""
    if not values:
        raise ValidationError("at least one NATS subject is needed")
    for value in values:
        if not PATTERN.fullmatch(value):
            raise ValidationError(f"{value!r} is no NATS subject")


def headers(values: list[str]) -> None:
    """Names of headers that mean nothing else; an underscore is a dash to some servers, and none to others."""
    for value in values:
        if not HEADER.fullmatch(value) or value.lower() in TAKEN_HEADERS:
            raise ValidationError(f"{value!r} is no name of a header that a token can come in")


def rate(value: str) -> None:
    """So many in a unit of time: 120/min."""
    if not RATE.fullmatch(value):
        raise ValidationError(f"{value!r} is no rate such as 120/min, 5/s or 1000/hour")


def proxies(value: str) -> None:
    """What `read_proxies` can read."""
    try:
        read_proxies(value)
    except ValueError as error:
        raise ValidationError(
            f"{value!r} is neither a number of proxies nor their addresses: {error}"
        ) from error


def read_proxies(value: str) -> Proxies | None:
    """ "2", or "10.0.0.0/8, 192.0.2.7": a number, or addresses and networks; None where nothing is set."""
    if not value.strip():
        return None
    if value.strip().isdecimal():
        return int(value)
    return tuple(ip_network(each.strip()) for each in value.split(","))


def postgresql_options(given: Mapping[str, Any], **seconds: float) -> dict[str, Any]:
    """Options of a PostgreSQL connection with these server settings; what the URL says itself goes before."""
    ours = " ".join(f"-c {name}={round(1000 * value)}" for name, value in seconds.items())
    return {"connect_timeout": 2, **given, "options": f"{ours} {given.get('options', '')}".strip()}

"""What a channel is: where alerts are told beside pages and NATS."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Literal, get_args

import msgspec

from alerts.domain.rules import NAME_LENGTH, SEVERITIES, Severity

ChannelKind = Literal["webhook", "email", "apprise"]
KINDS: tuple[ChannelKind, ...] = get_args(ChannelKind)

LONGEST_ADDRESS = 2_000
SECRET_BYTES = (24, 64)
SECRET_PREFIX = "whsec_"  # noqa: S105 — what marks one is none
BY_NAME = re.compile(r"env:(ALERTS_CHANNEL_[A-Z0-9_]+)")
"""A secret that stands in the environment. Only names that begin so: others hold what is nobody's business."""
BY_NAME_RULE = "must name a variable that begins with ALERTS_CHANNEL_, as in env:ALERTS_CHANNEL_DESK"


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """Where alerts are told, from which severity on.

    `address` is the URL of a webhook, addresses of e-mail parted by commas, or the URL of a chat service as Apprise
    has them. `secret` is what a webhook signs with, as in `whsec_…`. Either may be `env:NAME`.
    """

    id: int = 0
    name: str
    kind: ChannelKind
    address: str
    secret: str = ""
    least_severity: Severity = "info"
    is_enabled: bool = True

    def takes(self, severity: str) -> bool:
        """Is an alert this severe told there?"""
        return is_from(self.least_severity, severity)


def is_from(least: str, severity: str) -> bool:
    """Is it at least so severe?"""
    return SEVERITIES.index(severity) >= SEVERITIES.index(least)


def named_variable(text: str) -> str | None:
    """The variable in whose place this stands; None where it stands for itself."""
    found = BY_NAME.fullmatch(text)
    return found[1] if found else None


def signing_key(secret: str) -> bytes | None:
    """The bytes to sign with; None where it is no secret."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    least, most = SECRET_BYTES
    return key if least <= len(key) <= most else None


def problems(channel: Channel) -> dict[str, str]:
    """What is wrong with a channel, but for where its address leads: by field, a sentence that follows the field's
    name, and repeats nothing that is secret."""
    return dict(_problems(channel))


def _problems(channel: Channel) -> Iterator[tuple[str, str]]:
    if not channel.name.strip():
        yield "name", "must not be empty"
    elif len(channel.name) > NAME_LENGTH or not channel.name.isprintable():
        yield "name", f"must be at most {NAME_LENGTH} printable characters"
    if channel.kind not in KINDS:
        yield "kind", f"must be one of {', '.join(KINDS)}"
    if channel.least_severity not in SEVERITIES:
        yield "least_severity", f"must be one of {', '.join(SEVERITIES)}"
    if not channel.address:
        yield "address", "must not be empty"
    elif len(channel.address) > LONGEST_ADDRESS or not channel.address.isprintable():
        yield "address", f"must be at most {LONGEST_ADDRESS} printable characters"
    elif channel.address.startswith("env:") and named_variable(channel.address) is None:
        yield "address", BY_NAME_RULE
    yield from _of_secret(channel)


def _of_secret(channel: Channel) -> Iterator[tuple[str, str]]:
    if channel.kind != "webhook":
        if channel.secret:
            yield "secret", "is for webhooks alone"
    elif channel.secret.startswith("env:"):
        if named_variable(channel.secret) is None:
            yield "secret", BY_NAME_RULE
    elif signing_key(channel.secret) is None:
        least, most = SECRET_BYTES
        yield "secret", f"must be {least} to {most} bytes in base64, with {SECRET_PREFIX} before them or not"

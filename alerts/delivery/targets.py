"""What a channel leads to: its secrets opened for a moment, and which of its address may be shown."""

import os
from dataclasses import dataclass, field

from alerts.delivery import addresses, chat, mail
from alerts.domain.channels import named_variable
from alerts.models import Channel
from alerts.sealing import Unreadable, unseal

UNREADABLE = "What is secret of this channel was kept under another key: enter it again."


class Unreachable(Exception):
    """The channel leads nowhere; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A channel with its secrets, which `repr` leaves out."""

    kind: str
    address: str = field(repr=False)
    secret: str = field(repr=False)


def opened(row: Channel) -> tuple[str, str]:
    """Address and secret as they were entered; raises Unreachable."""
    try:
        return unseal(row.address), unseal(row.secret)
    except Unreadable:
        raise Unreachable(UNREADABLE) from None


def target(row: Channel) -> Target:
    """Where it leads; raises Unreachable."""
    address, secret = opened(row)
    return Target(row.kind, _said(address), _said(secret))


def _said(entered: str) -> str:
    """What was entered, or what stands in the environment in its place."""
    variable = named_variable(entered)
    if variable is None:
        return entered
    if not os.environ.get(variable):
        raise Unreachable(f"The environment variable {variable} is not set here.")
    return os.environ[variable]


def fault(kind: str, address: str) -> str | None:
    """What is wrong with an address of this kind, as it follows "address". One that is in the environment is judged
    where it is used."""
    if named_variable(address):
        return None
    return FAULTS[kind](address)


def shown(kind: str, address: str) -> str:
    """Of an address without fault what is no secret."""
    if named_variable(address):
        return address
    if kind == "webhook":
        url = addresses.read_url(address)
        return addresses.origin(url) if url else ""
    return f"{chat.scheme_of(address)}://" if kind == "apprise" else ", ".join(mail.recipients(address))


FAULTS = {"webhook": addresses.fault, "email": mail.fault, "apprise": chat.fault}

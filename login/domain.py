"""How long somebody must wait before he may try a password again.

Wrong passwords are counted three times: of an account at an address, of the account wherever they come from, and of the
address whatever accounts they are for. Each count allows some for nothing; from then on the wait after each is twice
the one before. A guess that comes too early is not looked at, and does not count.

An account is known at an address where it has logged in lately. There only its own count at that address matters, and
the wait stays short: what others guess elsewhere, or of others here, keeps nobody out.
"""

from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple, Protocol

FIRST_WAIT = timedelta(seconds=5)
DOUBLINGS = 20
"""After so many every wait is the longest."""
LONGEST_WAIT = timedelta(hours=1)
LONGEST_WAIT_WHERE_KNOWN = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(days=1)
"""Without another wrong password a count begins anew."""
KNOWN_FOR = timedelta(days=30)
"""After the last log-in."""
NOWHERE = "unknown"
IPV6_SITE_BITS = 64
"""What one customer has of IPv6 at least: every address in it is his."""


class Allowed(NamedTuple):
    """How many wrong passwords cost no wait."""

    together: int
    account: int
    address: int


ALLOWED = Allowed(together=5, account=10, address=20)


class Counted(Protocol):
    """What is kept of one count."""

    failures: int
    failed_at: datetime | None
    succeeded_at: datetime | None


def failures(count: Counted, now: datetime) -> int:
    """Wrong passwords that still matter."""
    is_over = count.failed_at is None or now - count.failed_at >= FORGOTTEN_AFTER
    return 0 if is_over else count.failures


def is_known(together: Counted, now: datetime) -> bool:
    """Has the account logged in at the address lately?"""
    return together.succeeded_at is not None and now - together.succeeded_at < KNOWN_FOR


def wait(together: Counted, account: Counted, address: Counted, now: datetime) -> timedelta:
    """From now on until a password may be tried; nothing where it may be at once."""
    if is_known(together, now):
        return _wait(together, ALLOWED.together, LONGEST_WAIT_WHERE_KNOWN, now)
    return max(
        _wait(count, allowed, LONGEST_WAIT, now)
        for count, allowed in zip((together, account, address), ALLOWED, strict=True)
    )


def forgotten_at(count: Counted, now: datetime) -> datetime:
    """From when on it makes no difference whether there is such a count."""
    ends = [
        moment + span
        for moment, span in ((count.failed_at, FORGOTTEN_AFTER), (count.succeeded_at, KNOWN_FOR))
        if moment is not None
    ]
    return max(ends, default=now)


def site(address: str | None) -> str:
    """What those at `address` are counted under: itself, of IPv6 the network it is in."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return NOWHERE
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ip_network((int(parsed), IPV6_SITE_BITS), strict=False))
    return str(parsed)


def _wait(count: Counted, allowed: int, longest: timedelta, now: datetime) -> timedelta:
    beyond = failures(count, now) - allowed
    if beyond < 0 or count.failed_at is None:
        return timedelta()
    whole = longest if beyond >= DOUBLINGS else min(FIRST_WAIT * 2**beyond, longest)
    return min(max(count.failed_at + whole - now, timedelta()), whole)  # other clocks may be ahead

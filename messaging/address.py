"""NATS_URL: where the servers are, and the log-in of each, which stands in no text."""

from typing import Self
from urllib.parse import ParseResult, SplitResult, unquote, urlsplit

PORT = 4222
SCHEMES = ("nats", "tls")
HINT = "in a log-in, write @ : / ? # % and , as %40 %3A %2F %3F %23 %25 and %2C"

Login = tuple[str | None, str | None]
"""Name and password."""


class Address(ParseResult):
    """Where one server is. `username` and `password` are decoded; a name without a password is a token."""

    _login: Login = (None, None)

    @property
    def username(self) -> str | None:
        return self._login[0]

    @property
    def password(self) -> str | None:
        return self._login[1]

    @classmethod
    def of(cls, scheme: str, place: str, login: Login) -> Self:
        """`place` is host and port."""
        address = cls(scheme, place, "", "", "", "")
        address._login = login
        return address


def addresses(url: str) -> list[Address]:
    """One for each server of a comma-separated list.

    Raises ValueError where one cannot be read, in words that repeat nothing of it.
    """
    parts = [part.strip() for part in url.split(",") if part.strip()]
    if not parts:
        raise ValueError("no server is named")
    return [_address(part, f"server {number} of {len(parts)}") for number, part in enumerate(parts, 1)]


def _address(text: str, which: str) -> Address:
    try:
        parts = urlsplit(text if "://" in text else f"nats://{text}")
        host, port = parts.hostname, PORT if parts.port is None else parts.port
        login = _login(parts)
    except ValueError:  # whose words are from the URL
        raise ValueError(f"{which}: host, port or log-in cannot be read; {HINT}") from None
    if parts.scheme not in SCHEMES:
        raise ValueError(f"{which}: its scheme must be {' or '.join(SCHEMES)}")
    if not host or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"{which} is not host and port; {HINT}")
    return Address.of(parts.scheme, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", login)


def _login(parts: SplitResult) -> Login:
    user, password = parts.username, parts.password
    return (
        unquote(user, errors="strict") if user else None,
        None if password is None else unquote(password, errors="strict"),
    )

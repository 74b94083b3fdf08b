"""Whose request it is: the address and the scheme that the proxies in front have seen, whatever the client claims.

Only what a proxy has added counts. Each appends to X-Forwarded-For the address that it was asked from, so that the last
entries are theirs, and all before them is the client's to choose.
"""

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from realtime.origins import Application, AsgiScope
from realtime.variables import Proxies

FOR, PROTO = b"x-forwarded-for", b"x-forwarded-proto"
Address = IPv4Address | IPv6Address
Environ = dict[str, Any]


def forwarded(application: Application, proxies: Proxies) -> Application:
    """Give `application` (ASGI) in its scope the address and scheme of the client, and not the headers they stood in.

    Nobody can read them again, and differently; to be wrapped in this once or twice is the same.
    """

    async def serve(scope: AsgiScope, receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = _as_seen_in_front(scope, proxies)
        await application(scope, receive, send)

    return serve


def forwarded_wsgi(application: Callable[..., Any], proxies: Proxies) -> Callable[..., Any]:
    """The same for a WSGI application and its environ."""

    def serve(environ: Environ, start_response: Any) -> Any:
        peer = environ.get("REMOTE_ADDR")
        names = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO")
        entries, schemes = (_entries([environ.pop(name)] if name in environ else []) for name in names)
        if address := client_address(peer, entries, proxies):
            environ["REMOTE_ADDR"] = address
        environ["wsgi.url_scheme"] = client_scheme(peer, schemes, proxies) or environ["wsgi.url_scheme"]
        return application(environ, start_response)

    return serve


def client_address(peer: str | None, entries: Sequence[str], proxies: Proxies) -> str | None:
    """Where a request comes from, None where nobody knows.

    `peer` is who has connected, None for a socket without addresses, and `entries` are those of X-Forwarded-For in
    their order. Of so many proxies the first has added the entry so far from the end. Of named ones each, from the last
    on, was asked by whom its entry names; what is no address ends this way, at the address before it.
    """
    seen = _address(peer or "")
    if isinstance(proxies, int):
        named = entries[-proxies:] if proxies else ()
        seen = (_address(named[0]) if named else None) or seen
        return str(seen) if seen else None
    for entry in reversed(entries):
        claimed = _address(entry)
        if claimed is None or not _is_among(seen, proxies):
            break
        seen = claimed
    return str(seen) if seen else None


def client_scheme(peer: str | None, schemes: Sequence[str], proxies: Proxies) -> str | None:
    """ "http" or "https", as the proxy in front has it last in X-Forwarded-Proto; None where it has neither."""
    is_trusted = proxies > 0 if isinstance(proxies, int) else _is_among(_address(peer or ""), proxies)
    return schemes[-1] if is_trusted and schemes and schemes[-1] in ("http", "https") else None


def as_asked(scope: AsgiScope, proxies: Proxies) -> AsgiScope:
    """A scope with the client's scheme, and without the headers of proxies: all but the client's address."""
    if not any(name in (FOR, PROTO) for name, _ in scope["headers"]):
        return scope
    peer, _ = scope.get("client") or (None, 0)
    asked = scope | {"headers": [header for header in scope["headers"] if header[0] not in (FOR, PROTO)]}
    if scheme := client_scheme(peer, _entries(_lines(scope, PROTO)), proxies):
        asked["scheme"] = scheme if scope["type"] == "http" else scheme.replace("http", "ws")
    return asked


def _as_seen_in_front(scope: AsgiScope, proxies: Proxies) -> AsgiScope:
    peer, port = scope.get("client") or (None, 0)
    address = client_address(peer, _entries(_lines(scope, FOR)), proxies)
    asked = as_asked(scope, proxies)
    return asked | {"client": (address, port if address == peer else 0)} if address else asked


def _lines(scope: AsgiScope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _entries(lines: Iterable[str]) -> list[str]:
    """Of all lines of a header; several are one list (RFC 9110, 5.3)."""
    return [entry.strip(" \t") for line in lines for entry in line.split(",")]


def _address(entry: str) -> Address | None:
    """What an entry names, with or without brackets, port and zone; an IPv4 address as such, however it is written."""
    if entry.startswith("["):
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:
        entry = entry.partition(":")[0]
    try:
        address = ip_address(entry.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _is_among(address: Address | None, networks: Iterable[Any]) -> bool:
    return address is not None and any(address in network for network in networks)

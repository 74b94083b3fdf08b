"""Which addresses may be called. A webhook must not lead to what only this network can reach: neither when it is saved,
nor when the name in it leads elsewhere later."""

import socket
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx
from django.conf import settings

LOOK_UP_SECONDS = 2.0
TRANSLATED = ip_network("64:ff9b::/96")
"""IPv6 addresses that stand for one of IPv4, in their last four bytes (RFC 6052)."""
OF_PROTOCOLS = ip_network("192.0.0.0/24")
"""Which Python 3.11 takes for public in part (RFC 6890)."""
NO_URL = "must be a URL such as https://hooks.example.com/alerts"
NO_TLS = "must begin with https://"
NO_FRAGMENT = "must have no #"
PRIVATE = "must not lead to an address of this or a private network"

Address = IPv4Address | IPv6Address
_resolvers = ThreadPoolExecutor(2, thread_name_prefix="resolve")


class Refused(Exception):
    """It may not be called; the text says why, and names no more than the host."""


def is_public(address: Address) -> bool:
    """Can anybody on the Internet reach it, whatever address it wraps?"""
    if isinstance(address, IPv6Address):
        if wrapped := address.ipv4_mapped or address.sixtofour:
            return is_public(wrapped)
        if address in TRANSLATED:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.teredo or address.is_site_local:
            return False
    return (
        address not in OF_PROTOCOLS
        and address.is_global
        and not address.is_multicast
        and not address.is_reserved
    )


def chosen(found: Iterable[str], host: str, *, is_trusted: bool = False) -> str:
    """The address to connect to of those a host has; raises Refused where any is private, unless that is
    allowed, or whoever named it is trusted."""
    addresses = [ip_address(each.partition("%")[0]) for each in found]
    if not addresses:
        raise Refused(f"{host} has no address.")
    if not (is_trusted or settings.ALERTS_PRIVATE_ADDRESSES):
        for each in addresses:
            if not is_public(each):
                raise Refused(f"{host} leads to {each}, an address of this or a private network.")
    return str(addresses[0])


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, or of what is one in any way of writing it; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def read_url(text: str) -> httpx.URL | None:
    """The URL of a webhook; None where it is none."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return None
    return url if url.scheme in ("https", "http") and url.host and not any(map(str.isspace, text)) else None


def host_of(url: httpx.URL) -> str:
    """As the resolver and certificates have it."""
    return url.raw_host.decode("ascii")


def port_of(url: httpx.URL) -> int:
    """The port that is connected to."""
    return url.port or (443 if url.scheme == "https" else 80)


def fault(text: str) -> str | None:
    """What is wrong with the URL of a webhook, as it follows "address". A host nobody finds now may be found later."""
    url = read_url(text)
    if url is None:
        return NO_URL
    if url.scheme != "https" and not settings.ALERTS_PRIVATE_ADDRESSES:
        return NO_TLS
    if url.fragment:
        return NO_FRAGMENT
    try:
        found = _resolvers.submit(look_up, host_of(url), port_of(url)).result(LOOK_UP_SECONDS)
        chosen(found, url.host)
    except Refused:
        return PRIVATE
    except (OSError, TimeoutError, UnicodeError):
        return None
    return None


def origin(url: httpx.URL) -> str:
    """Scheme, host and port: the rest is secret."""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}" + (f":{url.port}" if url.port else "")

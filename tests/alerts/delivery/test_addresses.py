"""Addresses that only this network can reach are refused, in whatever way they are written."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest

from alerts.delivery import addresses
from alerts.delivery.addresses import NO_TLS, NO_URL, PRIVATE, Refused, chosen, fault, is_public

INSIDE = [
    "127.0.0.1",
    "127.255.0.1",
    "0.0.0.0",  # noqa: S104 — nobody listens
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.8",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a00:1::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_this_or_a_private_network_is_not_public(address: str):
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert fault(f"https://{host}/hook") == PRIVATE


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is(address: str):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "localhost", "LOCALHOST", "0", "3232235777"]
)
def test_other_ways_of_writing_one_are_seen_through(host: str):
    assert fault(f"https://{host}/hook") in (PRIVATE, NO_URL)


def test_octal_numbers_are_no_hosts():
    assert fault("https://0177.0.0.1/") in (PRIVATE, NO_URL)


def test_a_name_that_leads_inside_is_refused_even_where_one_of_its_addresses_is_public(monkeypatch: Any):
    def leads(*found: str) -> None:
        infos = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 443)) for each in found]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: infos)

    leads("8.8.8.8", "10.0.0.1")
    assert fault("https://rebinding.example/hook") == PRIVATE
    leads("8.8.8.8")
    assert fault("https://hooks.example/hook") is None


def test_a_name_nobody_finds_now_is_taken_and_looked_up_at_each_delivery(monkeypatch: Any):
    def nobody(*_: Any, **__: Any) -> None:
        raise socket.gaierror("not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert fault("https://hooks.example/hook") is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://8.8.8.8/", NO_TLS),
        ("ftp://8.8.8.8/", NO_URL),
        ("file:///etc/passwd", NO_URL),
        ("https://", NO_URL),
        ("8.8.8.8/hook", NO_URL),
        ("https://8.8.8.8/a b", NO_URL),
        ("https://8.8.8.8/#x", addresses.NO_FRAGMENT),
    ],
)
def test_a_webhook_has_a_url_with_tls(url: str, why: str):
    assert fault(url) == why


def test_private_ones_are_taken_where_the_setting_allows_them(settings: Any):
    settings.ALERTS_PRIVATE_ADDRESSES = True
    assert fault("http://127.0.0.1:8080/hook") is None
    assert chosen(["127.0.0.1"], "localhost") == "127.0.0.1"
    settings.ALERTS_PRIVATE_ADDRESSES = False
    with pytest.raises(Refused, match=r"localhost leads to 127\.0\.0\.1"):
        chosen(["127.0.0.1"], "localhost")

"""NATS_URL, as people write it."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as some

from messaging.address import Address, addresses


def parts(address: Address) -> tuple[str, str | None, int | None, str | None, str | None]:
    return address.scheme, address.hostname, address.port, address.username, address.password


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("host", ("nats", "host", 4222, None, None)),
        ("host:1", ("nats", "host", 1, None, None)),
        ("nats://host/", ("nats", "host", 4222, None, None)),
        ("tls://host", ("tls", "host", 4222, None, None)),
        ("[::1]", ("nats", "::1", 4222, None, None)),
        ("nats://desk:secret@[::1]:42", ("nats", "::1", 42, "desk", "secret")),
        ("desk:p%40ss@host", ("nats", "host", 4222, "desk", "p@ss")),
        ("desk:p@ss@host", ("nats", "host", 4222, "desk", "p@ss")),
        ("a%3Ab:@host", ("nats", "host", 4222, "a:b", "")),
        ("desk:100%@host", ("nats", "host", 4222, "desk", "100%")),
        ("tok%2Fen@host", ("nats", "host", 4222, "tok/en", None)),
    ],
)
def test_one_server(url: str, read: tuple[object, ...]):
    assert [parts(address) for address in addresses(url)] == [read]


def test_each_server_has_its_own_log_in():
    found = addresses("nats://a:b%2Cc@one:1, tls://d:e@two ,three,")
    assert [parts(address)[1:] for address in found] == [
        ("one", 1, "a", "b,c"),
        ("two", 4222, "d", "e"),
        ("three", 4222, None, None),
    ]


@given(some.text(min_size=1), some.text(min_size=1))
def test_every_log_in_that_is_encoded_is_read_and_stands_in_no_text(user: str, password: str):
    [address] = addresses(f"nats://{quote(user, safe='')}:{quote(password, safe='')}@host")
    assert (address.username, address.password) == (user, password)
    assert str(address) == str(Address("nats", "host:4222", "", "", "", ""))
    assert address.geturl() == "nats://host:4222"


@pytest.mark.parametrize(
    "url",
    [
        "",
        " , ",
        "::1",
        "http://desk:secret@host",
        "nats://desk:se/cret@host",
        "nats://desk:secret#1@host:2",
        "nats://desk:secret?@host",
        "nats://desk:secret@:4222",
        "nats://desk:secret@host:x",
        "nats://desk:secret@host:99999",
        "nats://desk:secret%ff@host",
        "nats://desk:secret@[::1",
        "good,nats://desk:secret@host/path",
    ],
)
def test_what_cannot_be_read__in_words_that_repeat_nothing_of_it(url: str):
    with pytest.raises(ValueError, match="server") as raised:
        addresses(url)
    assert "cret" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None

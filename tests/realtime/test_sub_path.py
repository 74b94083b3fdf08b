"""A path of the host in front of all addresses."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.urls import get_resolver

from realtime.sub_path import below
from realtime.variables import OWN_ADDRESSES


def path_seen(path: str) -> str:
    """What the application gets of a path, as the whole of it."""
    reported: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        assert scope["root_path"] == "/desk"
        reported.append(scope["path"])

    async_to_sync(below("/desk", application))({"path": path, "root_path": ""}, None, None)
    return reported[0]


@pytest.mark.parametrize(
    ("path", "reported"),
    [
        ("/desk/", "/desk/"),
        ("/desk", "/desk/"),
        ("/", "/desk/"),
        ("/desk/ws/pressure/", "/desk/ws/pressure/"),
        ("/ws/pressure/", "/desk/ws/pressure/"),
        ("/desktop/", "/desk/desktop/"),
    ],
)
def test_a_path_is_the_same_whatever_the_proxy_does_with_its_beginning(path: str, reported: str):
    assert path_seen(path) == reported


def test_no_address_of_ours_is_taken_for_it():
    patterns = [pattern for every in get_resolver().url_patterns for pattern in flat(every)]
    heads = {text.lstrip("^").split("/")[0].split("(")[0] for text in patterns} - {""}
    assert heads | {"static", "ws"} == OWN_ADDRESSES


def flat(pattern: Any) -> list[str]:
    """The addresses of a pattern that includes others, from the first name on."""
    own = str(pattern.pattern)
    if own or not hasattr(pattern, "url_patterns"):
        return [own]
    return [text for each in pattern.url_patterns for text in flat(each)]

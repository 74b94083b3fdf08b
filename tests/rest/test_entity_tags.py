"""Entity tags: who has read an answer learns that it has not changed, whatever its age."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rest.entity_tags import LONGEST_CONDITION, is_known, weak_tag
from tests.factories import spot_book

DEPTH = "/api/v1/metrics/depth/BTCUSDT"
AGES = st.one_of(st.none(), st.integers(0, 10**9))


@given(AGES, AGES, st.integers())
def test_an_age_changes_no_tag_and_a_number_does(age: int | None, other: int | None, number: int):
    def tag(age: int | None, number: int) -> str:
        return weak_tag(
            msgspec.json.encode({"symbol": "A", "age_ms": age, "row": {"last_age_ms": age}, "n": number})
        )

    assert tag(age, number) == tag(other, number)
    assert tag(age, number) != tag(age, number + 1)


def test_what_a_client_has_is_read_as_far_as_anybody_needs():
    """It is read where all others wait, and thousands of tags take a tenth of a second."""
    tag = weak_tag(b"{}")
    assert is_known(tag, f'"a", {tag}')
    assert not is_known(tag, tag + "," * LONGEST_CONDITION)


@pytest.mark.parametrize("address", ["/api/v1/metrics/summary", "/api/v1/feed"])
def test_the_time_an_answer_begins_with_is_that_of_answering(client, publish, reader, clock, address):
    publish(spot_book())
    first = client.get(address)
    clock.advance(0.25)
    second = client.get(address)
    assert first.json()["timestamp"] != second.json()["timestamp"]
    assert first["ETag"] == second["ETag"]


def test_a_newer_book_has_another_tag_though_its_numbers_are_the_same(client, publish, reader, clock):
    publish(spot_book())
    first = client.get(DEPTH)
    clock.advance(0.25)
    publish(spot_book(update_id=2))
    assert client.get(DEPTH)["ETag"] != first["ETag"]


def test_whoever_has_it_gets_no_body(client, publish, reader, clock):
    publish(spot_book())
    tag = client.get(DEPTH)["ETag"]
    clock.advance(1)
    again = client.get(DEPTH, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    clock.advance(6)  # it is stale now
    assert client.get(DEPTH, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("header", "known"),
    [
        ("*", True),
        ('W/"a"', True),
        ('"a"', True),  # the weak comparison
        ('"b", W/"a"', True),
        ('"b"', False),
        ("a", False),
        ("", False),
    ],
)
def test_which_headers_name_a_tag(header: str, known: bool):
    assert is_known('W/"a"', header) is known


def test_what_could_not_be_answered_has_no_tag(client, store, reader):
    answer = client.get(DEPTH, headers={"If-None-Match": "*"})
    assert answer.status_code == 503
    assert "ETag" not in answer

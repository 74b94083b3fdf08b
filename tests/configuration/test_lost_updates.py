"""Two clients at one symbol and above it, in any order: nobody writes over what he has not seen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from configuration import reading, services
from configuration.exceptions import NothingToDelete, RollbackFailed, VersionConflict
from configuration.models import Source
from configuration.services import Author

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW, SYMBOL = "orderbook_skew", "ABAUSDT"
AUTHOR = Author(source=Source.API, name="client")
STEPS = ("read", "write", "delete", "roll back", "write global", "delete global")
steps = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(STEPS), st.integers(1, 3)), max_size=14)


def held() -> tuple[object, object]:
    """What is set: at the symbol, and above it."""
    levels = reading.load_levels()[SKEW]
    own, above = levels.own(SYMBOL), levels.global_level
    return own and dict(own.overrides), above and dict(above.overrides)


def change(step: str, value: int, tag: str) -> bool:
    """Carry out a step on what `tag` names; was it?"""
    try:
        match step:
            case "write":
                services.write(SKEW, SYMBOL, {"top_levels": value}, author=AUTHOR, expected=[tag])
            case "delete":
                services.delete(SKEW, SYMBOL, author=AUTHOR, expected=[tag])
            case _:
                services.roll_back(SKEW, SYMBOL, author=AUTHOR, expected=[tag])
    except VersionConflict:
        return False
    except (NothingToDelete, RollbackFailed):
        pass  # the state was the one seen, with nothing there to delete or to go back to
    return True


def change_above(step: str, value: int) -> None:
    if step == "write global":
        services.write(SKEW, None, {"top_levels": value}, author=AUTHOR)
    elif reading.load_levels()[SKEW].global_level:
        services.delete(SKEW, None, author=AUTHOR)


class TestTwoClients(TestCase):
    @settings(max_examples=40, deadline=None)
    @given(steps)
    def test_no_update_is_lost(self, steps: list[tuple[str, str, int]]):
        reading.reader.forget()
        seen: dict[str, tuple[str, object]] = {}
        for client, step, value in steps:
            if step.endswith("global"):
                change_above(step, value)
            elif step == "read" or client not in seen:
                seen[client] = (reading.strategy(SKEW).tag(SYMBOL), held())
            else:
                tag, contents = seen[client]
                before = held()
                is_carried_out = change(step, value, tag)
                assert not is_carried_out or contents == before
                assert is_carried_out or held() == before

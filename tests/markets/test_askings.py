"""When a channel is asked for again."""

from markets.askings import CALM_SECONDS, FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, Askings
from tests.factories import Clock


def test_a_channel_that_was_never_asked_for__is_not_asked_for_again() -> None:
    assert Askings(Clock()).due(["books:BTC"]) == []


def test_a_book_that_does_not_come__is_asked_for_again_ever_later() -> None:
    clock = Clock()
    askings = Askings(clock)
    waits = []
    for _ in range(6):
        askings.asked(["books:BTC"])
        began = clock.now
        while not askings.due(["books:BTC"]):
            clock.advance(1.0)
        waits.append(clock.now - began)

    assert waits == [10.0, 20.0, 40.0, 80.0, 120.0, 120.0]
    assert (waits[0], waits[-1]) == (FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS)


def test_a_book_that_is_lost_after_a_calm_time__is_asked_for_at_once() -> None:
    clock = Clock()
    askings = Askings(clock)
    for _ in range(4):
        askings.asked(["books:BTC"])
    clock.advance(LONGEST_WAIT_SECONDS + CALM_SECONDS + 1.0)

    assert askings.due(["books:BTC"]) == ["books:BTC"]

    askings.asked(["books:BTC"])
    clock.advance(FIRST_WAIT_SECONDS)
    assert askings.due(["books:BTC"]) == ["books:BTC"]


def test_a_channel__waits_for_itself_alone() -> None:
    clock = Clock()
    askings = Askings(clock)
    askings.asked(["books:BTC", "books:ETH"])
    clock.advance(FIRST_WAIT_SECONDS)
    askings.asked(["books:BTC"])

    assert askings.due(["books:BTC", "books:ETH"]) == ["books:ETH"]

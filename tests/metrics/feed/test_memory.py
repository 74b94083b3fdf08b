"""What a flood has taken is given back to the system after it, and not while nothing is forgotten."""

from collections.abc import Callable
from typing import Any

import pytest

from memory import give_back
from metrics.feed import runner
from metrics.feed.runner import DepthFeed
from tests.factories import Clock, spot_book

Run = Callable[..., Any]


def test_memory__is_given_back_for_three_minutes_after_symbols_were_forgotten__once_a_minute(
    feed: DepthFeed, clock: Clock, run: Run, monkeypatch: pytest.MonkeyPatch
):
    times: list[float] = []

    def given_back() -> None:
        times.append(clock())
        give_back()

    monkeypatch.setattr(runner, "give_back", given_back)
    begin = clock()

    async def scenario() -> None:
        feed.process(spot_book("ONCEUSDT"))
        for _ in range(600):
            await feed.publish_once()
            await feed.record_once()
            clock.advance(1)

    run(scenario)
    assert [at - begin for at in times] == [62, 122, 182, 242]

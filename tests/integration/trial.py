"""A trial: frames are played to feed and strategies over NATS, and what both answer is on record."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.test import Client, RequestFactory

from metrics.api.market import AllView
from metrics.feed.runner import DepthFeed
from strategies.domain.evaluators import EVALUATORS
from strategies.domain.signal import Signal
from strategies.engine import Engine
from tests.factories import Clock
from tests.integration.pipeline import Arrival, Pipeline
from tests.integration.upstream import Sent

INTERVAL = 0.25
"""Seconds between publications, as the product has it unless set otherwise."""
Row = dict[str, Any]


class Shown(NamedTuple):
    """What REST listed at a moment: the row of each symbol."""

    at: float
    rows: dict[str, Row]


class Signalled(NamedTuple):
    """A signal, and when it was given."""

    at: float
    signal: Signal


class Trial:
    """Feed and strategies together. `shown` is what REST listed after each publication, `signalled` every signal."""

    def __init__(self, feed: DepthFeed, clock: Clock, client: Client) -> None:
        self.feed = feed
        self.clock = clock
        self.shown: list[Shown] = []
        self.signalled: list[Signalled] = []
        self.engine = Engine(tuple(EVALUATORS), self._hear, clock=clock)
        self._client = client
        self._list_all = AllView.as_view()
        self.pipeline = Pipeline(feed, clock, self.engine, interval=INTERVAL, look=self._look)

    def play(self, frames: Iterable[Arrival | Sent], until: float | None = None) -> None:
        """Frames as they arrive, and then nothing until then."""
        self.pipeline.run([(each[0], each[1]) for each in frames], until)
        assert (self.feed.errors, self.feed.slow_consumer_drops) == ({}, 0)
        assert not self.engine.strategies.failures

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        """What REST answers now."""
        answer = self._client.get(f"/api/v1{path}", query)
        assert answer.status_code == status, answer.content
        return answer.json()

    def states(self, symbol: str) -> list[tuple[float, str | None]]:
        """The states a symbol went through, each with when it was first seen; None where it was not listed."""
        changes: list[tuple[float, str | None]] = []
        for at, rows in self.shown:
            state = rows[symbol]["state"] if symbol in rows else None
            if not changes or changes[-1][1] != state:
                changes.append((at, state))
        return changes

    def live(self, symbol: str) -> list[tuple[float, Row]]:
        """When it was listed as live, and how."""
        return [
            (at, rows[symbol])
            for at, rows in self.shown
            if symbol in rows and rows[symbol]["state"] == "live"
        ]

    def signals(self, strategy: str | None = None) -> list[Signal]:
        """All signals, or those of one strategy."""
        return [signal for _, signal in self.signalled if strategy in (None, signal.strategy_id)]

    def _look(self) -> None:
        """Four times a second of recorded time: the view itself is asked, without the way through the middlewares."""
        answer = self._list_all(RequestFactory().get("/api/v1/metrics/all"))
        assert answer.status_code == 200, answer.data
        self.shown.append(Shown(self.clock(), answer.data["metrics"]))

    def _hear(self, signal: Signal) -> None:
        self.signalled.append(Signalled(self.clock(), signal))

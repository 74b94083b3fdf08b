"""However batches are taken together, whoever follows the frames ends with the same."""

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.market import LIVE, SUSPECT, Expiry, MarketRow
from metrics.push.frames import MarketFrames
from tests.factories import START, market_row

SYMBOLS = ("AUSDT", "BUSDT", "CUSDT")


class News(NamedTuple):
    """What one batch tells: new rows, and symbols that are gone."""

    rows: list[MarketRow]
    removed: list[str]


@st.composite
def news(draw: st.DrawFn) -> News:
    kinds = draw(
        st.fixed_dictionaries({name: st.sampled_from(["row", "suspect", "gone", ""]) for name in SYMBOLS})
    )
    ratio = st.integers(-100, 100).map(lambda percent: percent / 100)
    rows = [
        market_row(symbol=name, imbalance_ratio=draw(ratio), book=LIVE if kind == "row" else SUSPECT)
        for name, kind in kinds.items()
        if kind in ("row", "suspect")
    ]
    return News(rows, [name for name, kind in kinds.items() if kind == "gone"])


class Client:
    """Applies every frame; some look at `removed` first, some at `symbols`. `past` is what it remembers of a symbol."""

    def __init__(self, snapshot: str, removed_first: bool) -> None:
        frame = json.loads(snapshot)
        self.rows: dict[str, Any] = frame["symbols"]
        self.past = {name: [row["net_pressure"]] for name, row in self.rows.items()}
        self.place = frame["epoch"], frame["seq"]
        self.removed_first = removed_first

    def take(self, text: str) -> None:
        frame = json.loads(text)
        epoch, seq = self.place
        assert (frame["epoch"], frame["seq"]) == (epoch, seq + 1)
        self.place = epoch, seq + 1
        steps = [lambda: self._remove(frame["removed"]), lambda: self._merge(frame["symbols"])]
        for step in steps if self.removed_first else steps[::-1]:
            step()

    def _remove(self, symbols: list[str]) -> None:
        for name in symbols:
            self.rows.pop(name, None)
            self.past.pop(name, None)

    def _merge(self, rows: dict[str, Any]) -> None:
        for name, row in rows.items():
            if row["state"] == SUSPECT:
                self.past[name] = []
            self.past.setdefault(name, []).append(row["net_pressure"])
        self.rows |= rows


def followed(runs: list[list[News]], removed_first: bool) -> Client:
    """A client of a hub that takes batches together in these runs."""
    frames = MarketFrames(Expiry(), 250)
    frames.load({"AUSDT": market_row(symbol="AUSDT")}, START)
    client = Client(frames.snapshot(None, START), removed_first)
    seq = 0
    for run in runs:
        for rows, removed in run:
            seq += 1
            batch: Any = {
                "feed": "f",
                "epoch": "e",
                "seq": seq,
                "rows": [],
                "removed": removed,
                "sent_at": START,
            }
            frames.apply(batch, rows, START)
        while frames.has_news:
            frames.begin_update()
            client.take(frames.update(None, START))
        assert client.rows == json.loads(frames.snapshot(None, START))["symbols"]
    return client


@pytest.mark.parametrize("removed_first", [True, False])
@given(runs=st.lists(st.lists(news(), min_size=1, max_size=5), max_size=5))
def test_any_runs_lead_to_what_every_batch_by_itself_leads_to(removed_first: bool, runs: list[list[News]]):
    together = followed(runs, removed_first)
    apart = followed([[each] for run in runs for each in run], removed_first)
    assert together.rows == apart.rows
    for name, past in together.past.items():
        assert set(past) <= set(apart.past[name]), "what is past must be forgotten in either way"

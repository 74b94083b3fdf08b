"""However batches are taken together, whoever follows the frames ends with the same."""

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.domain.choice import FOLLOWED, Choice, read_choice
from metrics.domain.market import LIVE, SUSPECT, Expiry, MarketRow
from metrics.domain.rounding import rounded
from metrics.push.frames import Filter, MarketFrames
from tests.factories import START, market_row

SYMBOLS = ("AUSDT", "BUSDT")
MARKETS = ("binance/spot", "binance/usdm", "okx/spot", "okx/usdm")
OTHER_CHOICES = [
    read_choice(venue, form)
    for venue in (None, "okx", "binance", "binance,okx", "*")
    for form in (None, "spot", "usdm")
    if (venue, form) != (None, None)
]
FILTERS = [Filter(symbols, choice) for symbols in (None, frozenset(["AUSDT"])) for choice in OTHER_CHOICES]


class News(NamedTuple):
    """What one batch tells: all rows of some symbols, and symbols that are gone."""

    rows: list[list[MarketRow]]
    removed: list[str]


@st.composite
def of_symbol(draw: st.DrawFn, symbol: str) -> list[MarketRow]:
    """Rows of some of its markets, in any order."""
    markets = draw(st.lists(st.sampled_from(MARKETS), min_size=1, unique=True))
    percent = st.integers(-100, 100)
    books = st.sampled_from([LIVE, LIVE, SUSPECT])
    return [
        market_row(symbol=symbol, market=market, imbalance_ratio=draw(percent) / 100, book=draw(books))
        for market in markets
    ]


@st.composite
def news(draw: st.DrawFn) -> News:
    kinds = draw(st.fixed_dictionaries({name: st.sampled_from(["rows", "gone", ""]) for name in SYMBOLS}))
    rows = [draw(of_symbol(name)) for name, kind in kinds.items() if kind == "rows"]
    return News(rows, [name for name, kind in kinds.items() if kind == "gone"])


class Client:
    """Applies every frame; some look at `removed` first, some at `symbols`.

    `past` is what it remembers of what goes by a name: venue, form and pressure. `awaited` are the names that the last
    frame took away: what goes by them next comes with the next one.
    """

    def __init__(self, snapshot: str, removed_first: bool) -> None:
        frame = json.loads(snapshot)
        self.rows: dict[str, Any] = frame["symbols"]
        self.past = {name: [_remembered(row)] for name, row in self.rows.items()}
        self.place = frame["epoch"], frame["seq"]
        self.removed_first = removed_first
        self.awaited: set[str] = set()

    def take(self, text: str) -> None:
        frame = json.loads(text)
        epoch, seq = self.place
        assert (frame["epoch"], frame["seq"]) == (epoch, seq + 1)
        self.place = epoch, seq + 1
        self.awaited = set(frame["removed"])
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
            self.past.setdefault(name, []).append(_remembered(row))
        self.rows |= rows


def _remembered(row: dict[str, Any]) -> tuple[str, str, float]:
    return row["venue"], row["form"], row["net_pressure"]


def shown(rows: dict[str, list[MarketRow]], wanted: Filter) -> dict[str, tuple[str, float | None]]:
    """Market and pressure by name, as they are to be shown to whoever has this filter."""
    return {
        name: (row.market, rounded(row.net_pressure or 0.0, 2))
        for symbol, of_symbol in rows.items()
        if wanted.symbols is None or symbol in wanted.symbols
        for name, row in wanted.choice.of(of_symbol).items()
    }


def told(client: Client) -> dict[str, tuple[str, float | None]]:
    return {name: (f"{row['venue']}/{row['form']}", row["net_pressure"]) for name, row in client.rows.items()}


def applied(rows: dict[str, list[MarketRow]], news: News) -> dict[str, list[MarketRow]]:
    """What there is after a batch."""
    left = {symbol: of_symbol for symbol, of_symbol in rows.items() if symbol not in news.removed}
    return left | {of_symbol[0].symbol: of_symbol for of_symbol in news.rows}


def followed(runs: list[list[News]], removed_first: bool, wanted: Filter) -> Client:
    """A client of a hub that takes batches together in these runs."""
    frames = MarketFrames(Expiry(), 250)
    true = {"AUSDT": [market_row(symbol="AUSDT")]}
    frames.load(true, START)
    client = Client(frames.snapshot(wanted, START), removed_first)
    seq = 0
    for run in runs:
        for each in run:
            seq += 1
            true = applied(true, each)
            batch: Any = {
                "feed": "f",
                "epoch": "e",
                "seq": seq,
                "rows": [],
                "removed": each.removed,
                "sent_at": START,
            }
            frames.apply(batch, each.rows, START)
        while frames.has_news:
            frames.begin_update()
            client.take(frames.update(wanted, START))
            expected = shown(true, wanted)
            assert told(client).items() <= expected.items(), "what is shown is what there is"
            assert expected.keys() - client.rows.keys() <= client.awaited, "and all but what follows"
            for name, past in client.past.items():
                assert len({place[:2] for place in past}) <= 1, f"{name} was drawn on from another market"
        assert client.rows == json.loads(frames.snapshot(wanted, START))["symbols"]
        assert told(client) == shown(true, wanted)
    return client


def check_any_runs(removed_first: bool, wanted: Filter, runs: list[list[News]]) -> None:
    together = followed(runs, removed_first, wanted)
    apart = followed([[each] for run in runs for each in run], removed_first, wanted)
    assert together.rows == apart.rows
    for name, past in together.past.items():
        assert set(past) <= set(apart.past[name]), "what is past must be forgotten in either way"


RUNS = st.lists(st.lists(news(), min_size=1, max_size=3), max_size=4)


@pytest.mark.parametrize("removed_first", [True, False])
@given(symbols=st.sampled_from([None, frozenset(["AUSDT"])]), runs=RUNS)
def test_any_runs_lead_to_what_every_batch_by_itself_leads_to(
    removed_first: bool, symbols: frozenset[str] | None, runs: list[list[News]]
):
    check_any_runs(removed_first, Filter(symbols, FOLLOWED), runs)


@pytest.mark.parametrize("removed_first", [True, False])
@given(wanted=st.sampled_from(FILTERS), runs=RUNS)
@settings(max_examples=60)
def test_so_do_they_for_whoever_asks_for_some_markets(
    removed_first: bool, wanted: Filter, runs: list[list[News]]
):
    check_any_runs(removed_first, wanted, runs)


def test_a_market_that_comes_before_the_one_that_is_shown_takes_its_place_as_another():
    """Nothing is gone, and the bare symbol means what it did; of the spot markets another comes first now."""
    before, after = ["binance/usdm", "okx/spot"], ["binance/usdm", "binance/spot", "okx/spot"]
    client = followed(
        [
            [News([[market_row(symbol="AUSDT", market=market) for market in markets]], [])]
            for markets in (before, after)
        ],
        removed_first=True,
        wanted=Filter(choice=Choice(form="spot")),
    )
    assert client.past == {"AUSDT": [("binance", "spot", 50.0)]}

"""The view a reader follows: what it says has changed is what has."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.choice import EACH, FOLLOWED, read_choice
from metrics.domain.market import Expiry, MarketId, MarketRow
from metrics.domain.view import Changes, MarketView
from tests.factories import START, market_id, market_row

EXPIRY = Expiry(stale_after=5.0, ttl=60.0)
NOTHING = Changes(set(), [], [], set())
OKX = "okx/spot"


def test_rows_come_change_go_stale_and_expire():
    view = MarketView(EXPIRY)
    old = market_row(symbol="OLD", received_at=START - 61)
    view.replace({"BTCUSDT": [market_row()], "OLD": [old]}, START)
    assert set(view.rows) == {"BTCUSDT"}
    ether = market_row(symbol="ETHUSDT", received_at=START + 3)
    assert view.apply([[ether]], [], START + 3) == ({"ETHUSDT"}, [], [], set())
    assert view.sweep(START + 4) == NOTHING
    assert view.sweep(START + 6) == ({"BTCUSDT"}, [], [], set())
    assert view.sweep(START + 7) == NOTHING
    assert view.apply([[market_row(received_at=START + 7)]], ["ETHUSDT", "NEVER"], START + 7) == (
        {"BTCUSDT"}, ["ETHUSDT", "NEVER"], [market_id("ETHUSDT")], set(),
    )  # fmt: skip
    assert view.summary(START + 7).symbols_tracked == 1
    assert view.sweep(START + 68) == (set(), ["BTCUSDT"], [market_id()], set())
    assert view.rows == {}


def test_a_symbol_that_is_removed_and_written_in_one_batch_stays():
    view = MarketView(EXPIRY)
    view.apply([[market_row()]], ["BTCUSDT"], START)
    assert set(view.rows) == {"BTCUSDT"}


def test_where_another_market_is_followed_the_bare_symbol_is_removed_and_there_again():
    first, second = market_row(), market_row(market=OKX)
    view = MarketView(EXPIRY)
    assert view.apply([[first, second]], [], START) == ({"BTCUSDT"}, [], [], set())
    assert view.apply([[second, first]], [], START) == ({"BTCUSDT"}, ["BTCUSDT"], [], {"BTCUSDT"})
    assert view.apply([[second]], [], START) == ({"BTCUSDT"}, [], [market_id()], set())
    assert view.apply([[first]], [], START) == ({"BTCUSDT"}, ["BTCUSDT"], [market_id(market=OKX)], set())


def test_when_the_followed_market_expires_the_next_stands_for_the_symbol():
    view = MarketView(EXPIRY)
    view.replace({"BTCUSDT": [market_row(), market_row(market=OKX, received_at=START + 40)]}, START + 40)
    assert view.sweep(START + 61) == ({"BTCUSDT"}, ["BTCUSDT"], [market_id()], set())
    assert [row.market for row in view.rows["BTCUSDT"]] == [OKX]


def test_that_any_market_goes_stale_is_a_change_of_its_symbol():
    view = MarketView(EXPIRY)
    view.replace({"BTCUSDT": [market_row(received_at=START + 3), market_row(market=OKX)]}, START + 3)
    assert view.sweep(START + 5) == NOTHING
    assert view.sweep(START + 6) == ({"BTCUSDT"}, [], [], set())
    assert view.sweep(START + 7) == NOTHING
    assert view.sweep(START + 9) == ({"BTCUSDT"}, [], [], set())


def test_the_summary_counts_what_is_chosen_and_of_each_symbol_the_followed_market_otherwise():
    view = MarketView(EXPIRY)
    rows = [market_row(notional=1.0), market_row(market=OKX, notional=10.0)]
    view.replace({"BTCUSDT": rows, "ETHUSDT": [market_row(symbol="ETHUSDT", notional=100.0)]}, START)
    for venue, tracked, notional in (
        (None, 2, 101.0),
        ("okx", 1, 10.0),
        (EACH, 3, 111.0),
        ("kraken", 0, None),
    ):
        summary = view.summary(START, read_choice(venue, None) if venue else FOLLOWED)
        assert (summary.symbols_tracked, summary.total_notional.get("USDT")) == (tracked, notional)


# -- Any batches, against before and after ---------------------------------------------------

SYMBOLS = ("AUSDT", "BUSDT", "CUSDT")
MARKETS = ("binance/spot", "binance/usdm", OKX)
State = dict[str, list[MarketRow]]
"""All rows by symbol, as they should be."""


@dataclass
class Batch:
    """What comes `pause` seconds after the last one: rows of symbols by market and age, and removed symbols."""

    pause: float
    rows: dict[str, list[tuple[str, float]]]
    removed: list[str] = field(default_factory=list)
    starts_over: bool = False

    def at(self, now: float) -> State:
        return {
            symbol: [
                market_row(symbol=symbol, market=market, received_at=now - age) for market, age in markets
            ]
            for symbol, markets in self.rows.items()
        }


batches = st.lists(
    st.builds(
        Batch,
        st.sampled_from((0.0, 0.5, 2.0, 5.0, 6.0, 30.0, 61.0)),
        st.dictionaries(
            st.sampled_from(SYMBOLS),
            st.lists(
                st.tuples(st.sampled_from(MARKETS), st.sampled_from((0.0, 1.0, 4.0, 20.0))),
                min_size=1,
                unique_by=lambda market: market[0],
            ),
            max_size=3,
        ),
        st.lists(st.sampled_from(SYMBOLS), max_size=1),
        st.sampled_from((False, False, False, True)),
    ),
    max_size=12,
)


def ids(state: State) -> set[MarketId]:
    return {row.id for rows in state.values() for row in rows}


def meant(state: State) -> dict[str, str]:
    """Which market each bare symbol means."""
    return {symbol: rows[0].market for symbol, rows in state.items()}


def states(state: State, symbol: str, now: float) -> list[tuple[str, str]]:
    return [(row.market, EXPIRY.state(row, now)) for row in state.get(symbol, [])]


def check(changes: Changes, before: State, after: State) -> None:
    """Told as gone and removed is exactly what is no more, or means another market now; each once."""
    assert len(changes.gone) == len(set(changes.gone))
    assert set(changes.gone) == ids(before) - ids(after)
    means = meant(after)
    other = {symbol for symbol, market in meant(before).items() if means.get(symbol) != market}
    assert len(changes.removed) == len(set(changes.removed))
    assert set(changes.removed) == other


@given(batches)
def test_whatever_comes_and_goes_is_told_once_and_nothing_else(script: list[Batch]):
    view, now, shown = MarketView(EXPIRY), START, dict[tuple[str, str], str]()
    true: State = {}
    for batch in script:
        now += batch.pause
        # Time passes.
        before = true
        true = {
            symbol: left
            for symbol, rows in true.items()
            if (left := [row for row in rows if now - row.received_at <= EXPIRY.ttl])
        }
        swept = view.sweep(now)
        check(swept, before, true)
        looks_different = {
            symbol
            for symbol, rows in true.items()
            if rows != before[symbol]
            or any(shown[symbol, market] != state for market, state in states(true, symbol, now))
        }
        assert swept.changed == looks_different
        # A batch comes.
        before, rows = true, batch.at(now)
        if batch.starts_over:
            true = rows
            view.replace(rows, now)
        else:
            removed = [symbol for symbol in batch.removed if symbol in true and symbol not in rows]
            true = {symbol: each for symbol, each in true.items() if symbol not in removed} | rows
            told = view.apply(rows.values(), removed, now)
            check(told, before, true)
            assert told.changed == set(rows)
        assert view.rows == true
        shown = {(symbol, market): state for symbol in true for market, state in states(true, symbol, now)}

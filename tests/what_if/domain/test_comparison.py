"""Two runs, signal by signal: against a slow matching, and what it must never do."""

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, product
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.domain.outcomes import SPANS, Outcome
from what_if.domain.answer import MOST_ROWS, MOST_SYMBOLS, compared, spread
from what_if.domain.comparison import NEAR_SECONDS, Pair, pairs, tally
from what_if.domain.decided import Decided

START = 1_800_000_000.0


def signal(at: float, symbol: str = "BTCUSDT", action: Any = "buy", **more: Any) -> Decided:
    known: dict[str, Any] = {
        "price": 60000.0,
        "confidence": 0.7,
        "rationale": "because",
        "version": 1,
        "halted": False,
        "market": "binance/spot",
        "mid": 60000.0,
        "outcome": {span: Outcome() for span in SPANS},
    }
    return Decided(at=START + at, symbol=symbol, action=action, **known | more)


some_signals = st.lists(
    st.builds(
        signal,
        st.integers(0, 60).map(lambda quarter: quarter / 4),
        st.sampled_from(["BTCUSDT", "ETHUSDT"]),
        st.sampled_from(["buy", "sell"]),
        confidence=st.sampled_from([0.7, 0.8]),
    ),
    max_size=12,
).map(lambda found: sorted(found, key=lambda one: one.at))


def slow(in_force: Sequence[Decided], proposed: Sequence[Decided]) -> Counter[str]:
    """How many of each kind: all that are the same first, one by one, then the nearest that are left, one by one."""
    left, right = list(in_force), list(proposed)
    kinds: Counter[str] = Counter()
    for one in in_force:
        same = next(
            (o for o in right if (o.symbol, o.action, o.at) == (one.symbol, one.action, one.at)), None
        )
        if same:
            left.remove(one)
            right.remove(same)
            kinds["kept" if (same.price, same.confidence) == (one.price, one.confidence) else "changed"] += 1
    while near := [
        (abs(a.at - b.at), a.at, b.at, a, b)
        for a, b in product(left, right)
        if (a.symbol, a.action) == (b.symbol, b.action) and abs(a.at - b.at) <= NEAR_SECONDS
    ]:
        *_, a, b = min(near, key=lambda each: each[0])
        left.remove(a)
        right.remove(b)
        kinds["moved"] += 1
    return kinds + Counter(gone=len(left), new=len(right))


@given(some_signals, some_signals)
def test_kinds_are_those_of_a_slow_matching__up_to_which_of_equally_near_ones_is_taken(
    in_force: list[Decided], proposed: list[Decided]
):
    found = Counter(pair.kind for pair in pairs(in_force, proposed))
    expected = slow(in_force, proposed)
    assert found["kept"] + found["changed"] == expected["kept"] + expected["changed"]
    assert found["moved"] + found["gone"] == expected["moved"] + expected["gone"]
    assert found["moved"] + found["new"] == expected["moved"] + expected["new"]


@given(some_signals, some_signals)
def test_every_signal_of_both_is_in_one_pair_and_pairs_are_in_order(
    in_force: list[Decided], proposed: list[Decided]
):
    found = pairs(in_force, proposed)
    assert Counter(id(pair.in_force) for pair in found if pair.in_force) == Counter(map(id, in_force))
    assert Counter(id(pair.proposed) for pair in found if pair.proposed) == Counter(map(id, proposed))
    assert [pair.at for pair in found] == sorted(pair.at for pair in found)
    assert all(_is_what_it_says(pair) for pair in found)


def _is_what_it_says(pair: Pair) -> bool:
    one, other = pair.in_force, pair.proposed
    if one is None or other is None:
        return pair.kind == ("new" if one is None else "gone")
    alike = (one.symbol, one.action) == (other.symbol, other.action)
    differs = (one.price, one.confidence) != (other.price, other.confidence)
    if one.at == other.at:
        return alike and pair.kind == ("changed" if differs else "kept")
    return alike and pair.kind == "moved" and abs(one.at - other.at) <= NEAR_SECONDS


@given(some_signals)
def test_two_equal_runs_differ_in_nothing(signals: list[Decided]):
    assert {pair.kind for pair in pairs(signals, list(signals))} <= {"kept"}


def test_the_nearest_is_the_one_that_moved():
    found = pairs([signal(10)], [signal(6), signal(11)])
    assert [(pair.kind, pair.proposed and pair.proposed.at - START) for pair in found] == [
        ("new", 6.0),
        ("moved", 11.0),
    ]


def test_another_version_alone_is_no_change():
    assert [pair.kind for pair in pairs([signal(1)], [signal(1, version=2)])] == ["kept"]


@given(st.lists(st.tuples(st.none() | st.floats(-50, 50), st.booleans()), max_size=20))
def test_a_tally_counts_and_means_of_what_is_known(moves: list[tuple[float | None, bool]]):
    signals = [
        signal(at, halted=halted, outcome=dict.fromkeys(SPANS, Outcome(bps=bps, unknown=None)))
        for at, (bps, halted) in enumerate(moves)
    ]
    found, known = tally(signals), [bps for bps, _ in moves if bps is not None]
    assert (found.signals, found.halted) == (len(moves), sum(halted for _, halted in moves))
    assert found.known["5m"] == len(known)
    assert found.mean_bps["5m"] == (pytest.approx(fmean(known), rel=1e-5, abs=1e-9) if known else None)


def test_an_answer_is_bounded__what_differs_comes_first_and_the_rest_is_counted():
    many = [signal(at, f"S{at % (MOST_SYMBOLS + 7)}USDT") for at in range(MOST_ROWS + 50)]
    found = compared(many, [*many, signal(10_000)])
    assert len(found.signals) == MOST_ROWS
    assert found.omitted == 51
    assert found.kinds == {"kept": MOST_ROWS + 50, "changed": 0, "moved": 0, "gone": 0, "new": 1}
    assert found.signals[-1].kind == "new"
    assert len(found.symbols) == MOST_SYMBOLS
    assert (found.stays.signals, found.gone.signals, found.new.signals) == (MOST_ROWS + 50, 0, 1)


def test_of_each_symbol_there_is_what_becomes_of_its_signals():
    found = compared(
        [signal(1), signal(20), signal(1, "ETHUSDT")],
        [signal(2), signal(1, "ETHUSDT"), signal(40, "XRPUSDT")],
    )
    assert {each.symbol: {kind for kind, count in each.kinds.items() if count} for each in found.symbols} == {
        "BTCUSDT": {"moved", "gone"},
        "ETHUSDT": {"kept"},
        "XRPUSDT": {"new"},
    }
    assert [each.in_force.signals for each in found.symbols] == [2, 1, 0]
    assert [each.proposed.signals for each in found.symbols] == [1, 1, 1]


@given(st.integers(0, 50), st.integers(0, 20))
def test_what_is_shown_of_many_lies_evenly_among_them(count: int, most: int):
    found = pairs([signal(at * 10) for at in range(count)], [])
    shown = spread(found, most)
    assert len(shown) == min(count, most)
    places = [found.index(pair) for pair in shown]
    gaps = {after - before for before, after in pairwise(places)}
    assert places[:1] in ([], [0])
    assert all(gap >= 1 for gap in gaps)
    assert not gaps or max(gaps) - min(gaps) <= 1

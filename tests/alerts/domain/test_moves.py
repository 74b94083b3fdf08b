"""How far mid prices moved, against a dictionary of every second."""

from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.domain.moves import SPANS, MidTrail
from metrics.domain.market import MarketId

BTC, ETH, SOL = (MarketId(f"{coin}USDT", "binance/spot") for coin in ("BTC", "ETH", "SOL"))
BEGIN = 1_700_000_000.0


def moved(trail: MidTrail, now: float, **mids: float) -> dict[str, list[float]]:
    markets = [MarketId(f"{coin}USDT", "binance/spot") for coin in mids]
    return {
        name: column.tolist()
        for name, column in trail.moves(markets, np.array([*mids.values()]), now).items()
    }


def test_a_move_is_known_when_it_has_been_watched_for_so_long():
    trail = MidTrail()
    assert all(isnan(move) for (move,) in moved(trail, BEGIN, BTC=100.0).values())
    assert isnan(moved(trail, BEGIN + 59, BTC=103.0)["1m"][0])
    assert moved(trail, BEGIN + 60, BTC=102.0)["1m"] == [pytest.approx(2.0)]
    assert moved(trail, BEGIN + 300, BTC=90.0)["5m"] == [pytest.approx(-10.0)]


def test_the_last_price_of_a_second_counts():
    trail = MidTrail()
    moved(trail, BEGIN, BTC=100.0)
    moved(trail, BEGIN + 0.75, BTC=110.0)
    assert moved(trail, BEGIN + 60.25, BTC=121.0)["1m"] == [pytest.approx(10.0)]


def test_after_a_clock_was_set_back_nothing_is_known():
    trail = MidTrail()
    moved(trail, BEGIN + 100, BTC=100.0)
    assert isnan(moved(trail, BEGIN + 40, BTC=100.0)["1m"][0])
    assert isnan(moved(trail, BEGIN + 160, BTC=100.0)["1m"][0])
    assert moved(trail, BEGIN + 220, BTC=101.0)["1m"] == [pytest.approx(1.0)]


looks = st.lists(
    st.tuples(
        st.sampled_from([0.25, 1.0, 1.0, 7.0, 59.0, 60.0, 300.0, 1_000.0]),
        st.dictionaries(st.sampled_from([BTC, ETH, SOL]), st.just(nan) | st.floats(1e-6, 1e6), min_size=0),
    ),
    min_size=1,
    max_size=40,
)


@given(looks)
def test_whatever_comes_and_goes_it_is_what_every_second_says(
    told: list[tuple[float, dict[MarketId, float]]],
):
    trail, now = MidTrail(), BEGIN
    known: dict[MarketId, dict[int, float]] = {}
    for pause, mids in told:
        now += pause
        known = {market: known.get(market, {}) for market in mids}
        for market, mid in mids.items():
            known[market][int(now)] = mid
        found = trail.moves([*mids], np.array([*mids.values()]), now)
        for name, seconds in SPANS.items():
            exact = [
                100 * (mid / known[market].get(int(now) - seconds, nan) - 1) for market, mid in mids.items()
            ]
            assert found[name].tolist() == pytest.approx(exact, rel=1e-9, abs=1e-9, nan_ok=True)

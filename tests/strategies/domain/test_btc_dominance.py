"""Bitcoin Dominance against an independent calculation, and as it is described."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configuration.domain.catalogue import BtcDominance
from metrics.domain.frames import Dominance
from strategies.domain import btc_dominance
from strategies.domain.price import TICKER_FRESH_SECONDS
from tests.strategies.exact import exact, read
from tests.strategies.scenes import (
    HOUR,
    START,
    actions,
    balanced,
    dominance,
    priced,
    ramp,
    run,
    ticker,
    unpriced,
)

REPORTS = st.lists(
    st.tuples(
        st.one_of(st.floats(20.0, 6 * HOUR), st.sampled_from([6 * HOUR])),
        st.one_of(st.integers(2000, 9500), st.integers(380, 620).map(lambda tenths: 10 * tenths)),
    ),
    min_size=1,
    max_size=60,
)  # seconds since the one before, hundredths of a percent


@st.composite
def parameter_sets(draw):
    return BtcDominance(
        high_threshold=draw(st.one_of(st.floats(60, 90), st.sampled_from([60.0, 60.1, 70.3]))),
        low_threshold=draw(st.one_of(st.floats(30, 50), st.sampled_from([40.0, 49.9, 50.0]))),
        change_threshold=draw(
            st.one_of(st.floats(1, 15), st.integers(10, 150).map(lambda tenths: tenths / 10))
        ),
        window_hours=draw(st.integers(12, 72)),
        min_signal_interval=draw(st.integers(3600, 86400)),
        base_confidence_high=draw(st.floats(0.5, 1)),
        base_confidence_low=draw(st.floats(0.5, 1)),
        momentum_confidence=draw(st.floats(0.5, 1)),
    )


def slow_choice(samples, p):
    """Action and confidence of the newest of all (time, percent) samples."""
    now, newest = samples[-1]
    start = now - p.window_hours * 3600
    before = [value for at, value in samples if at <= start]
    base = before[-1] if before else samples[0][1]
    newest, base = exact(newest), exact(base)
    high, low, large = (
        read(exact(value)) for value in (p.high_threshold, p.low_threshold, p.change_threshold)
    )
    if read(newest) > high and read(newest) > read(base):
        return "buy", p.base_confidence_high
    if read(newest) < low and read(newest) < read(base):
        return "sell", p.base_confidence_low
    if before and read(abs(newest - base)) > large:
        return ("buy" if newest > base else "sell"), p.momentum_confidence
    return None


@given(REPORTS, parameter_sets())
def test_signals_are_those_of_the_slow_calculation(reports, parameters):
    frames, expected, now, last = [], [], START, -1e18
    samples: list[tuple[float, float]] = []
    for seconds, hundredths in reports:
        now += seconds
        frames.append((now, Dominance(hundredths / 100, 0.0)))
        if samples and int(samples[-1][0] / 60) == int(now / 60):
            continue
        samples.append((now, hundredths / 100))
        choice = slow_choice(samples, parameters)
        if choice and now - last >= parameters.min_signal_interval:
            expected.append((choice[0], min(0.95, choice[1])))
            last = now
    changed = {name: getattr(parameters, name) for name in parameters.__struct_fields__}
    found = run("btc_dominance", priced(frames), **changed)
    assert [(d.action, pytest.approx(d.confidence)) for d in found] == expected


VOLUMES = st.lists(
    st.tuples(
        st.one_of(st.floats(0.5, 70.0), st.floats(590.0, 4000.0)),
        st.sampled_from(["BTCUSDT", "BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"]),
        st.integers(0, 1000),
    ),
    min_size=1,
    max_size=80,
)  # seconds since the one before, symbol, 24 h quote volume


@given(VOLUMES, parameter_sets())
def test_signals_from_volumes_are_those_of_the_slow_calculation(arrivals, parameters):
    """Each sample by looking back over all tickers; exact, for volumes are whole."""
    frames, expected, now, last = [], [], START, -1e18
    heard: list[tuple[float, str, int]] = []
    samples: list[tuple[float, float]] = []
    due = None
    for seconds, symbol, volume in arrivals:
        now += seconds
        frames.append((now, ticker(60000.0, quote_volume=float(volume), symbol=symbol)))
        heard.append((now, symbol, volume))
        due = now + 60 if due is None else due
        if now < due:
            continue
        due = now - now % 60 + 60
        fresh = {name: (at, amount) for at, name, amount in heard if now - at <= 600}
        total = sum(amount for _, amount in fresh.values())
        if "BTCUSDT" not in fresh or len(fresh) == 1 or total == 0:
            continue
        samples.append((now, float(Fraction(100 * fresh["BTCUSDT"][1], total))))
        choice = slow_choice(samples, parameters)
        is_priced = now - fresh["BTCUSDT"][0] <= TICKER_FRESH_SECONDS
        if choice and is_priced and now - last >= parameters.min_signal_interval:
            expected.append((choice[0], min(0.95, choice[1])))
            last = now
    changed = {name: getattr(parameters, name) for name in parameters.__struct_fields__}
    found = run("btc_dominance", frames, **changed)
    assert [(d.action, pytest.approx(d.confidence)) for d in found] == expected
    assert all(d.evidence == {"dominance_source": "quote_volume"} for d in found)


def test_buys_bitcoin_when_its_share_is_high_and_rising():
    (decision,) = run("btc_dominance", dominance([70.5, 71.0]))
    assert (decision.symbol, decision.action, decision.confidence) == ("BTCUSDT", "buy", 0.8)
    assert decision.evidence == {"dominance_source": "reported"}
    assert decision.price == 60000.0


def test_sells_when_it_is_low_and_falling():
    (decision,) = run("btc_dominance", dominance([39.5, 39.0]))
    assert (decision.action, decision.confidence) == ("sell", 0.75)


@pytest.mark.parametrize("values", [[71.0, 70.5], [70.5, 70.5], [39.0, 39.5], [69.0, 69.5], [41.0, 40.5]])
def test_decides_nothing_when_only_one_half_holds(values):
    assert run("btc_dominance", dominance(values)) == []


@pytest.mark.parametrize(("first", "last", "action"), [(50, 56.5, "buy"), (56.5, 50, "sell")])
def test_follows_a_large_shift_once_the_window_is_full(first, last, action):
    frames = dominance(ramp(first, last, 26), every=HOUR)
    decisions = run("btc_dominance", frames)
    assert actions(decisions) == [action]
    assert decisions[0].confidence == 0.7
    assert run("btc_dominance", frames[:-4]) == []  # two hours less


def test_keeps_its_interval_and_repeats_after_it():
    frames = dominance(ramp(70.5, 75.0, 10 * 60))
    assert len(run("btc_dominance", frames)) == 3  # ten hours, four apart


def test_samples_once_a_minute():
    frames = dominance([70.5, 71.0, 72.0, 73.0], every=14.9, start=START - START % 60)
    assert run("btc_dominance", frames) == []


def test_waits_for_a_price():
    frames = unpriced(dominance([70.5, 71.0, 71.5]))
    assert run("btc_dominance", frames) == []
    (decision,) = run("btc_dominance", [*frames[:2], (frames[2][0] - 5, balanced()), frames[2]])
    assert decision.price == 60000.5
    assert (
        run("btc_dominance", [*frames[:2], (frames[2][0] - 5.1, balanced()), frames[2]]) == []
    )  # it is stale


def test_a_price_of_a_market_that_is_gone_is_none():
    frames = unpriced(dominance([70.5, 71.0, 71.5]))
    for seconds, count in ((TICKER_FRESH_SECONDS, 1), (TICKER_FRESH_SECONDS + 0.1, 0)):
        heard = (frames[2][0] - seconds, ticker(60000.0))
        assert len(run("btc_dominance", [*frames[:2], heard, frames[2]])) == count


def test_the_price_is_that_of_the_market_whose_books_are_followed():
    """Tickers of another market may stand in where it brings none; they give its price only once books stay away."""
    reports = unpriced(dominance([70.5, 71.0, 71.5]))
    for seconds, price in ((1, 60000.5), (5, 60000.5), (5.2, 61000.0)):
        heard = [
            (reports[2][0] - seconds, balanced()),
            (reports[2][0] - 0.1, ticker(61000.0, market="kraken/spot")),
        ]
        (decision,) = run("btc_dominance", [*reports[:2], *heard, reports[2]])
        assert decision.price == price
    own = [(reports[2][0] - 1, balanced()), (reports[2][0] - 0.1, ticker(61000.0))]
    (decision,) = run("btc_dominance", [*reports[:2], *own, reports[2]])
    assert decision.price == 61000.0


def volumes(bitcoin, others, now):
    names = ["ETHUSDT", "SOLUSDT", "XRPUSDT"]
    return [(now, ticker(60000.0, quote_volume=bitcoin))] + [
        (now, ticker(1.0, quote_volume=others / 3, symbol=name)) for name in names
    ]


def test_without_reports_the_quote_volume_decides_and_that_is_stated():
    frames = [
        frame for minute in range(4) for frame in volumes(75.0 + minute, 25.0 - minute, START + 60 * minute)
    ]
    (decision,) = run("btc_dominance", frames)
    assert decision.action == "buy"
    assert decision.evidence == {"dominance_source": "quote_volume"}
    assert decision.indicators["dominance"] == pytest.approx(76, abs=1.1)


def test_the_first_minute_of_tickers_is_not_taken_for_the_market():
    frames = [(START, ticker(60000.0)), *volumes(10.0, 90.0, START + 30)]
    frames += [frame for minute in range(1, 5) for frame in volumes(10.0, 90.0, START + 60 * minute)]
    assert run("btc_dominance", frames) == []


def test_volumes_are_left_alone_while_dominance_is_reported():
    frames = [
        frame for minute in range(6) for frame in volumes(75.0 + minute, 25.0 - minute, START + 60 * minute)
    ]
    reported = [(START + 60 * minute + 1, Dominance(50.0, 0.0)) for minute in range(6)]
    assert run("btc_dominance", sorted([*frames, *reported], key=lambda frame: frame[0])) == []


@pytest.mark.parametrize(
    ("volumes", "share"),
    [
        ({"BTCUSDT": 60.0, "ETHUSDT": 40.0}, 60.0),
        ({"BTCUSDT": 60.0}, None),
        ({"ETHUSDT": 60.0, "SOLUSDT": 40.0}, None),
        ({"BTCUSDT": 0.0, "ETHUSDT": 0.0}, None),
    ],
)
def test_a_share_takes_bitcoin_others_and_some_volume(volumes, share):
    state = btc_dominance.State()
    state.volumes = {symbol: (START, volume) for symbol, volume in volumes.items()}
    assert btc_dominance.weigh(state, START) == share


def test_old_volumes_are_forgotten():
    state = btc_dominance.State()
    long_ago = START - btc_dominance.TICKER_FRESH_SECONDS
    state.volumes = {"BTCUSDT": (START, 60.0), "ETHUSDT": (long_ago, 40.0), "SOLUSDT": (long_ago - 1, 900.0)}
    assert btc_dominance.weigh(state, START) == 60.0
    assert "SOLUSDT" not in state.volumes


@pytest.mark.parametrize(("seconds", "count"), [(600.0, 0), (600.1, 1)])
def test_volumes_decide_when_nothing_has_been_reported_for_ten_minutes(seconds, count):
    state, now = btc_dominance.State(), START + seconds
    state.reported_at, state.weigh_at = START, now
    state.weighed.add(START, 74.0)
    state.volumes = {"ETHUSDT": (now, 24.0)}
    found = btc_dominance.evaluate(state, ticker(60000.0, quote_volume=76.0), BtcDominance(), now)
    assert len(found) == count


def test_volumes_are_weighed_once_a_minute_whatever_comes_of_it(monkeypatch):
    """It costs as much as there are tickers, and without Bitcoin among them nothing comes of it."""
    weighed = []
    monkeypatch.setattr(btc_dominance, "weigh", lambda _state, now: weighed.append(now))
    run("btc_dominance", [(START + second / 10, ticker(1.0, symbol="ETHUSDT")) for second in range(2000)])
    assert len(weighed) == 3
    assert len({int(now // 60) for now in weighed}) == 3


def test_tickers_are_bounded(monkeypatch):
    monkeypatch.setattr(btc_dominance, "MAX_TICKERS", 3)
    state = btc_dominance.State()
    for number in range(5):
        frame = ticker(1.0, symbol=f"COIN{number}USDT", quote_volume=1.0)
        btc_dominance.evaluate(state, frame, BtcDominance(), START)
    assert list(state.volumes) == ["COIN0USDT", "COIN1USDT", "COIN2USDT"]


def test_samples_are_bounded():
    samples = btc_dominance.Samples()
    for minute in range(80 * 60):
        samples.add(START + 60 * minute, 50.0)
    assert len(samples.times) <= 72 * 60 + 2


@pytest.mark.parametrize(
    ("first", "last", "threshold", "action"),
    [(40.1, 41.2, 1.1, None), (41.2, 40.1, 1.1, None), (40.1, 41.21, 1.1, "buy"), (56.3, 50.1, 6.2, None)],
)
def test_a_shift_that_is_the_threshold_is_not_beyond_it(first, last, threshold, action):
    frames = dominance([first, last], every=24 * HOUR)
    found = run("btc_dominance", frames, change_threshold=threshold)
    assert actions(found) == ([action] if action else [])


def test_the_same_share_of_other_volumes_has_not_risen():
    """Ten times as much of everything is the same share, and in floats a little more or less."""
    names, volumes = ["BTCUSDT", "ETHUSDT", "SOLUSDT"], [(0.7, 0.2, 0.03), (7.0, 2.0, 0.3)]
    frames = [
        (START + 60 * minute + second, ticker(60000.0, quote_volume=volume, symbol=name))
        for minute in range(12)
        for second, amounts in ((1, volumes[minute % 2]), (30, volumes[1 - minute % 2]))
        for name, volume in zip(names, amounts, strict=True)
    ]
    assert run("btc_dominance", frames) == []


def test_a_share_that_is_the_high_threshold_is_not_above_it():
    frames = dominance([69.0, 70.0])
    assert run("btc_dominance", frames) == []
    assert run("btc_dominance", dominance([69.0, 70.01]))
    assert run("btc_dominance", dominance([41.0, 40.0])) == []

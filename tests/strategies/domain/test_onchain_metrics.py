"""On-Chain Metrics against an independent calculation, and as it is described."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configuration.domain.catalogue import OnchainMetrics
from metrics.domain.frames import OnchainFlow
from strategies.domain import onchain_metrics
from strategies.domain.price import TICKER_FRESH_SECONDS
from tests.strategies.exact import exact, read
from tests.strategies.scenes import HOUR, START, actions, balanced, flow, flows, priced, run, ticker, unpriced

PERIODS = st.lists(
    st.tuples(
        st.floats(0, 5000),
        st.floats(0, 5000),
        st.lists(st.tuples(st.floats(1, 3000), st.sampled_from(["inflow", "outflow"])), max_size=4),
    ),
    min_size=1,
    max_size=40,
)


def season(seed):
    """Coins that mostly go one way, and whales that go either, some large enough for one threshold only."""
    rng = Random(seed)
    lean = rng.uniform(0.3, 3)
    return [
        (
            rng.uniform(100, 1000),
            lean * rng.uniform(100, 1000),
            [
                (10 ** rng.uniform(0.5, 4), rng.choice(["inflow", "outflow"]))
                for _ in range(rng.choice([0, 0, 1]))
            ],
        )
        for _ in range(40)
    ]


ROUND_FLOWS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.1, 0.7, 850.0, 900.0, 1000.0]),
        st.sampled_from([0.2, 0.3, 1.3, 1100.0, 1150.0]),
        st.lists(
            st.tuples(
                st.sampled_from([1000.1, 1000.2, 2000.3, 10.1]), st.sampled_from(["inflow", "outflow"])
            ),
            max_size=4,
        ),
    ),
    min_size=1,
    max_size=20,
)
"""The same in few numbers, which often add up to a threshold, and to each other."""
SEASONS = st.builds(season, st.integers(0, 2**32))


@st.composite
def parameter_sets(draw):
    base, strong = sorted((draw(st.floats(0.5, 1)), draw(st.floats(0.5, 1))))
    return OnchainMetrics(
        whale_threshold_btc=draw(st.floats(10, 1000)),
        whale_threshold_eth=draw(st.floats(100, 10_000)),
        exchange_flow_threshold_percent=draw(
            st.one_of(st.floats(5, 50), st.sampled_from([5.0, 10.0, 15.0, 30.0]))
        ),
        min_signal_interval=draw(st.integers(1800, 20_000)),
        accumulation_periods=draw(st.integers(2, 20)),
        distribution_periods=draw(st.integers(2, 20)),
        base_confidence=base,
        strong_signal_confidence=strong,
    )


def slow(reports, asset, p):
    """Action and confidence after the newest of all (inflow, outflow, transfers), in rational arithmetic."""
    flows = [(exact(a), exact(b)) for a, b, _ in reports]
    nets = [Fraction(0) if a + b == 0 else (b - a) / (a + b) * 100 for a, b in flows]
    limit = read(exact(p.exchange_flow_threshold_percent))
    means = {
        action: read(sum(nets[-n:], Fraction(0)) / n) if len(nets) >= n else Fraction(0)
        for action, n in (("buy", p.accumulation_periods), ("sell", p.distribution_periods))
    }
    holding = [a for a, holds in (("buy", means["buy"] > limit), ("sell", means["sell"] < -limit)) if holds]
    if len(holding) != 1:
        return None
    action = holding[0]
    count = p.accumulation_periods if action == "buy" else p.distribution_periods
    size = p.whale_threshold_btc if asset == "BTC" else p.whale_threshold_eth
    whales = [
        t for *_, transfers in reports[-count:] for t in transfers if read(exact(t[0])) >= read(exact(size))
    ]
    out = sum((exact(amount) for amount, way in whales if way == "outflow"), Fraction(0))
    into = sum((exact(amount) for amount, way in whales if way == "inflow"), Fraction(0))
    agrees = read(out) > read(into) if action == "buy" else read(into) > read(out)
    return action, min(0.95, p.strong_signal_confidence if agrees else p.base_confidence)


@given(st.one_of(PERIODS, ROUND_FLOWS, SEASONS), parameter_sets(), st.sampled_from(["BTC", "ETH"]))
def test_signals_are_those_of_the_slow_calculation(reports, parameters, asset):
    frames, expected, last = [], [], -1e18
    for period, (inflow, outflow, transfers) in enumerate(reports, start=1):
        now = START + HOUR * period
        frames.append((now, OnchainFlow(asset, inflow, outflow, transfers, now)))
        choice = slow(reports[:period], asset, parameters)
        if choice and now - last >= parameters.min_signal_interval:
            expected.append(choice)
            last = now
    changed = {name: getattr(parameters, name) for name in parameters.__struct_fields__}
    found = run("onchain_metrics", priced(frames, symbol=f"{asset}USDT"), **changed)
    assert [(d.action, pytest.approx(d.confidence)) for d in found] == expected


def test_buys_while_coins_leave_the_exchanges():
    frames = flows([15.0] * 24)
    (decision,) = run("onchain_metrics", frames)
    assert (decision.symbol, decision.action, decision.confidence) == ("BTCUSDT", "buy", 0.77)
    assert decision.indicators["net_percent"] == pytest.approx(15.0)
    assert run("onchain_metrics", frames[:-1]) == []  # 23 periods


def test_sells_while_they_arrive():
    (decision,) = run("onchain_metrics", flows([-15.0] * 12, asset="ETH"))
    assert (decision.symbol, decision.action) == ("ETHUSDT", "sell")


@pytest.mark.parametrize(
    ("net", "way", "confidence"),
    [(15.0, "outflow", 0.85), (15.0, "inflow", 0.77), (-15.0, "inflow", 0.85), (-15.0, "outflow", 0.77)],
)
def test_whales_that_move_the_same_way_make_it_strong(net, way, confidence):
    decisions = run("onchain_metrics", flows([net] * 24, transfers=[(150.0, way)]))
    assert decisions[0].confidence == confidence


def test_repeats_after_its_interval():
    assert actions(run("onchain_metrics", flows([15.0] * 26))) == ["buy"] * 3
    assert actions(run("onchain_metrics", flows([15.0] * 26, every=HOUR / 2))) == ["buy"] * 2


def test_accumulation_and_distribution_at_once_contradict_each_other():
    turning = flows([-90.0] * 22 + [20.0] * 2)
    assert run("onchain_metrics", turning, accumulation_periods=2, distribution_periods=24) == []
    assert actions(run("onchain_metrics", turning, accumulation_periods=3, distribution_periods=24)) == [
        "sell"
    ]


def test_a_report_counts_once():
    once = flows([15.0] * 12)
    assert run("onchain_metrics", once * 2) == []


def test_the_threshold_itself_is_not_beyond_it():
    for net, count in ((10.0, 0), (10.1, 1)):
        assert len(run("onchain_metrics", flows([net] * 24))) == count
        assert len(run("onchain_metrics", flows([-net] * 12))) == count


def test_a_report_that_comes_twice_in_a_row_counts_once():
    twice = [frame for frame in flows([15.0] * 12) for _ in range(2)]
    assert run("onchain_metrics", twice) == []


def test_a_period_without_any_flow_leans_nowhere():
    assert onchain_metrics.net_percent(flow(0.0, period=1, gross=0.0)) == 0.0


def test_waits_for_a_price():
    reports = unpriced(flows([15.0] * 24))
    assert run("onchain_metrics", reports) == []
    book = (reports[-1][0] - 5, balanced())
    assert run("onchain_metrics", [*reports[:-1], book, reports[-1]])[0].price == 60000.5
    stale = (reports[-1][0] - 5.1, balanced())
    assert run("onchain_metrics", [*reports[:-1], stale, reports[-1]]) == []


def test_a_price_of_a_market_that_is_gone_is_none():
    reports = unpriced(flows([15.0] * 24))
    for seconds, count in ((TICKER_FRESH_SECONDS, 1), (TICKER_FRESH_SECONDS + 0.1, 0)):
        heard = (reports[-1][0] - seconds, ticker(60000.0))
        assert len(run("onchain_metrics", [*reports[:-1], heard, reports[-1]])) == count


@pytest.mark.parametrize("net", [15.0, -15.0])
def test_whales_that_balance_confirm_nothing(net):
    """In floats 100.1 + 100.2 + 100.3 - 300.6 is a little more, or less, than nothing."""
    transfers = [(100.1, "outflow"), (100.2, "outflow"), (100.3, "outflow"), (300.6, "inflow")]
    turned = [(amount, "inflow" if way == "outflow" else "outflow") for amount, way in transfers]
    for order in (transfers, turned, transfers[::-1], [*transfers, *turned[::-1]]):
        (decision, *_) = run("onchain_metrics", flows([net] * 24, transfers=order))
        assert decision.confidence == 0.77
        assert not decision.evidence["confirmed_by_whales"]


def test_a_mean_that_is_the_threshold_is_not_beyond_it():
    """Periods of 0.1 and 0.2 over the threshold, and as much below it."""
    nets = [10.1, 10.2, 9.7] * 8
    assert run("onchain_metrics", flows(nets)) == []
    assert run("onchain_metrics", flows([-net for net in nets])) == []

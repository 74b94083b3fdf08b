"""The engine: messages in, signals out; a mistake stays where it happens; the same again for the same."""

import logging
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configuration.domain.catalogue import CATALOGUE
from halts.domain import HaltRecord, Halts, Scope
from markets.recording.reading import Recording, merged
from metrics.domain.full_books import FullBooks
from metrics.feed.partition import Partition
from strategies.domain.evaluators import EVALUATORS
from strategies.domain.in_force import Resolved, defaults, take_over
from strategies.domain.signal import Signal
from strategies.engine import Engine
from tests.strategies.scenes import START

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


class Clock:
    def __init__(self, now=START):
        self.now = now

    def __call__(self):
        return self.now


def engine(strategies=tuple(CATALOGUE), **options):
    signals: list[Signal] = []
    clock = options.setdefault("clock", Clock())
    made = Engine(strategies, signals.append, **options)
    return made, signals, clock


def depth(bid, ask, update_id, symbol="BTCUSDT", **envelope):
    bids = [[f"{60000 - n}", f"{bid}"] for n in range(5)]
    asks = [[f"{60001 + n}", f"{ask}"] for n in range(5)]
    data = {"lastUpdateId": update_id, "bids": bids, "asks": asks}
    return msgspec.json.encode({"stream": f"{symbol.lower()}@depth20@100ms", "data": data, **envelope})


def change(first, last, bids=()):
    data = {"e": "depthUpdate", "s": "BTCUSDT", "U": first, "u": last, "b": list(bids), "a": []}
    return msgspec.json.encode({"stream": "btcusdt@depth@100ms", "data": data})


def snapshot(bid, ask, update_id):
    return depth(bid, ask, update_id).replace(b"depth20@100ms", b"depthSnapshot")


def trade_frame(number, price, at, e="trade", **envelope):
    ms = round(1000 * at)
    ids = {"t": number} if e == "trade" else {"a": number, "f": number, "l": number}
    data = {"e": e, "s": "BTCUSDT", "E": ms, "T": ms, "p": f"{price}", "q": "1", "m": False, "M": True, **ids}
    return msgspec.json.encode({"stream": f"btcusdt@{e}", "data": data, **envelope})


def ticker_frame(at, last=60000, **envelope):
    numbers = {"c": f"{last}", "b": f"{last}", "a": f"{last + 1}", "v": "1", "q": "1", "n": 1, "P": "0"}
    data = {"e": "24hrTicker", "E": round(1000 * at), "s": "BTCUSDT", **numbers}
    return msgspec.json.encode({"stream": "btcusdt@ticker", "data": data, **envelope})


def resolved(strategy_id, symbol=None, version=1, **changed):
    spec = CATALOGUE[strategy_id]
    return Resolved(
        strategy_id=strategy_id,
        symbol=symbol,
        parameters={**spec.defaults, **changed},
        version=version,
        source="symbol" if symbol else "global",
        is_override=symbol is not None,
        hash=f"hash of {version}",
        changed_at=START,
    )


def halted(scope):
    return Halts([HaltRecord(**scope._asdict(), halted=True, reason="r", actor="a", at=START)])


def test_a_book_that_is_kept_whole_is_judged_like_any_and_forgotten_when_it_is_lost():
    made, signals, clock = engine(["orderbook_skew"], full_books=FullBooks(levels=5, max_books=10))
    made.process(change(9, 10))
    made.process(snapshot(1, 1, 10))
    assert not signals

    clock.now += 0.25
    made.process(change(11, 12, [["60000", "90"]]))
    assert [(signal.action, signal.symbol) for signal in signals] == [("buy", "BTCUSDT")]

    made.process(change(20, 21))
    market = made.admission.find("BTCUSDT", "binance/spot")
    assert not market.is_live(clock.now, 5.0)
    assert made.withdrawals == 1
    made.process(snapshot(1, 1, 21))
    assert (market.is_live(clock.now, 5.0), market.last_id) == (True, 21)


def test_a_skewed_book_becomes_a_signal_that_names_its_configuration_and_its_book():
    strategy, signals, clock = engine()
    strategy.strategies.in_force, _ = take_over(defaults(), [resolved("orderbook_skew", "BTCUSDT", 7)])
    strategy.process(depth(1, 1, 10))
    clock.now += 0.25
    strategy.process(depth(2, 1, 11))
    (signal,) = signals
    assert (signal.strategy_id, signal.symbol, signal.action) == ("orderbook_skew", "BTCUSDT", "buy")
    used = signal.metadata["strategy_config"]
    assert (used["version"], used["source"], used["is_override"], used["hash"]) == (
        7, "symbol", True, "hash of 7",
    )  # fmt: skip
    assert used["parameters"] == CATALOGUE["orderbook_skew"].defaults
    seen = {"venue": "binance", "form": "spot", "update_id": 11, "state": "live", "age_ms": 0}
    assert signal.metadata["book"] == seen


def test_a_changed_threshold_decides_from_the_next_message_on_and_windows_stay():
    strategy, signals, _ = engine(["orderbook_skew"])
    strategy.process(depth(1.5, 1, 1))
    strategy.process(depth(1, 1, 2))
    strategy.strategies.in_force, _ = take_over(
        strategy.strategies.in_force, [resolved("orderbook_skew", None, 2, buy_threshold=2.0)]
    )
    strategy.process(depth(1.5, 1, 3))
    strategy.process(depth(2.5, 1, 4))
    assert [s.metadata["strategy_config"]["version"] for s in signals] == [0, 2]
    assert signals[1].metadata["book"]["update_id"] == 4


def test_state_stays_when_configuration_changes():
    strategy, signals, clock = engine(["trade_momentum"])
    for step in range(9):
        clock.now += 1
        strategy.process(trade_frame(step, 100 + step * step, clock.now))
    strategy.strategies.in_force, _ = take_over(
        strategy.strategies.in_force, [resolved("trade_momentum", version=2)]
    )
    assert signals == []
    clock.now += 1
    strategy.process(trade_frame(9, 200.0, clock.now))
    assert len(signals) == 1  # the tenth trade of the window, nine of them from before


def test_a_signal_names_no_book_that_was_withdrawn():
    """The tenth trade shows that the book was another coin's, and is the signal."""
    strategy, signals, clock = engine(["trade_momentum", "orderbook_skew"])
    strategy.process(depth(1, 1, 11))
    for number in range(10):
        clock.now += 0.1
        strategy.process(trade_frame(number, 100 + number * number, clock.now))
    (signal,) = signals
    assert (signal.strategy_id, signal.metadata["book"]) == ("trade_momentum", None)


def test_a_trade_that_comes_on_both_streams_counts_once():
    strategy, signals, clock = engine(["trade_momentum"])
    for number in range(10):
        assert signals == []
        clock.now += 1
        for stream in ("trade", "aggTrade"):
            strategy.process(trade_frame(number, 100 + number * number, clock.now, stream))
    assert len(signals) == 1


def test_a_touch_that_comes_late_is_refused_and_counted():
    strategy, _, _ = engine(["cross_exchange_spread"])
    for update_id in (10, 9, 11):
        data = {"u": update_id, "s": "BTCUSDT", "b": "1", "B": "1", "a": "2", "A": "1"}
        strategy.process(msgspec.json.encode({"stream": "btcusdt@bookTicker", "data": data}))
    assert strategy.refused == {"out_of_date": 1}


def test_a_report_from_far_ahead_is_refused_and_counted_and_silences_none_after_it():
    strategy, _, clock = engine(["onchain_metrics"])
    flows = {"exchange_inflow": 1, "exchange_outflow": 2, "largest_transfers": []}
    for seconds in (-7200, 365 * 86_400, -3600):
        data = flows | {"E": round(1000 * (clock.now + seconds))}
        strategy.process(msgspec.json.encode({"stream": "btc@onchain", "data": data}))
    assert strategy.refused == {"ahead_of_time": 1}
    assert len(strategy.strategies.by_name["onchain_metrics"].states["BTCUSDT"].reports) == 2


def test_a_symbol_goes_by_its_own_level_and_the_others_by_the_global_one():
    strategy, signals, _ = engine(["orderbook_skew"])
    strategy.strategies.in_force, _ = take_over(
        defaults(),
        [resolved("orderbook_skew", None, 3), resolved("orderbook_skew", "ETHUSDT", 5, buy_threshold=3.0)],
    )
    for symbol in ("BTCUSDT", "ETHUSDT"):
        strategy.process(depth(2, 1, 1, symbol))
    assert [signal.symbol for signal in signals] == ["BTCUSDT"]


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (Scope(), []),
        (Scope("orderbook_skew"), []),
        (Scope("", "BTCUSDT"), ["ETHUSDT"]),
        (Scope("orderbook_skew", "ETHUSDT"), ["BTCUSDT"]),
        (Scope("trade_momentum"), ["BTCUSDT", "ETHUSDT"]),
    ],
)
def test_what_is_halted_lets_no_signal_out_and_the_rest_does(scope, left):
    strategy, signals, _ = engine(["orderbook_skew"])
    strategy.strategies.halts = halted(scope)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        strategy.process(depth(2, 1, 1, symbol))
    assert [signal.symbol for signal in signals] == left
    assert strategy.strategies.suppressed["orderbook_skew"] == 2 - len(left)


def test_what_is_halted_is_built_as_usual_and_handed_to_who_keeps_it_with_the_widest_halt():
    _, usual, _ = decisions = engine(["orderbook_skew"])
    held: list[tuple[Signal, HaltRecord]] = []
    strategy, signals, _ = engine(["orderbook_skew"], hold_back=lambda *each: held.append(each))
    scopes = (Scope("orderbook_skew", "BTCUSDT"), Scope("", "BTCUSDT"))
    strategy.strategies.halts = Halts(
        [record for scope in scopes for record in halted(scope).records.values()]
    )
    for each in (strategy, decisions[0]):
        each.process(depth(2, 1, 1))
    assert signals == []
    assert [signal for signal, _ in held] == usual
    assert [halt.scope for _, halt in held] == [Scope("", "BTCUSDT")]


SCOPES = st.sampled_from(
    [
        Scope(),
        Scope("orderbook_skew"),
        Scope("", "BTCUSDT"),
        Scope("orderbook_skew", "ETHUSDT"),
        Scope("", "XRPUSDT"),
    ]
)
MOMENTS = st.lists(
    st.tuples(
        st.sampled_from(["BTCUSDT", "ETHUSDT"]), st.sampled_from([0.4, 1, 2]), st.sets(SCOPES, max_size=3)
    ),
    max_size=30,
)


@settings(deadline=None)
@given(MOMENTS)
def test_whatever_is_halted_when_what_left_and_what_was_held_back_is_what_would_have_been_decided(moments):
    usual, decided, _ = engine(["orderbook_skew"])
    decisions: list[tuple[Signal, set[Scope], bool]] = []
    now: set[Scope] = set()
    strategy = Engine(
        ["orderbook_skew"],
        lambda signal: decisions.append((signal, now, True)),
        hold_back=lambda signal, _: decisions.append((signal, now, False)),
        clock=Clock(),
    )
    for number, (symbol, bid, now) in enumerate(moments, 1):
        strategy.strategies.halts = Halts(
            record for scope in now for record in halted(scope).records.values()
        )
        for each in (usual, strategy):
            each.process(depth(bid, 1, number, symbol))
    assert [signal for signal, _, _ in decisions] == decided
    for signal, scopes, left in decisions:
        covering = {
            Scope(),
            Scope("orderbook_skew"),
            Scope("", signal.symbol),
            Scope("orderbook_skew", signal.symbol),
        }
        assert left == scopes.isdisjoint(covering)
    assert (strategy.strategies.signals.total(), strategy.strategies.suppressed.total()) == (
        sum(left for _, _, left in decisions),
        sum(not left for _, _, left in decisions),
    )


def test_state_stays_warm_while_halted_and_nothing_swallowed_comes_out_later():
    strategy, signals, _ = engine(["orderbook_skew"])
    strategy.strategies.halts = halted(Scope())
    strategy.process(depth(2, 1, 1))
    strategy.strategies.halts = Halts()
    strategy.process(depth(2, 1, 2))
    assert signals == []
    strategy.process(depth(1, 1, 3))
    strategy.process(depth(2, 1, 4))
    assert len(signals) == 1


def test_a_failing_strategy_is_counted_logged_once_and_stops_nobody(monkeypatch, caplog):
    def fail(*_):
        raise ZeroDivisionError("by design")

    strategy, signals, _ = engine(["orderbook_skew", "cross_exchange_spread"])
    running = strategy.strategies.by_name["cross_exchange_spread"]
    monkeypatch.setattr(running, "evaluator", replace(running.evaluator, evaluate=fail))
    with caplog.at_level(logging.ERROR):
        for update_id in range(1, 6):
            strategy.process(depth(2 if update_id % 2 else 1, 1, update_id))
    assert len(signals) == 3
    assert strategy.strategies.failures == {("cross_exchange_spread", "ZeroDivisionError"): 5}
    assert len([r for r in caplog.records if "strategy_failed" in r.message]) == 1
    assert caplog.records[0].exc_info


def empty(update_id, name="btcusdt@depth20@100ms", **envelope):
    data = {"lastUpdateId": update_id, "bids": [], "asks": []}
    return msgspec.json.encode({"stream": name, "data": data, **envelope})


def test_a_book_without_levels_ends_the_condition_that_held_as_one_with_one_side_does():
    for levels in ([], [["1", "0"]]):
        strategy, signals, _ = engine(["orderbook_skew"])
        strategy.process(depth(2, 1, 1))
        data = {"lastUpdateId": 2, "bids": levels, "asks": []}
        strategy.process(msgspec.json.encode({"stream": "btcusdt@depth20", "data": data}))
        strategy.process(depth(2, 1, 3))
        assert [signal.action for signal in signals] == ["buy", "buy"]
        assert strategy.refused == {"empty_book": 1}


def test_a_book_without_levels_that_comes_late_or_from_another_market_ends_nothing():
    strategy, signals, clock = engine(["orderbook_skew"])
    strategy.process(depth(2, 1, 5))
    strategy.process(empty(4))
    strategy.process(empty(6, source="kraken-websocket"))
    strategy.process(empty(7, timestamp=round(1000 * (clock.now - 31))))
    strategy.process(depth(2, 1, 8))
    assert [signal.action for signal in signals] == ["buy"]
    assert strategy.refused == {"empty_book": 3}


def test_a_venue_whose_book_lost_all_its_levels_is_left_out():
    def found(*between):
        strategy, signals, clock = engine(["cross_exchange_spread"])
        for number in range(1, 5):
            strategy.process(touch_frame(number, 100, 100.1))
            strategy.process(touch_frame(number, 101, 101.1, source="coinbase-websocket"))
            clock.now += 1
            if number == 2:
                for frame in between:
                    strategy.process(frame)
        return len(signals)

    assert found() == 1
    assert found(empty(9, source="coinbase-websocket")) == 0
    assert found(empty(9, source="kraken-websocket")) == 1


@pytest.mark.parametrize(
    ("venue", "action", "price"),
    [("binance", "sell", 101), ("coinbase", "buy", 100.1), ("okx", "hold", 100.1)],
)
def test_a_gap_is_reported_as_whoever_trades_at_one_venue_must_read_it(venue, action, price):
    """Dear is Binance, where nobody must buy."""
    strategy, signals, clock = engine(["cross_exchange_spread"], executing_venue=venue)
    for number in range(1, 5):
        strategy.process(touch_frame(number, 101, 101.1))
        strategy.process(touch_frame(number, 100, 100.1, source="coinbase-websocket"))
        clock.now += 1
    (signal,) = signals
    assert (signal.exchange, signal.action, signal.price) == (venue, action, price)
    assert [(leg.venue, leg.action, leg.price) for leg in signal.legs] == [
        ("coinbase", "buy", 100.1),
        ("binance", "sell", 101),
    ]
    assert strategy.strategies.signals == {("cross_exchange_spread", action): 1}


def touch_frame(update_id, bid, ask, **envelope):
    data = {"u": update_id, "s": "BTCUSDT", "b": f"{bid}", "B": "1", "a": f"{ask}", "A": "1"}
    return msgspec.json.encode({"stream": "btcusdt@bookTicker", "data": data, **envelope})


def test_only_the_strategies_asked_for_run_and_only_what_they_read_is_decoded():
    strategy, signals, _ = engine(["trade_momentum"])
    strategy.process(depth(2, 1, 1))
    assert signals == []
    assert strategy.ignored == {"depth": 1}


def test_bad_messages_are_refused_by_reason_and_never_become_signals():
    strategy, signals, _ = engine()
    strategy.process(b"nonsense")
    strategy.process(depth("NaN", 1, 1))
    crossed = {"lastUpdateId": 2, "bids": [["2", "9"]], "asks": [["1", "1"]]}
    strategy.process(msgspec.json.encode({"stream": "btcusdt@depth20", "data": crossed}))
    strategy.process(depth(1, 1, 5))
    strategy.process(depth(2, 1, 5))
    assert signals == []
    assert strategy.refused == {"not_json": 1, "bad_number": 1, "crossed": 1, "repeated": 1}


def test_each_partition_decides_about_its_own_symbols():
    decisions = []
    for index in range(2):
        strategy, signals, _ = engine(["orderbook_skew"], partition=Partition(index, 2))
        for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"):
            strategy.process(depth(2, 1, 1, symbol))
        decisions.append({signal.symbol for signal in signals})
    assert decisions[0] | decisions[1] == {"BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"}
    assert not decisions[0] & decisions[1]


def test_the_partition_of_bitcoin_decides_about_dominance():
    owner = 0 if Partition(0, 2).owns("BTCUSDT") else 1
    decisions = []
    for index in range(2):
        strategy, signals, clock = engine(["btc_dominance"], partition=Partition(index, 2))
        for percent in (71, 72):
            clock.now += 60
            strategy.process(ticker_frame(clock.now))
            data = {"E": int(clock.now), "btc_dominance": percent}
            strategy.process(msgspec.json.encode({"stream": "global@dominance", "data": data}))
        decisions.append(len(signals))
    assert decisions == ([1, 0] if owner == 0 else [0, 1])


def test_a_clock_set_back_does_not_turn_time_around():
    strategy, _, clock = engine(["ticker_velocity"])
    for step, now in enumerate((START, START + 10, START - 20, START + 20)):
        clock.now = now
        strategy.process(ticker_frame(START + step))
    times = list(strategy.strategies.by_name["ticker_velocity"].states["BTCUSDT"].times)
    assert times == sorted(times)


RECORDED = ["spot_btc_eth_20240808", "usdm_btc_eth_20240808", "spot_10sym_20210405"]


def replayed(name, *, change_after=None, limit=None):
    """Signals of a recorded market; from one frame on under another threshold."""
    files = [DATA / f"{name}.{part}.ndjson.gz" for part in ("raw", "depth20")]
    if not all(path.exists() for path in files):
        pytest.skip("the recorded markets are not on this machine")
    signals: list[Signal] = []
    clock = Clock(0.0)
    strategy = Engine(tuple(EVALUATORS), signals.append, clock=clock)
    for number, arrival in enumerate(merged([Recording(path) for path in files])):
        if number == limit:
            break
        if number == change_after:
            changed = resolved("orderbook_skew", None, 2, buy_threshold=2.9, sell_threshold=0.31)
            strategy.strategies.in_force, _ = take_over(strategy.strategies.in_force, [changed])
        clock.now = arrival.at_us / 1e6
        strategy.process(arrival.frame)
    return strategy, signals


@pytest.mark.recordings
@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_market_gives_the_same_signals_every_time(name):
    first, signals = replayed(name)
    _, again = replayed(name, limit=30_000)
    assert len(again) > 20
    assert signals[: len(again)] == again
    assert not first.strategies.failures
    assert {signal.strategy_id for signal in signals} >= {"orderbook_skew", "trade_momentum"}


@pytest.mark.recordings
def test_a_threshold_changed_half_way_changes_the_signals_from_there_on():
    half, whole = 20_000, 40_000
    _, usual = replayed(RECORDED[0], limit=whole)
    _, changed = replayed(RECORDED[0], change_after=half, limit=whole)
    _, before = replayed(RECORDED[0], limit=half)
    assert changed[: len(before)] == usual[: len(before)] == before
    after = [s for s in changed[len(before) :] if s.strategy_id == "orderbook_skew"]
    assert after
    for signal in after:
        assert signal.metadata["strategy_config"]["version"] == 2
        assert not 0.31 < signal.indicators["ratio"] < 2.9
    others = [[s for s in run if s.strategy_id != "orderbook_skew"] for run in (usual, changed)]
    assert others[0] == others[1]  # their windows went through the change untouched


def test_books_of_one_market_and_tickers_of_another_do_not_decide_together():
    """Coinbase is heard first, and sends its tickers before Binance does; the book that is live is Binance's."""
    strategy, signals, clock = engine(["ticker_velocity", "btc_dominance", "orderbook_skew"])
    strategy.process(ticker_frame(clock.now, last=66000, source="coinbase-websocket"))
    strategy.process(depth(1, 1, 1))
    for second in range(1, 61):
        clock.now += 1
        strategy.process(depth(1, 1, 1 + second))
        strategy.process(ticker_frame(clock.now, last=66000 + second, source="coinbase-websocket"))
        if second % 10 == 9:
            strategy.process(ticker_frame(clock.now))
        if second in (30, 60):
            data = {"E": int(clock.now), "btc_dominance": 71 + second / 100}
            strategy.process(msgspec.json.encode({"stream": "global@dominance", "data": data}))
    kept = strategy.strategies.by_name["ticker_velocity"].states["BTCUSDT"]
    assert set(kept.prices) == {60000.0}
    assert [(signal.strategy_id, signal.price) for signal in signals] == [("btc_dominance", 60000.5)]

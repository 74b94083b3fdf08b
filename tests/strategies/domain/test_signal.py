"""The signal exactly as others read it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halts.domain import UNKNOWN, HaltRecord
from strategies.domain.decision import Decision, Edge, Leg, confidence
from strategies.domain.quantity import floor_quantity, usual_quantity
from strategies.domain.signal import (
    BookSeen,
    ConfigurationUsed,
    Fate,
    KeptSignal,
    fate_under,
    kept,
    make_signal,
    stops_of,
    strength_of,
)

USED = ConfigurationUsed(7, "symbol", True, "9f2c", {"top_levels": 5, "exchanges": ("binance", "okx")})
SEEN = BookSeen("binance", "spot", 5123, "live", 14)
DECISION = Decision(
    symbol="BTCUSDT",
    action="buy",
    confidence=0.83,
    price=61000.0,
    current_price=61000.5,
    indicators={"ratio": 1.62, "spread_percent": 0.0002},
    rationale="bid/ask quantity 1.62 over 5 levels is above 1.2, spread 0.0002 % is within 0.1 %",
)
MADE_AT = 1_795_445_012.674


def made(**changed):
    decision = msgspec.structs.replace(DECISION, **changed)
    return make_signal("orderbook_skew", "Order Book Skew", decision, USED, SEEN, MADE_AT)


def test_the_json_is_that_of_the_contract():
    signal = msgspec.json.decode(msgspec.json.encode(made()))
    identity = signal.pop("id")
    assert len(identity) == 36
    assert signal.pop("signal_id") == signal.pop("correlation_id") == identity
    assert signal == {
        "strategy_id": "orderbook_skew",
        "strategy": "Order Book Skew",
        "strategy_mode": "deterministic",
        "symbol": "BTCUSDT",
        "action": "buy",
        "signal_type": "buy",
        "confidence": 0.83,
        "confidence_score": 0.83,
        "strength": "strong",
        "price": 61000.0,
        "current_price": 61000.5,
        "quantity": 0.0016,
        "target_price": 64050.0,
        "stop_loss": 59780.0,
        "stop_loss_pct": 0.02,
        "take_profit": 64050.0,
        "take_profit_pct": 0.05,
        "timeframe": "tick",
        "order_type": "market",
        "time_in_force": "GTC",
        "source": "realtime_strategies",
        "timestamp": "2026-11-23T14:43:32.674Z",
        "rationale": "bid/ask quantity 1.62 over 5 levels is above 1.2, spread 0.0002 % is within 0.1 %",
        "indicators": {"ratio": 1.62, "spread_percent": 0.0002},
        "metadata": {
            "strategy_config": {
                "version": 7,
                "source": "symbol",
                "is_override": True,
                "hash": "9f2c",
                "parameters": {"top_levels": 5, "exchanges": ["binance", "okx"]},
            },
            "book": {"venue": "binance", "form": "spot", "update_id": 5123, "state": "live", "age_ms": 14},
        },
    }
    assert next(iter(signal)) == "strategy_id"


@pytest.mark.parametrize("fate", [Fate("sent"), Fate("held_back"), fate_under(UNKNOWN)])
def test_what_is_kept_is_what_would_be_published_and_its_fate(fate):
    published = msgspec.json.encode(made())
    written = msgspec.json.decode(kept(published, fate))
    assert written == msgspec.json.decode(published) | {"state": fate.state, "halted_by": None}
    assert msgspec.json.decode(kept(published, fate), type=KeptSignal).state == fate.state


def test_what_is_kept_without_a_fate_was_sent():
    found = msgspec.json.decode(msgspec.json.encode(made()), type=KeptSignal)
    assert (found.state, found.halted_by) == ("sent", None)


def test_a_halt_is_named_without_who_and_why():
    halt = HaltRecord(symbol="BTCUSDT", halted=True, reason="secret", actor="rita", at=MADE_AT)
    written = msgspec.to_builtins(fate_under(halt))
    by = {"strategy_id": None, "symbol": "BTCUSDT", "at": "2026-11-23T14:43:32.674Z"}
    assert written == {"state": "halted", "halted_by": by}


LEGS = (
    Leg("kraken", "spot", "buy", 60000.0, 0.0083),
    Leg("coinbase", "spot", "sell", 60360.0, 0.0083),
)


def test_a_signal_of_several_venues_states_where_it_is_and_what_its_legs_are():
    signal = msgspec.json.decode(msgspec.json.encode(made(exchange="kraken", legs=LEGS)))
    assert signal["exchange"] == "kraken"
    assert signal["legs"] == [
        {"venue": "kraken", "form": "spot", "action": "buy", "price": 60000.0, "quantity": 0.0083},
        {"venue": "coinbase", "form": "spot", "action": "sell", "price": 60360.0, "quantity": 0.0083},
    ]


def test_one_that_holds_has_neither_target_nor_stop():
    signal = msgspec.json.decode(msgspec.json.encode(made(action="hold", exchange="binance", legs=LEGS)))
    assert (signal["action"], signal["signal_type"], signal["exchange"]) == ("hold", "hold", "binance")
    names = ("target_price", "stop_loss", "stop_loss_pct", "take_profit", "take_profit_pct")
    assert [signal[name] for name in names] == [None] * 5
    assert len(signal["legs"]) == 2


def test_a_sale_has_its_stop_above_and_its_target_below():
    signal = made(action="sell", confidence=0.65)
    assert (signal.stop_loss, signal.take_profit) == (62830.0, 58560.0)
    assert (signal.stop_loss_pct, signal.take_profit_pct) == (0.03, 0.04)


def test_the_same_decision_has_the_same_id_and_another_one_another():
    assert made().id == made().id
    assert made().id != made(price=61000.1).id


@pytest.mark.parametrize(
    ("sureness", "word"), [(0.95, "extreme"), (0.9, "extreme"), (0.89, "strong"), (0.7, "strong"),
                           (0.69, "medium"), (0.5, "medium"), (0.49, "weak"), (0.0, "weak")]
)  # fmt: skip
def test_strength(sureness, word):
    assert strength_of(sureness) == word


@pytest.mark.parametrize(
    ("sureness", "stops"),
    [
        (0.95, (0.02, 0.05)),
        (0.8, (0.02, 0.05)),
        (0.79, (0.03, 0.04)),
        (0.6, (0.03, 0.04)),
        (0.59, (0.05, 0.03)),
    ],
)
def test_stops(sureness, stops):
    assert stops_of(sureness) == stops


@pytest.mark.parametrize(
    ("sureness", "written", "word", "stop"),
    [
        (0.799974, 0.8, "strong", 0.03),
        (0.699952, 0.7, "medium", 0.03),
        (0.599951, 0.6, "medium", 0.05),
        (0.899951, 0.9, "strong", 0.02),
        (0.65 + 0.3 * 0.5, 0.8, "strong", 0.02),
        (0.95 - 0.15, 0.8, "strong", 0.02),  # in floats a little less
        (0.1 + 0.7, 0.8, "strong", 0.02),
    ],
)
def test_stops_and_strength_go_by_the_confidence_before_it_is_rounded(sureness, written, word, stop):
    signal = made(confidence=sureness)
    assert (signal.confidence, signal.confidence_score) == (written, written)
    assert (signal.strength, signal.stop_loss_pct) == (word, stop)


@pytest.mark.parametrize(
    ("price", "quantity"),
    [(61000.0, 0.0016), (10_000.01, 0.01), (10_000.0, 0.01), (2600.0, 0.02), (100.01, 0.5), (100.0, 0.2),
     (0.5821, 34.36), (0.00001234, 1620745.54), (3_000_000.0, 0.0001), (9_999.0, 0.01)],
)  # fmt: skip
def test_the_usual_quantity(price, quantity):
    assert usual_quantity(price) == quantity


@given(st.floats(1e-6, 1e6), st.floats(1e-8, 1e7))
def test_a_cut_quantity_is_never_more_than_asked(quantity, price):
    unit = 0.0001 if price > 10_000 else 0.01
    cut = floor_quantity(quantity, price)
    assert cut <= quantity * (1 + 1e-9)
    assert cut > quantity * (1 - 1e-9) - unit


def test_cutting_does_not_lose_what_arithmetic_loses():
    assert floor_quantity(0.29, 50.0) == 0.29


@given(st.floats(0.5, 1.0), st.floats(-5, 5))
def test_confidence_is_between_its_base_and_the_highest(base, score):
    value = confidence(base, score)
    assert min(base, 0.95) - 1e-12 <= value <= 0.95


def test_confidence_grows_evenly():
    assert confidence(0.7) == pytest.approx(0.7)
    assert confidence(0.7, 0.5) == pytest.approx(0.825)
    assert confidence(0.7, 1.0) == pytest.approx(0.95)


def test_prices_keep_their_digits_and_gain_none():
    signal = made(price=98765432101.0, current_price=98765432102.0)
    assert (signal.price, signal.current_price) == (98765432101.0, 98765432102.0)
    assert (signal.stop_loss, signal.take_profit) == (96790123458.98, 103703703706.05)
    assert made(current_price=(1.1 + 2.2) / 2).current_price == 1.65
    assert made(price=0.00001234567891234).price == 0.00001234567891234


def test_measures_are_written_without_what_arithmetic_adds():
    signal = made(indicators={"ratio": 1.1 + 2.2, "spread_percent": -0.0, "change": 2 / 3})
    assert signal.indicators == {"ratio": 3.3, "spread_percent": 0.0, "change": 0.666666666667}
    assert not str(signal.indicators["spread_percent"]).startswith("-")


def test_an_edge_rises_once_per_condition():
    edge = Edge()
    written = [edge.rises(action) for action in (None, "buy", "buy", "sell", "sell", None, "sell")]
    assert written == [False, True, False, True, False, False, True]

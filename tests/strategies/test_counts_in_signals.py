"""A count among a signal's indicators stays a whole number, from the decision to the page."""

import msgspec

from metrics.templatetags.figures import indicator
from strategies.domain.decision import Decision
from strategies.domain.signal import ConfigurationUsed, Signal, make_signal
from tests.strategies.scenes import START


def signal() -> Signal:
    decision = Decision(
        symbol="BTCUSDT",
        action="buy",
        confidence=0.75,
        price=60123.4,
        current_price=60120.0,
        indicators={"gap_percent": 2.0, "observations": 4},
        rationale="the gap of 200 bps is at least 50 bps",
    )
    used = ConfigurationUsed(0, "default", False, "9f2c", {})
    return make_signal("cross_exchange_spread", "Cross-Exchange Spread", decision, used, None, START)


def test_from_the_decision_to_the_page():
    kept = msgspec.json.decode(msgspec.json.encode(signal()), type=Signal)
    assert {name: indicator(value) for name, value in kept.indicators.items()} == {
        "gap_percent": "2.00000",
        "observations": "4",
    }

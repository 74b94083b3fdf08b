"""A state takes over when it last decided, in place of what it remembers."""

import pytest

from strategies.domain.evaluators import EVALUATORS
from strategies.domain.pause import Earlier

PAIR, OTHER = frozenset({"binance", "okx"}), frozenset({"binance", "kraken"})


@pytest.mark.parametrize(
    ("strategy_id", "last", "never"),
    [
        ("btc_dominance", 7.0, float("-inf")),
        ("onchain_metrics", 7.0, float("-inf")),
        ("cross_exchange_spread", {PAIR: 5.0, OTHER: 7.0}, {}),
    ],
)
def test_it_takes_over_the_newest(strategy_id: str, last: object, never: object):
    evaluator = EVALUATORS[strategy_id]
    state, pause = evaluator.new_state(), evaluator.pause
    assert pause
    pause.resume(state, [Earlier(7.0, OTHER), Earlier(5.0, PAIR), Earlier(3.0, OTHER)])
    assert state.signalled_at == last
    pause.resume(state, [])
    assert state.signalled_at == never


def test_every_strategy_with_a_shortest_time_between_two_signals_has_a_pause():
    pausing = {name for name, each in EVALUATORS.items() if each.pause}
    named = {n for n, e in EVALUATORS.items() if "min_signal_interval" in e.parameters.__struct_fields__}
    assert pausing == named

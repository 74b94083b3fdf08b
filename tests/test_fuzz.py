"""A short run of the fuzzer; `make fuzz` takes a million messages."""

import os

from metrics.domain.reasons import REFUSALS
from tests.fuzz import EVERY_KIND, fuzz

MESSAGES = int(os.environ.get("FUZZ_MESSAGES", "50000"))


def test_damaged_messages__refused_and_harmless():
    outcome = fuzz(MESSAGES, seed=20_240_808)
    assert outcome.growth_mb < 8, outcome
    assert outcome.accepted > MESSAGES / 50, outcome
    assert set(outcome.kinds) == {kind.__name__ for kind in EVERY_KIND}, outcome
    assert len(outcome.signals) >= 3, outcome
    # The mutations reach every refusal, or the run would prove little.
    assert set(outcome.refused) >= set(REFUSALS) - {"too_large"}, outcome
    assert outcome.most_markets >= 5, outcome
    assert outcome.ignored["diff_depth"] > MESSAGES / 50, outcome

"""A short run of the fuzzer; `make fuzz` takes a million messages."""

import os
import subprocess
import sys

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


def test_the_fuzzer_runs_by_itself():
    """As `make fuzz` runs it: nothing that it fuzzes needs the settings."""
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-m", "tests.fuzz", "--messages", "500"]
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("500 messages in ")

"""`manage.py what_if`: what it cannot ask is told in one sentence, before anything is read."""

import subprocess
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.servers import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
NOON, LATER = "2026-11-29T12:00:00Z", "2026-11-29T13:00:00Z"
EXAMPLE = "examples/binance_spot_btc_eth.ndjson.gz"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--symbol ВТСUSDT", "--symbol must be 2 to 32 letters .* character 1 is В"),
        ("--symbol global", "--symbol must not be GLOBAL"),
        (f"--from {LATER} --to {NOON}", "--from must be before --to."),
        ("--from 2200-01-01T00:00:00Z", "--from must be before now."),
        (f"--from {NOON} --last 5m", "Give --last or --from, and not both."),
        (f"--recording {EXAMPLE} --last 5m", "Give --last or --recording, and not both."),
        ("--from 2026-11-29T12:00:00", "argument --from: must name its zone, such as"),
        (f"--from {NOON} --from {LATER}", "argument --from: may be given once"),
        ("--last 0m", "argument --last: 0m is no length of time such as 90s"),
        ("--set buy_threshold=1.5 --set buy_threshold=1.6", "--set names buy_threshold twice."),
        ("--sweep buy_threshold=1,2 --sweep top_levels=5,6", "argument --sweep: may be given once"),
        ("--sweep buy_threshold=1.5,1.5", "argument --sweep: 1.5 is given twice"),
        ("--sweep buy_threshold=1.5,null", "argument --sweep: null is no value that can be tried"),
        ("--set buy_threshold=1e400", "It may not be set: buy_threshold must be a"),
        ("--set buy_threshold=NaN", "It may not be set: buy_threshold must be a"),
    ],
)
@pytest.mark.usefixtures("nothing_set")
def test_what_cannot_be_asked_is_said_in_a_sentence(arguments: str, sentence: str):
    words = arguments.split()
    if "It may not" in sentence:
        words += ["--recording", EXAMPLE]
    with pytest.raises(CommandError, match=sentence):
        call_command("what_if", "orderbook_skew", *words)


@pytest.mark.parametrize("question", [b"", b"garbage\n", b"{}\n", b"\xff\n"])
def test_a_job_that_is_asked_nothing_says_so_and_fails(question: bytes):
    command = [sys.executable, "manage.py", "what_if", "--job"]
    job: Any = subprocess.run(command, input=question, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert job.returncode == 1
    assert job.stderr.decode().strip() == "CommandError: What came on standard input is no question."
    assert not job.stdout

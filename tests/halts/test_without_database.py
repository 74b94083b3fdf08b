"""Halting and resuming from a shell while the database is away and NATS does not answer."""

import time

import pytest

from configuration.exceptions import StoreUnavailable
from configuration.ledger import Author
from configuration.models import Source
from halts import services
from halts.domain import HaltRecord, Scope
from halts.emergency_file import EmergencyHalts
from halts.landing import resume_from_shell
from halts.shell import halt
from halts.without_database import Outcome
from realtime.stack.servers import LOCALHOST, free_port

AUTHOR = Author(source=Source.COMMAND, name="somebody", reason="why")


@pytest.fixture(autouse=True)
def file(settings, tmp_path, monkeypatch):
    def away(*_args, **_kwargs):
        raise StoreUnavailable

    for name in ("put_on_record", "resume"):
        monkeypatch.setattr(services, name, away)
    settings.STATE_DIR = tmp_path
    settings.NATS_URL = f"nats://{LOCALHOST}:{free_port()}"
    return EmergencyHalts(tmp_path / "strategies")


def decide(halted: bool) -> Outcome:
    if halted:
        return halt("", "", "why", 1.0)
    return resume_from_shell(Scope(), author=AUTHOR)


@pytest.mark.parametrize("halted", [True, False])
def test_the_last_word_is_later_than_one_by_a_clock_a_little_ahead(file: EmergencyHalts, halted: bool):
    before = HaltRecord(halted=not halted, reason="r", actor="a", at=round(time.time() + 3, 3))
    file.add(before)
    assert decide(halted).ways == ["file"]
    file.refresh()
    (record,) = file.records
    assert (record.halted, record.at > before.at) == (halted, True)


def test_a_halt_that_is_dated_far_ahead_is_not_reported_as_lifted(file: EmergencyHalts):
    file.add(HaltRecord(halted=True, reason="r", actor="a", at=time.time() + 60))
    outcome = decide(False)
    assert outcome.ways == []
    assert [problem.partition(":")[0] for problem in outcome.problems] == ["database", "clock"]
    file.refresh()
    assert [record.halted for record in file.records] == [True]
    assert decide(True).ways == ["file"]


def test_a_shell_reports_what_a_halt_found_on_this_machine(file: EmergencyHalts):
    """The database, where it answers, knows better."""
    file.add(
        HaltRecord(strategy_id="orderbook_skew", halted=True, reason="odd books", actor="rita", at=1.7e9)
    )
    outcome = halt("orderbook_skew", "", "maintenance", 1.0)
    assert outcome.sentence("Halted").endswith(
        " orderbook_skew on all symbols: halted already since 2023-11-14 22:13:20 UTC, "
        "rita: “odd books”; now it is “maintenance”."
    )
    again = halt("orderbook_skew", "", "maintenance", 1.0)
    assert again.sentence("Halted").endswith("“maintenance”; nothing changed.")

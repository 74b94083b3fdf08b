"""Halts in the file of a machine on which no strategy process runs: they go on record, once, when that can be done."""

import pytest

from halts.domain import HaltRecord, Scope
from halts.emergency_file import emergency_file
from halts.handing_over import FileOfThisMachine
from halts.models import HaltChange
from tests.configuration.outage import database_away

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
BTC = HaltRecord(
    symbol="BTCUSDT", halted=True, reason="all is away", actor="rita", at=1_700_000_000.5, source="admin"
)


def on_record() -> list[tuple[str, str]]:
    return list(HaltChange.objects.order_by("at").values_list("symbol", "reason"))


def test_what_was_issued_while_the_database_was_away_goes_on_record_once():
    machine = FileOfThisMachine()
    emergency_file().add(BTC)
    with database_away():
        machine.hand_over_once()
    for _ in range(2):
        machine.hand_over_once()
        assert on_record() == [("BTCUSDT", "all is away")]
    assert HaltChange.objects.get().source == "admin"
    FileOfThisMachine().hand_over_once()  # of another web process
    assert len(on_record()) == 1


def test_what_cannot_go_on_record_keeps_nothing_else_from_it(caplog: pytest.LogCaptureFixture):
    nobody = HaltRecord(strategy_id="x" * 80, halted=True, reason="why", actor="a", at=1.0)
    silent = HaltRecord(symbol="ETHUSDT", halted=True, reason=" ", actor="a", at=1.0)
    emergency_file().add(nobody, silent, BTC)
    FileOfThisMachine().hand_over_once()
    assert on_record() == [("BTCUSDT", "all is away")]
    assert caplog.text.count("halt_not_recorded") == 2
    assert Scope(symbol="BTCUSDT") in {change.record().scope for change in HaltChange.objects.all()}

"""The files of a process: halts as somebody may have written them by hand without the database, and whose it all is."""

import json
import os
from pathlib import Path

import pytest

from halts.domain import HaltRecord
from halts.emergency_file import EmergencyHalts
from state_dir import locked
from strategies.configuration_source import Loaded
from strategies.state_files import LastKnownGood
from symbols import fault_of
from tests.symbols import LISTED, LOOK_ALIKES

HALT = HaltRecord(halted=True, reason="odd books", actor="rita", at=1.0)
WORD = {"halted": True, "reason": "odd books", "actor": "rita", "at": 1.0}


def read(directory: Path, *symbols: str) -> list[str]:
    """The symbols of the halts in a file about these."""
    (directory / "halts.json").write_text(json.dumps([{"symbol": symbol, **WORD} for symbol in symbols]))
    file = EmergencyHalts(directory)
    file.refresh()
    return [record.symbol for record in file.records]


def test_symbols_are_read_in_any_case_and_of_all_scripts(tmp_path: Path):
    assert read(tmp_path, "", "btcusdt", *LISTED) == ["", "BTCUSDT", *LISTED]


@pytest.mark.parametrize("text", [*LOOK_ALIKES, "B", "BTC USDT"], ids=ascii)
def test_what_is_no_symbol_is_left_out_with_a_sentence_and_the_others_hold(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
):
    assert read(tmp_path, text, "BTCUSDT") == ["BTCUSDT"]
    assert f"emergency_halt_not_understood rita: symbol must be {fault_of(text)}" in caplog.text


@pytest.mark.parametrize("write", ["last known good", "emergency halts"])
def test_what_is_written_is_its_owners_alone(tmp_path: Path, write: str):
    directory = tmp_path / "state" / "strategies"
    if write == "last known good":
        LastKnownGood(directory).save(Loaded("token", [], []))
    else:
        EmergencyHalts(directory).add(HALT)
    for path in (directory.parent, directory, *directory.iterdir()):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root writes for others")
def test_what_root_writes_belongs_to_whom_the_directory_belongs_to(tmp_path: Path):
    """Else a halt that root issued would be heard by nobody."""
    os.chown(tmp_path, 10001, 10001)
    EmergencyHalts(tmp_path / "strategies").add(HALT)
    for path in (tmp_path / "strategies", *(tmp_path / "strategies").iterdir()):
        assert (path.stat().st_uid, path.stat().st_gid) == (10001, 10001), path


def test_a_process_that_is_frozen_with_the_lock_stops_nobody_for_long(tmp_path: Path):
    with locked(tmp_path / "halts.json"), pytest.raises(BlockingIOError):
        EmergencyHalts(tmp_path).add(HALT)


def test_a_lock_that_leads_elsewhere_is_not_followed(tmp_path: Path):
    (tmp_path / "secret").write_text("root's own")
    (tmp_path / "halts.lock").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic links"):
        EmergencyHalts(tmp_path).add(HALT)

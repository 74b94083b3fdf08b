"""The file of halts, as somebody without the database may have written it by hand."""

import json
from pathlib import Path

import pytest

from halts.emergency_file import EmergencyHalts
from symbols import fault_of
from tests.symbols import LISTED, LOOK_ALIKES

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

"""The ledger as files: every signal of a choice with what became of it, read in parts and run by no spreadsheet."""

import csv
from io import BytesIO, StringIO

import pytest
from django.test import Client
from pyarrow import parquet

from strategies.api import export
from strategies.ledger import reading
from strategies.models import SignalRecord
from tests.strategies.ledger.signals import HALTED, at, signal, written

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("store", "nothing_set", "nobody_remembered"),
]
ADDRESS = "/api/v1/signals/export"


def rows(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.content
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text)))


def test_every_signal_with_what_became_of_it_the_newest_first_however_many_parts_it_takes(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(export, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(reading, "LOOKED_THROUGH", 3)
    signals = [signal(second, action="sell" if second in (0, 6) else "buy") for second in range(7)]
    written(*signals)
    SignalRecord.objects.filter(pk=signals[6].id).update(mid_1m=101.5, bps_1m=-12.25, unknown_1m="")
    assert [row["id"] for row in rows(Client().get(ADDRESS))] == [each.id for each in reversed(signals)]
    last, first = rows(Client().get(ADDRESS, {"action": "sell"}))
    assert (last["id"], first["id"]) == (signals[6].id, signals[0].id)
    assert (last["mid_1m"], last["bps_1m"], last["unknown_1m"]) == ("101.5", "-12.25", "")
    assert (first["bps_1m"], first["unknown_1m"], first["decided_at"]) == (
        "", "not_yet", "2023-11-14T22:14:00.000000Z",
    )  # fmt: skip
    assert not {"sent_as", "due_at"} & last.keys()


def test_parquet_has_the_types():
    written(signal(0), fate=HALTED)
    answer = Client().get(f"{ADDRESS}.parquet", {"state": "halted"})
    assert answer["Content-Disposition"] == 'attachment; filename="signals.parquet"'
    (row,) = parquet.read_table(BytesIO(answer.getvalue())).to_pylist()
    assert (row["decided_at"], row["version"], row["confidence"]) == (at(0), 7, 0.83)
    assert (row["halted_strategy"], row["halted_symbol"]) == ("orderbook_skew", None)
    assert row["bps_15m"] is None


def test_where_there_is_nothing_that_is_said_and_its_place_is_free_again():
    for _ in range(5):
        answer = Client().get(ADDRESS, {"symbol": "NOUSDT"})
        assert (answer.status_code, answer.json()["message"]) == (
            404,
            "The ledger has no signal of this choice.",
        )
    assert Client().get(ADDRESS, {"version": "x"}).status_code == 400


@pytest.mark.parametrize("form", ["export", "export.parquet"])
def test_where_nothing_is_found_for_long_the_file_begins_and_may_end_without_a_signal(
    monkeypatch: pytest.MonkeyPatch, form: str
):
    monkeypatch.setattr(export, "LOOKED_FOR", 2)
    monkeypatch.setattr(reading, "LOOKED_THROUGH", 3)
    rare = signal(0, version=8)
    written(*(signal(second) for second in range(1, 9)), rare)
    files = [
        Client().get(ADDRESS.replace("export", form), {"version": version}).getvalue() for version in (8, 9)
    ]
    if form == "export":
        assert [file.count(b"\n") for file in files] == [2, 1]
        assert files[0].splitlines()[0] == files[1].splitlines()[0]
    else:
        assert [len(parquet.read_table(BytesIO(file))) for file in files] == [1, 0]


def test_no_cell_is_run_as_a_formula():
    here = signal(0)
    written(here)
    SignalRecord.objects.filter(pk=here.id).update(market='=HYPERLINK("x")')
    (row,) = rows(Client().get(ADDRESS))
    assert row["market"].startswith("'=")

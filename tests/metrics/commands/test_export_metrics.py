"""`manage.py export_metrics`: what it writes, what it refuses, and that no half of a file is left."""

import io
import random
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pyarrow import parquet

from metrics.export import tables
from metrics.models import MinuteRollup
from tests.factories import spot_book
from tests.metrics.api.test_history import SPAN, minute

pytestmark = pytest.mark.django_db
WHEN = [f"--from={SPAN['from']}", f"--to={SPAN['to']}"]


@pytest.fixture(autouse=True)
def minutes() -> None:
    rng = random.Random(7)
    MinuteRollup.objects.bulk_create(
        minute(number, rng, number % 3, symbol) for symbol in ("BTCUSDT", "ETHUSDT") for number in range(30)
    )


def run(*words: object) -> tuple[bytes, str]:
    """What stands on standard output, and what is said."""
    out, said = io.BytesIO(), io.StringIO()
    screen = io.TextIOWrapper(out, write_through=True)
    call_command("export_metrics", *map(str, words), stdout=screen, stderr=said)
    return out.getvalue(), said.getvalue()


def test_it_writes_what_rest_answers(client: Client, reader, tmp_path: Path):
    written, said = run(*WHEN)
    assert written == client.get("/api/v1/metrics/export", SPAN).getvalue()
    assert said == "60 rows.\n"
    file = tmp_path / "minutes.parquet"
    _, said = run(*WHEN, "--format", "parquet", "--output", file, "--symbols", "ethusdt")
    assert said == f"30 rows in {file}.\n"
    table = parquet.ParquetFile(io.BytesIO(file.read_bytes())).read(use_threads=False)
    assert set(table["symbol"].to_pylist()) == {"ETHUSDT"}


def test_updates(reader, publish):
    publish(spot_book())
    written, said = run(
        "--kind", "updates", "--from", "1970-01-02T00:00:00Z", "--venue", "binance", "--form", "spot"
    )
    assert written.count(b"\n") == 2
    assert said == "1 rows.\n"


def test_a_file_is_replaced_on_request_only(tmp_path: Path):
    file = tmp_path / "minutes.csv"
    file.write_text("precious")
    with pytest.raises(CommandError, match="exists; --force replaces it"):
        run(*WHEN, "--output", file)
    assert file.read_text() == "precious"
    run(*WHEN, "--output", file, "--force")
    assert file.read_bytes() == run(*WHEN)[0]


def test_what_fails_on_the_way_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "minutes.csv"
    file.write_text("of yesterday")
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 10)

    def breaks(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("metrics.management.commands.export_metrics.os.fsync", breaks)
    with pytest.raises(CommandError, match="The file cannot be written: No space left on device"):
        run(*WHEN, "--output", file, "--force")
    assert [path.name for path in tmp_path.iterdir()] == ["minutes.csv"]
    assert file.read_text() == "of yesterday"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--from", "yesterday"], "must be a time such as 2026-11-23T14:44:32Z"),
        (["--from", SPAN["to"], "--to", SPAN["from"]], "from must be before to"),
        (["--symbols", "BTC/USDT"], "must be 2 to 32 letters"),
        (["--venue", "b/c"], "venue must be the name of a venue"),
        (["--form", "swap"], "form must be one of spot, usdm"),
        (["--kind", "ticks"], "choose from"),
        ([], "Nothing was recorded of this in this span"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(words: list[str], sentence: str, tmp_path: Path):
    with pytest.raises(CommandError, match=sentence):
        run(*words, "--output", tmp_path / "minutes.csv")
    assert not list(tmp_path.iterdir())


def test_store_away_is_told(own_store):
    own_store.stop()
    with pytest.raises(CommandError, match="The store is away: updates cannot be read"):
        run("--kind", "updates")

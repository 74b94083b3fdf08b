"""The command: options, the end of a process, and what it prints of what is there."""

from io import StringIO
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management import CommandError, call_command

from markets.recording.names import name_of
from messaging import bus
from tests.markets.recording.recorded import AT_US, numbers_in
from tests.markets.recording.test_reading import record
from tests.servers import Server, command, until

UNFINISHED = "okx_*.ndjson.gz.part"


def publish(subject: str, payload: bytes) -> None:
    async def once() -> None:
        async with bus.connected(settings.NATS_URL, "test") as client:
            await client.publish(subject, payload)

    async_to_sync(once)()


def recording(directory: Path, *options: str) -> Server:
    return command(
        "record_market",
        str(directory),
        "--subject",
        "market.okx.>",
        *options,
        log=directory.with_suffix(".log"),
    )


def on_disk(directory: Path, number: int) -> None:
    """Publish a frame until it is written."""

    def is_there() -> bool:
        publish("market.okx.trade.BTCUSDT", b'{"n":%d,"x":1}' % number)
        return any(path.stat().st_size for path in directory.glob(UNFINISHED))

    until(is_there, "a recording that is being written", 60)


def test_a_process_that_is_killed_loses_little__and_the_next_goes_on(tmp_path: Path):
    directory = tmp_path / "recordings"
    server = recording(directory)
    server.start()
    on_disk(directory, 1)
    server.kill()
    assert not list(directory.glob("*.gz"))

    server.start()
    until(lambda: list(directory.glob("*.gz")), "what was left behind", 60)
    on_disk(directory, 2)
    busy = recording(directory)
    busy.start()
    assert busy.wait() == 1
    assert "Another process records into" in busy.log.read_text()
    assert server.stop() == 0

    first, second = (set(numbers_in(path)) for path in sorted(directory.glob("*.ndjson.gz")))
    assert (first, second) == ({1}, {2})
    assert "salvaged okx_" in server.log.read_text()
    assert "recordings finished: 1," in server.log.read_text()
    call_command("record_market", str(directory), "--verify", stdout=StringIO())


def test_it_records_for_some_hours(tmp_path: Path):
    server = recording(tmp_path / "recordings", "--hours", "0.0001", "--max-bytes", "10M")
    server.start()
    until(lambda: server.ended_with() is not None, "the end", 60)
    assert server.wait() == 0
    assert "Recorded 0 frames" in server.log.read_text()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--max-bytes", "999"), "a number of bytes from 1,000,000 on"),
        (("--max-bytes", "5X"), "a number of bytes"),
        (("--hours", "0"), "must be above 0"),
        (("--subject", "a..b"), "no subject one can subscribe to"),
    ],
)
def test_options_that_make_no_sense_are_sentences(tmp_path: Path, options: tuple[str, ...], words: str):
    with pytest.raises(CommandError, match=words):
        call_command("record_market", str(tmp_path), *options)


def test_sound_recordings_are_shown_in_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    record(tmp_path, str(name_of("binance-usdm", AT_US)), [(1, "{}"), (2, "{}")])
    call_command("record_market", str(tmp_path), "--verify")
    assert "binance-usdm" in capsys.readouterr().out


def test_what_is_wrong_is_reported_with_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = record(tmp_path, "x.raw", [(1, "{}"), *((2, "no frame") for _ in range(30))])
    record(tmp_path, "y.raw", [(1, "{}")])
    with pytest.raises(CommandError, match="Not sound: 1 of 2"):
        call_command("record_market", str(tmp_path), "--verify")
    printed = capsys.readouterr().out
    assert f"{path}:2: it is no JSON object" in printed
    assert f"{path}: and 10 more" in printed


def test_nothing_to_verify_is_a_sentence(tmp_path: Path):
    with pytest.raises(CommandError, match="There is no recording in"):
        call_command("record_market", str(tmp_path), "--verify")

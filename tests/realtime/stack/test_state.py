"""Who holds the state directory, and what others believe of what stands in it."""

import fcntl
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import pytest

from realtime.stack.state import LOCK, PUBLISHED, StateDirectory, published_settings


@pytest.fixture
def looked_at(tmp_path: Path) -> Iterator[Path]:
    """A directory at whose lock somebody looks for an instant."""
    (tmp_path / LOCK).touch()
    with (tmp_path / LOCK).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        end = Timer(0.05, fcntl.flock, [lock, fcntl.LOCK_UN])
        end.start()
        yield tmp_path
        end.join()


def test_whoever_only_looks_does_not_keep_a_stack_from_starting(looked_at: Path):
    StateDirectory(looked_at).hold()


def test_settings_are_read_while_their_stack_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert published_settings(tmp_path) is None
    state = StateDirectory(tmp_path)
    state.hold()
    state.publish({"NATS_URL": "nats://here"})
    assert published_settings(tmp_path) == tmp_path / PUBLISHED
    state.withdraw()
    assert published_settings(tmp_path) is None
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("locks", [[], [LOCK]])
def test_settings_without_their_stack_are_reported_and_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], locks: list[str]
):
    StateDirectory(tmp_path).publish({"NATS_URL": "nats://nobody"})
    for name in locks:
        (tmp_path / name).touch()
    assert published_settings(tmp_path) is None
    assert (
        capsys.readouterr().err
        == f"{tmp_path / PUBLISHED} is of a stack that no longer runs, and is not read.\n"
    )


def test_a_new_stack_does_not_take_over_what_a_killed_one_left(tmp_path: Path):
    StateDirectory(tmp_path).publish({"NATS_URL": "nats://nobody"})
    StateDirectory(tmp_path).hold()
    assert published_settings(tmp_path) is None

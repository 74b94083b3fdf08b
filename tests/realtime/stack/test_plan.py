"""What is given is not started, and an invented market stays on our own NATS."""

from pathlib import Path

import pytest

from realtime.stack.plan import Child, make_plan, wants_simulator
from realtime.stack.servers import free_port
from realtime.stack.state import StateDirectory


def names(directory: Path, **environ: str) -> list[str]:
    plan = make_plan({"PORT": str(free_port())} | environ, StateDirectory(directory))
    return [child.name for child in plan.servers + plan.processes]


def test_everything_is_embedded_by_default(tmp_path: Path):
    assert names(tmp_path) == [
        "nats",
        "valkey",
        "web",
        "feed",
        "strategies",
        "alerts",
        "what-if",
        "simulator",
    ]


def test_only_what_is_missing_is_embedded(tmp_path: Path):
    assert "nats" not in names(tmp_path, NATS_URL="nats://127.0.0.1:4222")
    assert "valkey" not in names(tmp_path, REDIS_URL="redis://127.0.0.1:6379/0")


def test_an_empty_variable_is_not_given(tmp_path: Path):
    assert names(tmp_path, NATS_URL="", REDIS_URL="", SIMULATE="") == names(tmp_path)


@pytest.mark.parametrize(
    ("simulate", "nats_url", "wanted"),
    [
        ("", "", True),
        ("0", "", False),
        ("1", "", True),
        ("", "nats://desk", False),
        ("1", "nats://desk", True),
    ],
)
def test_the_market_is_invented_only_where_nobody_else_listens(simulate: str, nats_url: str, wanted: bool):
    assert wants_simulator({"SIMULATE": simulate, "NATS_URL": nats_url}) is wanted


def simulator(directory: Path, **environ: str) -> Child:
    return make_plan({"PORT": str(free_port())} | environ, StateDirectory(directory)).processes[-1]


def test_an_invented_market_is_one_venue_unless_told(tmp_path: Path):
    assert simulator(tmp_path).note == "40 symbols, 10 books a second each"
    several = simulator(tmp_path, SIMULATED_VENUES="binance, okx-usdm")
    assert several.note == "40 symbols at each of binance, okx-usdm, 10 books a second each"
    assert several.command == simulator(tmp_path).command, "it reads the variable by itself"

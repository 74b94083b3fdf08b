"""What operators choose and watch: which strategies run, probes and figures."""

from functools import partial
from pathlib import Path

import httpx
import pytest

from realtime.stack.servers import LOCALHOST, free_port
from tests.servers import until
from tests.strategies.house import House, strategies
from tests.strategies.processes.asking import (
    reports,
    statuses,
)


def test_strategies_can_be_chosen_and_disabled(house: House):
    with strategies(house, 1, "--only", "trade_momentum,orderbook_skew", "--partition", "0/2"):
        (report,) = reports(house)
        assert (report.strategies, report.partition) == (["orderbook_skew", "trade_momentum"], "0/2")
    process = house.start(
        "run_strategies", "--only", "trade_momentum", STRATEGY_ENABLED_TRADE_MOMENTUM="false"
    )
    assert process.wait(30) == 1
    assert "No strategy is left to run" in Path(house.log.name).read_text()


@pytest.mark.database
def test_probes(house: House):
    port = free_port()
    house.environment["STRATEGIES_HTTP_PORT"] = str(port)
    try:
        with strategies(house):
            house.set(top_levels=11)  # as nowhere else: a change, whatever ran before
            until(lambda: statuses(house) == ["applied"], "applied")
            assert httpx.get(f"http://{LOCALHOST}:{port}/healthz").json() == {"status": "ok"}
            name = "strategies_save_to_applied_seconds"
            for address in (port, house.port):  # the process's own, and those of all at the web process
                until(partial(has_one, address, f"{name}_count"), "the figure of the save", 5)
                text = figures_at(address)
                assert 0 < figure(text, f"{name}_sum") < 2
                assert f'{name}_bucket{{le="+Inf",process="' in text
                assert figure(text, "strategies_database_answers") == figure(text, "strategies_up") == 1
    finally:
        del house.environment["STRATEGIES_HTTP_PORT"]


def figures_at(port: int) -> str:
    return httpx.get(f"http://{LOCALHOST}:{port}/metrics").text


def has_one(port: int, name: str) -> bool:
    return figure(figures_at(port), name) == 1


def figure(text: str, name: str) -> float:
    """The value of the only series called `name`."""
    return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(name)))

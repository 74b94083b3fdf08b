"""Processes go on with what they know while a server is away."""

import pytest

from tests.servers import until
from tests.strategies.house import House, strategies
from tests.strategies.processes.asking import (
    Market,
    reports,
    signals,
    statuses,
)

pytestmark = pytest.mark.database


def test_a_restart_without_the_database_runs_on_the_last_known_good(house: House):
    with strategies(house):
        version = house.set(top_levels=8)["version"]
        until(lambda: statuses(house) == ["applied"], "applied")
    house.database.take_away()
    try:
        with strategies(house):
            (report,) = reports(house)
            assert (report.configuration, report.database_answers) == ("disk", False)
            receipt = report.receipt("orderbook_skew", None)
            assert receipt
            assert receipt.version == version
            Market.flip(house)
            until(lambda: signals(house) == 1, "a signal")
            house.database.bring_back()
            until(lambda: reports(house)[0].configuration == "database", "back", 10)
    finally:
        house.database.bring_back()


def test_everything_goes_away_in_turn_and_nothing_is_lost(house: House):
    with strategies(house):
        Market.flip(house)
        until(lambda: signals(house) == 1, "a signal")
        house.valkey.stop()
        saved = house.set(top_levels=6)
        Market.flip(house)
        house.valkey.start()
        until(lambda: statuses(house) == ["applied"], "applied after Redis was away", 10)
        assert house.applied()["data"][0]["version"] == saved["version"]
        until(lambda: signals(house) == 2, "both signals", 10)
        until(lambda: house.ask("GET", "/signals?limit=2")["count"] == 2, "kept although Redis was away", 10)
        house.nats.stop()
        house.nats.start()

        def flips_again() -> bool:  # what is published before the process is back on the bus, nobody hears
            Market.flip(house)
            return signals(house) > 2

        until(flips_again, "a signal after NATS was away", 10)

"""Which levels are asked about, and what the processes that still use a removed one are taken for."""

import pytest

from configuration import reading, services
from configuration.services import Author, Source
from strategies.convergence import all_levels
from tests.factories import START
from tests.strategies.reports import receipt, report

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW = "orderbook_skew"


@pytest.fixture(autouse=True)
def _nothing_set(db: None) -> None:
    reading.reader.forget()


def test_a_removed_level_is_asked_about_until_nobody_uses_it():
    services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=Author(source=Source.API))
    wanted = reading.effective(SKEW).hash
    behind = report(receipt(hash=wanted), receipt("BTCUSDT", "own"), instance="behind")
    ahead = report(receipt(hash=wanted), instance="ahead")
    services.delete(SKEW, "BTCUSDT", author=Author(source=Source.API))

    levels = {(level.strategy_id, level.symbol): level for level in all_levels([ahead, behind], START)}
    removed = levels[SKEW, "BTCUSDT"]
    assert {row.instance: row.status for row in removed.processes} == {
        "ahead": "applied",
        "behind": "pending",
    }
    assert levels[SKEW, None].converged
    assert (SKEW, "BTCUSDT") not in {
        (level.strategy_id, level.symbol) for level in all_levels([ahead], START)
    }

"""REST: what the evaluators measured, beside the parameters it is held against."""

from fractions import Fraction
from typing import Any

import pytest
import redis

from strategies.measured_reader import get_measured_reader
from tests.factories import spot_book
from tests.strategies.runners import do
from tests.strategies.test_measured import SKEW, hear

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("nothing_set", "nobody_remembered", "measured"),
]
MEASURED = f"/strategies/{SKEW}/measured"


def data(caller: Any, query: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = caller("viewer").get(f"{MEASURED}{query}")["data"]
    return answer


def test_a_symbol_beside_all_of_them(runner, clock, caller):
    for bid in (0.5, 1.5, 1.5):
        hear(runner, clock, bid)
    hear(runner, clock, 9, "ETHUSDT")
    do(runner.measured.save)
    answer = data(caller, "?symbol=btcusdt")
    assert (answer["strategy_id"], answer["symbol"], answer["counted"]) == (SKEW, "BTCUSDT", "books")
    assert answer["parameters"][0] == {
        "parameter": "buy_threshold", "quantity": "ratio", "label": "Ratio", "unit": None, "holds": "above",
        "purpose": "decides",
    }  # fmt: skip
    assert [each["unit"] for each in answer["parameters"]] == [None, None, "%", "base units"]
    ratio = answer["of_symbol"]["quantities"]["ratio"]
    assert (ratio["count"], ratio["lowest"], ratio["highest"]) == (3, 0.5, 1.5)
    assert [bucket["count"] for bucket in ratio["buckets"]] == [1, 2]
    assert answer["of_symbol"]["since"] == "2023-11-14T22:14:03.000Z"
    assert answer["of_symbol"]["minutes"] == 1
    assert answer["of_all_symbols"]["quantities"]["ratio"]["count"] == 4
    assert data(caller)["of_symbol"] is None


def test_where_nothing_was_measured_there_is_null(caller):
    answer = data(caller, "?symbol=BTCUSDT")
    assert (answer["of_symbol"], answer["of_all_symbols"]) == (None, None)
    nothing = caller("viewer").get("/strategies/btc_dominance/measured")["data"]
    assert (nothing["counted"], nothing["parameters"]) == (None, [])


def test_without_the_store_it_says_so(caller, monkeypatch):
    monkeypatch.setattr(get_measured_reader(), "_redis", redis.Redis(port=1))
    who = caller("viewer")
    assert who.get(MEASURED)["error"]["code"] == "STORE_UNAVAILABLE"
    assert who.status == 503


def test_who_may_ask(caller):
    for role, status in ((None, 401), ("stranger", 403), ("viewer", 200)):
        who = caller(role)
        who.get(MEASURED)
        assert who.status == status
    assert caller("viewer").get("/strategies/nope/measured")["error"]["code"] == "NOT_FOUND"
    assert caller("viewer").get(f"{MEASURED}?symbol=b$c")["error"]["code"] == "VALIDATION_ERROR"


def test_what_positions_of_a_symbol_cost_beside_the_gap_they_wait_for(reader, publish, caller):
    levels = [(100.0, 100.0)], [(100.5, 5.0), (101.0, 10.0), (101.5, 8.0)]
    publish(spot_book("BTCUSDT", *levels))
    address = "/strategies/cross_exchange_spread/measured"
    position = caller("viewer").get(f"{address}?symbol=BTCUSDT")["data"]["position"]
    assert (position["parameter"], position["gap"]) == ("max_position_size", "spread_threshold_percent")
    costs = {each["size"]: each["bps"] for each in position["costs"]}
    bought = 5 + Fraction(1000 - 502.5) / 101
    assert costs[500] == 0.0
    assert costs[1000] == pytest.approx(float(10_000 * (1000 / bought / Fraction(100.5) - 1)), abs=1e-4)
    assert costs[3000] is None  # no more than 2,324.5 rest there
    nobody = caller("viewer").get(f"{address}?symbol=NOPEUSDT")["data"]["position"]["costs"]
    assert {each["bps"] for each in nobody} == {None}
    assert caller("viewer").get(address)["data"]["position"] is None

"""Which rows the overview shows first, and in which order."""

import pytest

from metrics.pages.board import BoardQuery, columns


def row(symbol: str, pressure: float | None = 0.0, state: str = "live") -> dict:
    return {
        "symbol": symbol,
        "venue": "binance",
        "form": "spot",
        "net_pressure": pressure,
        "state": state,
        "age_ms": 10,
    }


ROWS = [
    row("SOLUSDT", -5.0),
    row("BTCUSDT", 30.0, "stale"),
    row("ETHBTC", None, "one_sided"),
    row("ADAUSDT", 7),
    row("XRPEUR", None, "suspect"),
]


def symbols(**parameters: str) -> list[str]:
    return [row["symbol"] for row in BoardQuery.from_parameters(parameters).apply(ROWS)]


def test_rows_are_in_alphabetical_order_unless_asked_otherwise():
    assert symbols() == ["ADAUSDT", "BTCUSDT", "ETHBTC", "SOLUSDT", "XRPEUR"]


def test_rows_without_the_number_come_last_in_both_directions():
    assert symbols(sort="net_pressure") == ["SOLUSDT", "ADAUSDT", "BTCUSDT", "ETHBTC", "XRPEUR"]
    assert symbols(sort="-net_pressure") == ["BTCUSDT", "ADAUSDT", "SOLUSDT", "ETHBTC", "XRPEUR"]


def test_equal_rows_are_in_alphabetical_order_in_both_directions():
    assert symbols(sort="age_ms") == symbols(sort="-age_ms") == symbols()


def test_text_is_found_anywhere_and_in_any_case():
    assert symbols(q=" btc ") == ["BTCUSDT", "ETHBTC"]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("live", ["ADAUSDT", "SOLUSDT"]),
        ("stale", ["BTCUSDT"]),
        ("suspect", ["XRPEUR"]),
        ("other", ["ETHBTC"]),
    ],
)
def test_states_are_told_apart(state: str, found: list[str]):
    assert symbols(state=state) == found


def test_an_unknown_state_or_order_is_ignored():
    assert symbols(state="<script>", sort="password") == symbols()


def test_a_head_asks_for_the_other_direction_when_it_is_in_force():
    heads = {head["name"]: head for head in columns(BoardQuery(sort="-net_pressure"))}
    assert (heads["pressure"]["aria_sort"], heads["pressure"]["next"]) == ("descending", "net_pressure")
    assert (heads["symbol"]["aria_sort"], heads["symbol"]["next"]) == ("none", "symbol")
    assert heads["minute"]["sort"] == ""

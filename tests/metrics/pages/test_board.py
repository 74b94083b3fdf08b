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


@pytest.mark.parametrize(
    ("venue", "form", "place"),
    [
        ("okx", "", "?venue=okx"),
        ("OKX", "usdm", "?venue=okx&form=usdm"),
        ("*", "", "?venue=*"),
        ("binance,okx", "", "?venue=binance,okx"),
        ("", "spot", "?form=spot"),
        ("<b>", "spot", ""),
        ("", "margin", ""),
    ],
)
def test_markets_are_asked_for_as_over_rest(venue: str, form: str, place: str):
    assert BoardQuery.from_parameters({"venue": venue, "form": form}).place == place


@pytest.mark.parametrize(
    ("venue", "label", "url"),
    [
        ("", "BTCUSDT", "/symbols/BTCUSDT/"),
        ("okx", "BTCUSDT", "/symbols/BTCUSDT/?venue=okx"),
        ("*", "BTCUSDT · OKX perpetual", "/symbols/BTCUSDT/?venue=okx&form=usdm"),
    ],
)
def test_a_row_leads_to_the_market_it_is_of_where_that_was_asked_for(venue: str, label: str, url: str):
    found = BoardQuery(venue=venue).named({"symbol": "BTCUSDT", "venue": "okx", "form": "usdm"})
    assert (found["label"], found["url"]) == (label, url)


def test_markets_of_one_symbol_stand_together():
    rows = [{**row("BTCUSDT"), "venue": venue} for venue in ("okx", "binance")]
    assert [each["venue"] for each in BoardQuery(venue="*").apply(rows)] == ["binance", "okx"]
    assert [each["venue"] for each in BoardQuery(venue="*", sort="-venue").apply(rows)] == ["okx", "binance"]


def test_a_head_asks_for_the_other_direction_when_it_is_in_force():
    heads = {head["name"]: head for head in columns(BoardQuery(sort="-net_pressure"))}
    assert (heads["pressure"]["aria_sort"], heads["pressure"]["next"]) == ("descending", "net_pressure")
    assert (heads["symbol"]["aria_sort"], heads["symbol"]["next"]) == ("none", "symbol")
    assert heads["minute"]["sort"] == ""

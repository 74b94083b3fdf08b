"""Every wrong query value is a 400 that names it; nothing wrong is ignored."""

import pytest

from tests.symbols import LOOK_ALIKES

ALL = "/api/v1/metrics/all"
PRESSURE = "/api/v1/metrics/pressure/BTCUSDT"
HISTORY = "/api/v1/metrics/history/BTCUSDT"

NOT_NUMBERS = [
    "",
    " ",
    "x",
    "nan",
    "NaN",
    "-nan",
    "inf",
    "-inf",
    "Infinity",
    "1e999",
    "0x10",
    "[1]",
    "null",
    "true",
]
UNLIKE_ASCII = ["١", "１", "²", "1_0", "+1", " 1", "1 ", "0x1", "1١"]
NOT_COUNTS = [
    *NOT_NUMBERS,
    *UNLIKE_ASCII,
    "1.5",
    "1.0",
    "-1",
    "9" * 30,
    "9" * 5000,
    "1e3",
    "01",
    "0" * 30 + "1",
]

NOT_SYMBOLS = [
    "",
    ",",
    " , ",
    "BTC USDT",
    "B",
    "BTCUSDT,<b>",
    "x" * 33,
    "BTC\x00USDT",
    "ß",
    "..",
    "BTCUSDT,A.",
    *(f"BTCUSDT,{text}" for text in LOOK_ALIKES),
]
NOT_TIMES = [
    "",
    "x",
    "now",
    "nan",
    "1700000000",
    "2026-13-01",
    "0001-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "٢٠٢٦-01-01T00:00:00Z",
]
NOT_TIMES += ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z"]

WRONG = {
    ALL: {
        "min_pressure": [*NOT_NUMBERS, *UNLIKE_ASCII, "100.1", "-101", "9" * 30],
        "max_pressure": [*NOT_NUMBERS, "100.1", "-101", "9" * 30],
        "limit": [*NOT_COUNTS, "0", "5001"],
        "offset": [*NOT_COUNTS, "1000001"],
        "trend": ["", "up", "BULL", "bullish,bearish"],
        "state": ["", "dead", "Live "],
        "sort_by": ["", "name", "net_pressure"],
        "sort_order": ["", "down", "DESCENDING"],
        "symbols": NOT_SYMBOLS,
    },
    PRESSURE: {"max_points": [*NOT_COUNTS, "0", "1001"]},
    HISTORY: {
        "from": NOT_TIMES,
        "to": NOT_TIMES,
        "resolution": ["", "2m", "1M", "1d"],
        "format": ["", "xml", "JSONP"],
    },
}
CASES = [
    pytest.param(address, name, value, id=f"{name}={value[:30]!r}")
    for address, names in WRONG.items()
    for name, values in names.items()
    for value in values
]


@pytest.mark.parametrize(("address", "name", "value"), CASES)
def test_wrong_value_is_named(client, address, name, value):
    answer = client.get(address, {name: value})
    assert answer.status_code == 400, answer.content
    body = answer.json()
    assert body["error"] == "Invalid query"
    assert body["detail"].startswith(f"{name}: ")
    assert list(body["fields"]) == [name]


@pytest.mark.parametrize("value", ["", "2m", "5M", "60", "1m,5m", "nan", "[]"])
def test_wrong_timeframe_has_the_words_of_the_contract(client, value):
    answer = client.get(PRESSURE, {"timeframe": value})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Invalid query",
        "detail": "Invalid timeframe. Must be '1m', '5m', or '15m'",
    }


@pytest.mark.parametrize(
    ("address", "name", "values"),
    [
        (ALL, "limit", ["1", "2"]),
        (ALL, "symbols", ["BTCUSDT", "ETHUSDT"]),
        (PRESSURE, "max_points", ["1", "1"]),
        (HISTORY, "from", ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    ],
)
def test_value_given_twice_is_refused_rather_than_half_read(client, address, name, values):
    answer = client.get(address, {name: values})
    assert (answer.status_code, answer.json()["fields"]) == (
        400,
        {name: ["must be given once, got 2 values"]},
    )


def test_all_problems_are_told_together(client):
    answer = client.get(ALL, {"limit": "x", "sort_by": "y", "min_pressure": "nan"})
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"limit", "sort_by", "min_pressure"}


def test_queries_are_checked_before_anything_is_read(client, own_store):
    own_store.stop()
    for address, name in ((ALL, "limit"), (PRESSURE, "max_points"), (HISTORY, "resolution")):
        assert client.get(address, {name: "x"}).status_code == 400


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z"),
        ("9000-01-01T00:00:00Z", None),
    ],
)
def test_span_must_go_forward(client, start, end):
    answer = client.get(HISTORY, {"from": start} | ({"to": end} if end else {}))
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("from, to: from must be before to, got ")
    assert list(answer.json()["fields"]) == ["from", "to"]


def test_two_bounds_that_leave_nothing_are_both_named(client):
    answer = client.get(ALL, {"min_pressure": 10, "max_pressure": -10})
    fault = "min_pressure must be <= max_pressure, got 10.0 and -10.0"
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Invalid query",
        "detail": f"min_pressure, max_pressure: {fault}",
        "fields": {"min_pressure": [fault], "max_pressure": [fault]},
    }


@pytest.mark.parametrize(
    ("address", "query", "detail"),
    [
        (ALL, {"limit": "0"}, "limit: must be a whole number from 1 to 5000, got '0'"),
        (ALL, {"limit": "9" * 5000}, f"limit: must be a whole number from 1 to 5000, got '{'9' * 40}'"),
        (ALL, {"trend": "up"}, "trend: must be one of bullish, bearish, neutral, got 'up'"),
        (
            ALL,
            {"min_pressure": "101"},
            "min_pressure: must be a number from -100 to 100 (percent), got '101'",
        ),
        (
            HISTORY,
            {"to": "now"},
            "to: must be a time such as 2026-11-23T14:44:32Z, in the years 1970 to 9998, got 'now'",
        ),
    ],
)
def test_a_refusal_says_what_was_given_and_what_is_allowed(client, address, query, detail):
    assert client.get(address, query).json()["detail"] == detail


@pytest.mark.parametrize(
    ("address", "takes"),
    [
        ("/api/v1/metrics/depth/BTCUSDT", "venue, form"),
        (PRESSURE, "venue, form, timeframe, max_points"),
        ("/api/v1/metrics/venues/BTCUSDT", "none"),
        ("/api/v1/metrics/liquidity/BTCUSDT", "venue, form, sizes, bands"),
        ("/api/v1/metrics/heat/BTCUSDT", "venue, form, minutes, since"),
        ("/api/v1/metrics/impact/BTCUSDT", "venue, form"),
        (
            "/api/v1/metrics/liquidity",
            "venue, form, symbols, state, sort_by, sort_order, limit, offset",
        ),
        ("/api/v1/metrics/summary", "venue, form"),
        (
            ALL,
            "venue, form, symbols, min_pressure, max_pressure, trend, state, sort_by, sort_order, limit, offset",
        ),
        ("/api/v1/metrics/sparklines", "venue, form"),
        (HISTORY, "from, to, venue, form, resolution, format"),
        ("/api/v1/feed", "none"),
        (
            "/api/v1/signals",
            "strategy, symbol, state, part, action, min_confidence, version, cursor, limit, from, to",
        ),
    ],
)
@pytest.mark.parametrize("name", ["symbl", "Symbols", "format ", "_"])
def test_what_an_address_does_not_take_is_refused_with_what_it_takes(client, address, takes, name):
    answer = client.get(address, {name: "BTCUSDT"})
    fault = f"is not a query parameter of this address; it takes {takes}"
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Invalid query",
        "detail": f"{name}: {fault}",
        "fields": {name: [fault]},
    }


def test_names_made_up_without_end_are_told_only_so_far(client):
    answer = client.get(ALL, {f"x{number}": 1 for number in range(500)})
    assert len(answer.json()["fields"]) == 50

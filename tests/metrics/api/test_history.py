"""GET /metrics/history/{symbol}: minutes of the database, coarser spans against a naive calculation, CSV."""

import codecs
import csv
import io
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from operator import mul
from urllib.parse import quote

import pytest
from django.db import connections

from metrics.minute_tables import AGGREGATES
from metrics.models import MinuteRollup
from realtime.stack.servers import LOCALHOST, free_port
from tests.symbols import LISTED

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ADDRESS = "/api/v1/metrics/history/BTCUSDT"
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)
SPAN = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T06:00:00Z"}


def minute(number: int, rng: random.Random, updates: int, symbol: str = "BTCUSDT") -> MinuteRollup:
    def ranged(name: str, low: float, high: float) -> dict[str, float | None]:
        if not updates:
            return dict.fromkeys(f"{name}_{part}" for part in ("open", "high", "low", "close", "mean"))
        values = sorted(rng.uniform(low, high) for _ in range(4))
        return {
            f"{name}_low": values[0],
            f"{name}_open": values[1],
            f"{name}_close": values[2],
            f"{name}_high": values[3],
            f"{name}_mean": (values[1] + values[2]) / 2,
        }

    def sampled(name: str, unit: str, count: int) -> dict[str, float]:
        """Now and then it was never known in a minute."""
        if not (count and updates) or count < 40:
            return {f"{name}_samples": 0}
        least, mean, most = sorted(rng.uniform(1, 9) for _ in range(3))
        values = {"min": least, "mean": mean, "max": most}
        return {f"{name}_{unit}_{part}": value for part, value in values.items()} | {f"{name}_samples": count}

    def flowed() -> dict[str, float]:
        """Now and then no book followed another, or no trade is heard; sometimes none comes."""
        found = {}
        if updates > 30:
            found = {"ofi": rng.uniform(-9, 9), "ofi_5": rng.uniform(-9, 9)}
        if updates and rng.random() < 0.8:
            names = ("bought", "sold", "traded")
            trades = rng.choice((0, 7))
            found |= {"trades": trades} | {name: rng.uniform(1, 9) * trades for name in names}
        return found

    return MinuteRollup(
        symbol=symbol,
        minute=MIDNIGHT + timedelta(minutes=number),
        **ranged("pressure", -90, 90),
        **ranged("mid", 100, 200),
        spread_bps_mean=rng.uniform(1, 2) if updates else None,
        spread_bps_min=rng.uniform(0, 1) if updates else None,
        spread_bps_max=rng.uniform(3, 4) if updates else None,
        depth_mean=rng.uniform(5, 50) if updates else None,
        touch_mean=rng.uniform(1, 5) if updates else None,
        **flowed(),
        **sampled("cost", "bps", rng.randrange(240)),
        **sampled("depth", "usd", rng.randrange(240) if updates else 0),
        updates=updates,
        seconds_not_live=rng.uniform(0, 60),
    )


@pytest.fixture
def minutes() -> list[MinuteRollup]:
    """A night with gaps, with minutes in which nothing came, and with another symbol."""
    rng = random.Random(7)
    numbers = [number for number in range(300) if number % 17 and not 100 <= number < 170]
    quiet = {number for number in numbers if number % 13 == 0} | set(range(20, 30))
    rows = [minute(number, rng, 0 if number in quiet else rng.randint(1, 600)) for number in numbers]
    MinuteRollup.objects.bulk_create([*rows, minute(5, rng, 9, "ETHUSDT")])
    return rows


SUMMED = ("ofi", "ofi_5", "trades", "bought", "sold", "traded")


def naive(rows: list[MinuteRollup], minutes_a_row: int) -> list[dict[str, object]]:
    """The same by plain loops."""
    spans: dict[datetime, list[MinuteRollup]] = {}
    for row in rows:
        number = int((row.minute - MIDNIGHT).total_seconds()) // 60 // minutes_a_row
        spans.setdefault(MIDNIGHT + timedelta(minutes=number * minutes_a_row), []).append(row)
    return [
        {"timestamp": start.strftime("%Y-%m-%dT%H:%M:%SZ"), **one_row(group)}
        for start, group in spans.items()
    ]


def one_row(group: list[MinuteRollup]) -> dict[str, float | None]:
    heard = [row for row in group if row.updates]
    total = sum(row.updates for row in heard)
    result: dict[str, float | None] = {
        "updates": total,
        "seconds_not_live": sum(row.seconds_not_live for row in group),
        "cost_samples": sum(row.cost_samples for row in group),
        "depth_samples": sum(row.depth_samples for row in group),
    }
    for name in AGGREGATES:
        known = [(row, value) for row in heard if (value := getattr(row, name)) is not None]
        values = [value for _, value in known]
        if name in result:
            continue
        if not values:
            result[name] = None
        elif name in ("cost_bps_mean", "depth_usd_mean"):
            weights = [getattr(row, name.partition("_")[0] + "_samples") for row, _ in known]
            result[name] = sum(map(mul, values, weights)) / sum(weights)
        elif name in SUMMED:
            result[name] = sum(values)
        elif name.endswith("_mean"):
            result[name] = sum(value * row.updates for row, value in known) / total
        elif name.endswith("_open"):
            result[name] = values[0]
        elif name.endswith("_close"):
            result[name] = values[-1]
        else:
            result[name] = min(values) if name.endswith(("_low", "_min")) else max(values)
    bought, sold, traded = (result[name] or 0.0 for name in ("bought", "sold", "traded"))
    result["vwap"] = (bought + sold) / traded if traded else None
    return result


@pytest.mark.parametrize(("resolution", "minutes_a_row"), [("1m", 1), ("5m", 5), ("1h", 60)])
def test_rows_equal_a_naive_calculation(client, minutes, resolution, minutes_a_row):
    answer = client.get(ADDRESS, SPAN | {"resolution": resolution})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["symbol"], body["resolution"]) == ("BTCUSDT", resolution)
    expected = naive(minutes, minutes_a_row)
    assert [row["timestamp"] for row in body["rows"]] == [row["timestamp"] for row in expected]
    for row, wanted in zip(body["rows"], expected, strict=True):
        assert list(row) == ["timestamp", *AGGREGATES, "vwap"]
        for name in (*AGGREGATES, "vwap"):
            digits = 2 if name.startswith("pressure") else 4 if name.startswith(("spread", "cost")) else 1
            near = (
                {"rel": 1e-9, "abs": 1e-9}
                if name.startswith(("mid", "depth", "touch", "vwap", *SUMMED))
                else {"abs": 0.5000001 * 10**-digits, "rel": 0}
            )
            assert row[name] == (None if wanted[name] is None else pytest.approx(wanted[name], **near)), name


@pytest.mark.parametrize(
    ("address", "form"), [(f"{ADDRESS}.csv", {}), (f"{ADDRESS}.csv/", {}), (f"{ADDRESS}/", {"format": "csv"})]
)
def test_csv_holds_the_same_rows(client, minutes, address, form):
    query = SPAN | {"resolution": "5m"}
    rows = client.get(ADDRESS, query).json()["rows"]
    answer = client.get(address, query | form)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="BTCUSDT-5m.csv"'
    assert answer.content.startswith(codecs.BOM_UTF8)
    read = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["timestamp"] for row in read] == [row["timestamp"] for row in rows]
    assert [
        {name: float(text) if text else None for name, text in row.items() if name != "timestamp"}
        for row in read
    ] == [{name: value for name, value in row.items() if name != "timestamp"} for row in rows]


@pytest.mark.parametrize("resolution", ["1m", "5m", "1h"])
def test_minutes_in_which_nothing_came_are_null(client, resolution):
    rng = random.Random(1)
    MinuteRollup.objects.bulk_create([minute(number, rng, 0) for number in range(3)])
    answer = client.get(ADDRESS, SPAN | {"resolution": resolution})
    assert answer.status_code == 200
    for row in answer.json()["rows"]:
        assert row["updates"] == 0
        counts = ("updates", "cost_samples", "depth_samples")
        assert [row[name] for name in counts] == [0, 0, 0]
        assert all(
            row[name] is None for name in row if name not in (*counts, "seconds_not_live", "timestamp")
        )
        assert row["seconds_not_live"] > 0
    assert client.get(ADDRESS, SPAN | {"resolution": resolution, "format": "csv"}).content.count(b"\n") >= 2


def test_span_holds_its_beginning_and_not_its_end(client, minutes):
    query = {"from": "2026-01-01T00:01:00Z", "to": "2026-01-01T00:04:00Z"}
    body = client.get(ADDRESS, query).json()
    assert [row["timestamp"] for row in body["rows"]] == [f"2026-01-01T00:0{n}:00Z" for n in (1, 2, 3)]
    assert (body["from"], body["to"]) == ("2026-01-01T00:01:00.000Z", "2026-01-01T00:04:00.000Z")


def test_span_in_another_zone_and_without_one(client, minutes):
    here = client.get(ADDRESS, {"from": "2026-01-01T00:00:00", "to": "2026-01-01T01:00:00"}).json()
    there = client.get(
        ADDRESS, {"from": "2026-01-01T02:00:00+02:00", "to": "2025-12-31T20:00:00-05:00"}
    ).json()
    assert here["rows"] == there["rows"] != []


def test_default_span_is_the_last_day(client):
    now = datetime.now(UTC)
    rng = random.Random(1)
    rows = [minute(0, rng, 5) for _ in range(3)]
    for row, hours in zip(rows, (1, 23, 25), strict=True):
        row.minute = (now - timedelta(hours=hours)).replace(second=0, microsecond=0)
    MinuteRollup.objects.bulk_create(rows)
    assert len(client.get(ADDRESS).json()["rows"]) == 2
    assert len(client.get(ADDRESS, {"to": (now - timedelta(hours=12)).isoformat()}).json()["rows"]) == 2


@pytest.mark.parametrize("symbol", ["XYZ", "ethbtc", "%00", "%F0%9F%92%A9", "A" * 500])
def test_nothing_recorded(client, minutes, symbol):
    answer = client.get(f"/api/v1/metrics/history/{symbol}", SPAN)
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("No history available for ")


def test_the_address_of_csv_has_one_form(client, minutes):
    answer = client.get(f"{ADDRESS}.csv", SPAN | {"format": "json"})
    assert answer.status_code == 400
    assert "format" in answer.json()["fields"]


def test_symbol_in_any_case_and_csv_for_who_accepts_only_that(client, minutes):
    answer = client.get(ADDRESS.lower(), SPAN | {"format": "csv"}, headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")


@pytest.mark.parametrize("symbol", LISTED)
def test_symbols_of_all_scripts_and_the_name_of_their_file(client, symbol):
    MinuteRollup.objects.bulk_create([minute(5, random.Random(1), 9, symbol)])
    answer = client.get(f"/api/v1/metrics/history/{quote(symbol.lower())}", SPAN | {"format": "csv"})
    disposition = answer.headers["Content-Disposition"]
    assert answer.status_code == 200
    assert disposition.isascii()
    if symbol.isascii():
        assert disposition == f'attachment; filename="{symbol}-1m.csv"'
    else:
        assert disposition == f"attachment; filename*=utf-8''{quote(symbol)}-1m.csv"


def test_history_needs_no_store(client, minutes, own_store):
    own_store.stop()
    assert client.get(ADDRESS, SPAN).status_code == 200


def test_database_away_is_told(client, monkeypatch):
    database = connections.settings["default"]
    if connections["default"].vendor == "sqlite":
        monkeypatch.setitem(database, "NAME", "/nowhere/db.sqlite3")
    else:
        monkeypatch.setitem(database, "HOST", LOCALHOST)
        monkeypatch.setitem(database, "PORT", str(free_port()))
    with ThreadPoolExecutor(1) as pool:  # a thread without a connection yet
        answer = pool.submit(client.get, ADDRESS).result()
    assert answer.status_code == 503
    assert answer.json() == {
        "error": "Database unavailable",
        "message": "History cannot be read at the moment.",
    }

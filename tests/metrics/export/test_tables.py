"""Which rows leave, in which order, and in parts of which size."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.domain.choice import read_choice
from metrics.export import tables
from metrics.export.columns import COLUMNS
from metrics.export.tables import MINUTES, UPDATES, Asked, Nothing, parts
from metrics.models import MinuteRollup
from metrics.spans import Span
from tests.factories import START, spot_book, usdm_book
from tests.metrics.api.test_history import MIDNIGHT, minute

pytestmark = pytest.mark.django_db
NIGHT = Span(MIDNIGHT, MIDNIGHT + timedelta(hours=6))
AROUND_START = Span(datetime.fromtimestamp(START - 60, UTC), datetime.fromtimestamp(START + 60, UTC))


def rows(asked: Asked, reader) -> list[dict[str, Any]]:
    names = [column.name for column in COLUMNS[asked.table]]
    return [dict(zip(names, row, strict=True)) for part in parts(asked, reader) for row in part]


def kept(symbol: str, market: str, *numbers: int) -> None:
    rng = random.Random(1)
    made = [minute(number, rng, 50, symbol) for number in numbers]
    for row in made:
        row.market = market
    MinuteRollup.objects.bulk_create(made)


@pytest.mark.database
def test_minutes_come_market_after_market_with_all_that_is_kept_as_it_is_kept(reader):
    kept("ETHUSDT", "binance/spot", 1, 0)
    kept("BTCUSDT", "okx/usdm", 2)
    kept("BTCUSDT", "", 3)
    found = rows(Asked(MINUTES, NIGHT), reader)
    in_order = MinuteRollup.objects.order_by("symbol", "market", "minute")
    stored = [dict(row) for row in in_order.values()]
    assert [(row["symbol"], row["venue"], row["form"]) for row in found] == [
        ("BTCUSDT", None, None), ("BTCUSDT", "okx", "usdm"), *[("ETHUSDT", "binance", "spot")] * 2,
    ]  # fmt: skip
    for row, kept_row in zip(found, stored, strict=True):
        assert row.keys() - {"venue", "form"} == kept_row.keys() - {"id", "market"}
        assert all(row[name] == kept_row[name] for name in row if name not in ("venue", "form"))


def test_columns_are_what_the_database_keeps_of_a_minute():
    names = [column.name for column in COLUMNS[MINUTES]]
    assert names[:4] == ["symbol", "venue", "form", "minute"]
    assert set(names) - {"venue", "form"} == {each.name for each in MinuteRollup._meta.fields} - {
        "id",
        "market",
    }


def test_span_symbols_and_markets_narrow_what_leaves(reader):
    kept("ETHUSDT", "binance/spot", 1, 2, 3, 400)
    kept("BTCUSDT", "okx/spot", 1)
    kept("BTCUSDT", "okx/usdm", 1)
    two = Span(MIDNIGHT + timedelta(minutes=2), MIDNIGHT + timedelta(minutes=3))

    def of(span: Span = NIGHT, symbols: set[str] | None = None, **choice: str) -> list[tuple[object, ...]]:
        asked = Asked(
            MINUTES,
            span,
            frozenset(symbols) if symbols else None,
            read_choice(choice.get("venue"), choice.get("form")),
        )
        return [(row["symbol"], row["form"]) for row in rows(asked, reader)]

    assert of(two) == [("ETHUSDT", "spot")]
    assert of(symbols={"BTCUSDT", "XRPUSDT"}) == [("BTCUSDT", "spot"), ("BTCUSDT", "usdm")]
    assert of(form="usdm") == of(form="usdm", venue="okx") == [("BTCUSDT", "usdm")]
    assert len(of(venue="binance,okx")) == len(of(venue="*")) == 5
    with pytest.raises(Nothing, match="minutes appear once they are over"):
        of(symbols={"XRPUSDT"})


@pytest.mark.database
def test_rows_are_read_in_parts_and_no_statement_asks_for_more_than_one(reader, monkeypatch):
    """So memory does not grow with the span, and nothing is held open while a client takes its time."""
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 10)
    kept("BTCUSDT", "okx/spot", *range(35))
    kept("ETHUSDT", "okx/spot", *range(4))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = parts(Asked(MINUTES, NIGHT), reader)
        assert len([query for query in asked if "LIMIT 10" in query["sql"]]) == 1
        sizes = [len(part) for part in found]
    assert sizes == [10, 10, 10, 9]
    assert len([query for query in asked if "LIMIT 10" in query["sql"]]) == 5
    symbols = [row["symbol"] for row in rows(Asked(MINUTES, NIGHT), reader)]
    assert symbols == ["BTCUSDT"] * 35 + ["ETHUSDT"] * 4


def test_updates_are_every_book_that_came_of_each_market(reader, publish, clock):
    publish(spot_book("ETHUSDT", [(100.0, 3.0)], [(101.0, 1.0)]), usdm_book("BTCUSDT"))
    clock.advance(0.25)
    publish(spot_book("ETHUSDT", [(100.0, 1.0)], [(101.0, 1.0)], update_id=2))
    found = rows(Asked(UPDATES, AROUND_START), reader)
    assert [(row["symbol"], row["venue"], row["form"]) for row in found] == [
        ("BTCUSDT", "binance", "usdm"), *[("ETHUSDT", "binance", "spot")] * 2,
    ]  # fmt: skip
    first, second = found[1:]
    assert [row["received_at"].timestamp() for row in (first, second)] == [START, START + 0.25]
    assert (first["net_pressure"], second["net_pressure"]) == (50.0, 0.0)
    assert (first["best_bid"], first["best_ask"], first["mid_price"]) == (100.0, 101.0, 100.5)
    assert first["spread_bps"] == pytest.approx(10_000 / 100.5)
    begun = Span(datetime.fromtimestamp(START, UTC), datetime.fromtimestamp(START + 0.25, UTC))
    assert len(rows(Asked(UPDATES, begun, frozenset({"ETHUSDT"})), reader)) == 1


def test_updates_of_a_span_of_years_are_looked_for_where_they_can_be(reader, publish):
    publish(spot_book())
    ages = Span(datetime(1970, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC))
    assert len(rows(Asked(UPDATES, ages), reader)) == 1
    with pytest.raises(Nothing, match="kept for 15 minutes"):
        parts(Asked(UPDATES, NIGHT), reader)

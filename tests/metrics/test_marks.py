"""Marks beside the numbers of the market: nobody's at first, then in every answer."""

from collections.abc import Callable

from django.test import Client

from metrics import marks
from metrics.marks import UNMARKED, Mark, Marks
from tests.factories import spot_book

BTC, ETH = "BTCUSDT", "ETHUSDT"
HALTED = Mark(True, 1.0, "Signals halted since 00:00 UTC.", "No strategy sends any about BTCUSDT.")
PARTLY = Mark(False, 2.0, "Signals of Order Book Skew halted since 00:00 UTC.", "Other strategies go on.")


def test_nothing_is_marked_where_nobody_tells():
    assert marks.current().of(BTC) == UNMARKED


def test_a_symbol_that_is_not_named_is_marked_as_all_others():
    told = Marks({BTC: PARTLY}, HALTED)
    assert (told.of(BTC), told.of(ETH)) == (PARTLY, HALTED)


def test_rest_says_of_every_row_and_book_whether_it_is_halted(
    client: Client, reader: object, publish: Callable[..., None], mark: Callable[..., None]
):
    publish(spot_book(), spot_book(ETH))
    mark(BTCUSDT=HALTED, ETHUSDT=PARTLY)
    rows = client.get("/api/v1/metrics/all").json()["metrics"]
    assert {symbol: row["halted"] for symbol, row in rows.items()} == {BTC: True, ETH: False}
    assert client.get(f"/api/v1/metrics/depth/{BTC}").json()["halted"] is True
    assert client.get(f"/api/v1/metrics/depth/{ETH}").json()["halted"] is False

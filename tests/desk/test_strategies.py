"""The page of a strategy: its overrides, of which more than a few are searched."""

import re

import pytest
from django.test import Client

from configuration import services
from configuration.services import Author, Source
from desk.strategies import MOST_UNSEARCHED
from tests.desk.conftest import SKEW, text_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
MARCO = Author(source=Source.API, name="marco", reason="before")
SYMBOLS = ["ADAUSDT", "BNBUSDT", "BTCUSDT", "ETHBTC", "ETHUSDT", "SOLUSDT"]


def overridden(symbols: list[str]) -> None:
    for symbol in symbols:
        services.write(SKEW, symbol, {"top_levels": 9}, author=MARCO)


def shown(rita: Client, asked: str = "") -> list[str]:
    page = rita.get(f"/admin/strategies/{SKEW}/", {"symbol": asked} if asked else {}).content.decode()
    return re.findall(r'<a class="symbol"[^>]*>([^<]+)</a>', page)


def test_overrides_are_searched_by_a_part_of_their_symbol(rita: Client):
    overridden(SYMBOLS)
    assert shown(rita) == SYMBOLS
    assert shown(rita, "btc") == ["BTCUSDT", "ETHBTC"]
    assert shown(rita, "nope") == []
    page = text_of(rita.get(f"/admin/strategies/{SKEW}/", {"symbol": "eth"}))
    assert "2 of 6" in page


def test_a_few_overrides_are_found_by_looking(rita: Client):
    overridden(SYMBOLS[:MOST_UNSEARCHED])
    assert "override-search" not in rita.get(f"/admin/strategies/{SKEW}/").content.decode()


@pytest.mark.parametrize(("tracked", "is_marked"), [(["ETHUSDT"], True), (["BTCUSTD"], False), ([], False)])
@pytest.mark.parametrize("where", ["/admin/strategies/", f"/admin/strategies/{SKEW}/"])
def test_values_of_a_symbol_no_feed_knows_are_marked_as_used_by_nobody_now(
    rita: Client, monkeypatch: pytest.MonkeyPatch, where: str, tracked: list[str], is_marked: bool
):
    overridden(["BTCUSTD"])
    monkeypatch.setattr("realtime.tracking.tracked_symbols", lambda: tracked)
    marked = rita.get(where).content.decode().count('<span class="untracked">not tracked now</span>')
    assert marked == is_marked

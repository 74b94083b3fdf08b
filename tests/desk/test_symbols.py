"""Symbols of all scripts in the admin, from the box they are typed into to the history; look-alikes nowhere."""

import csv
import io
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

from configuration import reading, services
from configuration.models import StrategyConfig
from configuration.services import Author, Source
from halts import services as halts
from halts.domain import Scope
from halts.models import HaltChange
from symbols import fault_of
from tests.desk.conftest import SKEW, address, send, text_of
from tests.symbols import LISTED, LOOK_ALIKES

pytestmark = [pytest.mark.database, pytest.mark.django_db]
MARCO = Author(source=Source.API, name="marco", reason="before")
OPEN = f"/admin/strategies/{SKEW}/override/"


def exported(rita: Client, symbol: str) -> list[dict[str, Any]]:
    answer = rita.get("/admin/history/export.csv", {"symbol": symbol})
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("symbol", LISTED)
def test_an_override_from_the_box_to_the_history(rita: Client, symbol: str):
    form = rita.get(OPEN, {"symbol": f" {symbol.lower()} "})
    assert unquote(form.headers["Location"]) == address(symbol)
    assert f"Order Book Skew · {symbol}" in text_of(rita.get(form.headers["Location"]))
    assert send(rita, symbol, {"top_levels": 9}).status_code == 302
    assert dict(reading.strategy(SKEW).symbols[symbol].overrides) == {"top_levels": 9}
    assert f"{symbol} · v1" in text_of(rita.get("/admin/history/", {"symbol": symbol.lower()}))
    assert [row["symbol"] for row in exported(rita, symbol)] == [symbol]
    for page in ("/admin/", "/admin/strategies/", f"/admin/strategies/{SKEW}/"):
        assert symbol in text_of(rita.get(page)), page


@pytest.mark.parametrize("symbol", LISTED)
def test_a_symbol_is_halted_and_resumed(rita: Client, symbol: str):
    assert rita.post("/admin/halt/", {"symbol": symbol.lower(), "_reason": "odd"}).status_code == 302
    assert list(halts.in_force().records) == [Scope("", symbol)]
    page = rita.get("/admin/")
    assert f"Halted: all strategies on {symbol}" in text_of(page)
    (halt,) = page.context["halts"]
    assert rita.post(halt.resume_url, {"_reason": "fine"}).status_code == 302
    assert not halts.in_force().records


@pytest.mark.parametrize("separator", [",", "，", "、", "；", " ", "\u3000"])
def test_symbols_to_copy_to_are_parted_as_their_keyboards_part_words(rita: Client, separator: str):
    services.write(SKEW, "币安人生USDT", {"top_levels": 9}, author=MARCO)
    form = {
        "symbols": separator.join(["ビットコインusdt", "비트코인KRW"]),
        "_step": "save",
        "_reason": "alike",
    }
    assert rita.post(address("币安人生USDT", "copy/"), form).status_code == 302
    assert set(reading.strategy(SKEW).symbols) == {"币安人生USDT", "ビットコインUSDT", "비트코인KRW"}


@pytest.mark.parametrize("text", LOOK_ALIKES, ids=ascii)
def test_what_only_looks_like_a_symbol_is_refused_at_every_box_and_address(rita: Client, text: str):
    services.write(SKEW, "BTCUSDT", {"top_levels": 9}, author=MARCO)
    fault = f"Symbol must be {fault_of(text)}"
    to_copy = {"symbols": text, "_step": "save", "_reason": "alike"}
    halting = {"symbol": text, "_reason": "odd"}
    for answer in (
        rita.get(OPEN, {"symbol": text}, follow=True),
        rita.get(address(text)),
        send(rita, text, {"top_levels": 9}, opened="own:0"),
        rita.post(address("BTCUSDT", "copy/"), to_copy),
        rita.post("/admin/halt/", halting),
        rita.post(f"/admin/resume/?symbol={text}", halting),
    ):
        assert fault in text_of(answer)
    assert StrategyConfig.history.count() == 1
    assert not HaltChange.objects.exists()


@pytest.mark.parametrize("text", LOOK_ALIKES, ids=ascii)
def test_a_filter_that_only_looks_like_a_symbol_is_reported_instead_of_finding_nothing(
    rita: Client, text: str
):
    page = rita.get("/admin/history/", {"symbol": text})
    assert f"Symbol: must be {fault_of(text)}" in text_of(page)
    export = rita.get("/admin/history/export.csv", {"symbol": text})
    assert (export.status_code, export.content.decode()) == (400, f"symbol: must be {fault_of(text)}")

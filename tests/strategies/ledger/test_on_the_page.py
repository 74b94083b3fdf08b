"""The page of signals as a view of the ledger: what became of prices, older signals, and all of a choice on average."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import redis
from django.conf import settings
from django.db import DatabaseError
from django.test import Client

from strategies import followed_up, views
from strategies.domain.signal import Signal
from strategies.keys import StrategyKeys
from strategies.ledger import reading
from strategies.models import SignalRecord
from strategies.reader import StrategiesReader
from tests.factories import START
from tests.strategies.ledger.signals import HALTED, signal, written
from tests.strategies.test_views import ids, keep, text

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nothing_set")]

FROM = "2023-11-14T22:14"  # START, to the minute


@pytest.fixture(autouse=True)
def pages_reader(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> StrategiesReader:
    reader = StrategiesReader(store, StrategyKeys(settings.STORE_PREFIX), lambda: START + 60)
    monkeypatch.setattr(views, "get_reader", lambda: reader)
    return reader


def page(**query: str):
    return Client().get("/signals/", query)


def older_of(answer) -> dict[str, str]:
    (found,) = re.findall(r'rel="next" href="([^"]+)"', answer.content.decode().replace("&amp;", "&"))
    return {name: values[0] for name, values in parse_qs(urlsplit(found).query).items()}


def know(of: Signal, **columns: float | str | None) -> None:
    SignalRecord.objects.filter(pk=of.id).update(**columns)


def test_a_live_signal_shows_what_became_of_the_price_or_why_that_is_unknown(store: redis.Redis):
    here, unwritten = signal(0), signal(1, symbol="ETHUSDT")
    keep(store, here, unwritten)
    written(here)
    known = {"mid": 100.25, "spread_bps": 4.9875, "cost_at_least_bps": 6.5}
    know(here, **known, mid_1m=100.5, bps_1m=24.94, unknown_1m="", unknown_5m="not_live")
    answer = page()
    shown = text(answer)
    assert ids(answer) == [unwritten.id, here.id]
    assert "1 min +24.9 bps" in shown
    assert "after 1 min +24.94 bps, to 100.50" in shown
    assert "5 min – unknown: no live book of its market is known of then" in shown
    assert "after 5 min no live book of its market is known of then" in shown
    assert "15 min – unknown: the moment has not come, or has not been looked at" in shown
    assert "1 min – unknown: it is not in the ledger, or not yet" in shown
    assert "spread then 4.9875 bps cost then, at least 6.50 bps" in shown
    assert re.findall(r'data-way="(\w+)"', answer.content.decode())[0] == "with"


def test_what_is_read_is_known_further_when_newer_ones_have_pushed_it_out(store: redis.Redis):
    being_read, newer = signal(0, symbol="ADAUSDT"), signal(1, symbol="ETHUSDT")
    keep(store, newer)
    written(being_read, newer)
    know(being_read, mid=100.0, mid_1m=100.5, bps_1m=49.9, unknown_1m="")
    (place,) = re.findall(r'data-place="([^"]*)"', page().content.decode())
    asked = {"after": place, "whole": "", "read": f"{being_read.id},nonsense,{signal(9).id}"}
    told = page(**asked).content.decode()
    assert f'data-later="{being_read.id} cells"' in told.partition('id="read"')[2]
    assert told.count(f'data-id="{being_read.id}"') == 1
    assert "+49.9" in told
    assert 'id="read"' not in page(after=place, read=being_read.id).content.decode(), (
        "only with the rest of it"
    )
    assert 'id="read"' not in page(after=place, whole="", read="").content.decode()


def test_without_the_database_the_newest_are_there_and_say_what_is_not(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
):
    def away(*_: object) -> None:
        raise DatabaseError("away")

    here = signal(0)
    keep(store, here)
    for name in ("aftermaths", "tally", "page", "signals_of"):
        monkeypatch.setattr(followed_up, name, away)
    answer = page()
    assert ids(answer) == [here.id]
    assert "1 min – unknown: the ledger cannot be asked now" in text(answer)
    assert "neither counts nor what became of prices is known" in text(answer)
    assert "The ledger of signals is away" in text(page(version="7"))


def test_what_somebody_puts_into_the_store_under_no_id_is_shown_without_an_outcome(store: redis.Redis):
    forged = signal(0)
    keep(store, forged)
    key = StrategyKeys(settings.STORE_PREFIX).signals("orderbook_skew")
    (raw,) = store.lrange(key, 0, -1)
    assert isinstance(raw, bytes)
    store.lset(key, 0, raw.decode().replace(forged.id, "no id"))
    assert ids(page()) == ["no id"]


def test_older_signals_follow_page_by_page_each_once(store: redis.Redis, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(views, "SHOWN", 2)
    signals = [signal(second) for second in range(5)]
    written(*signals)
    keep(store, *signals)
    answer, found = page(strategy="orderbook_skew"), []
    while True:
        found += ids(answer)
        if 'rel="next"' not in answer.content.decode():
            break
        answer = page(**older_of(answer))
        assert "data-live" not in answer.content.decode()
    assert found == [each.id for each in reversed(signals)]
    assert 'href="/signals/?strategy=orderbook_skew">Newest signals' in answer.content.decode()


def test_a_version_and_a_span_of_time_are_asked_of_the_ledger_and_stand_in_the_address():
    signals = [signal(second, version=version) for second, version in ((0, 7), (61, 8), (121, 8))]
    written(*signals)
    assert ids(page(version="8")) == [signals[2].id, signals[1].id]
    in_time = page(**{"from": "2023-11-14T22:15", "to": "2023-11-14T22:16"})
    assert ids(in_time) == [signals[1].id]
    assert 'value="2023-11-14T22:15"' in in_time.content.decode()
    assert ids(page(version="8", to="2023-11-14T22:15")) == []


def test_a_span_may_be_given_as_rest_has_it():
    signals = [signal(second) for second in (0, 1, 2)]
    written(*signals)
    first, second = (f"{at}Z" for at in ("2023-11-14T22:14:01", "2023-11-14T22:14:02"))
    in_time = page(**{"from": first, "to": second})
    assert ids(in_time) == [signals[1].id]
    assert 'value="2023-11-14T22:14:01"' in in_time.content.decode()
    assert "from=2023-11-14T22%3A14%3A01Z" in in_time.content.decode()


@pytest.mark.parametrize(
    "query", [{"version": "-1"}, {"version": "2147483648"}, {"from": "yesterday"}, {"cursor": "x"}]
)
def test_what_no_address_can_mean_is_left_open(query: dict[str, str]):
    assert "data-live" in page(**query).content.decode()


def test_a_line_counts_the_choice_and_says_what_became_of_it_on_average():
    signals = [signal(second) for second in range(4)]
    written(*signals)
    written(signal(5, "trade_momentum"), fate=HALTED)
    for each, bps in zip(signals, (4.0, -1.0, 0.5), strict=False):
        know(each, mid_1m=100.0, bps_1m=bps, unknown_1m="")
    shown = text(page(strategy="orderbook_skew"))
    assert "In the ledger 4 signals of this choice." in shown
    assert "On average, in bps: 1 min +1.17 of 3, 5 min – of 0, 15 min – of 0" in shown
    assert "In the ledger 5 signals." in text(page())
    assert "The ledger has no signal of this choice yet." in text(page(side="hold"))


def test_the_files_are_of_the_choice():
    written(signal(0))
    query = {"symbol": "btc", "side": "buy", "confidence": "0.8", "from": FROM, "state": "sent"}
    links = re.findall(r'href="(/api/v1/signals/export[^"]*)"', page(**query).content.decode())
    assert [urlsplit(link).path.rpartition("/")[2] for link in links] == ["export", "export.parquet"]
    for link in links:
        assert Client().get(link.replace("&amp;", "&")).status_code == 200


def test_of_very_many_a_question_looks_through_some_and_says_how_far(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "LOOKED_THROUGH", 3)
    monkeypatch.setattr(views, "LOOKED_THROUGH", 3)
    rare = [signal(second, action="sell") for second in (0, 1)]
    written(*rare, *(signal(second) for second in range(2, 8)))
    answer, found, empty = page(side="sell", version="7"), [], 0
    assert "In the ledger 0 signals of this choice among the last 3, since 14 November, 22:14 UTC." in text(
        answer
    )
    while 'rel="next"' in answer.content.decode():
        empty += not ids(answer)
        found += ids(answer)
        answer = page(**older_of(answer))
    assert found + ids(answer) == [rare[1].id, rare[0].id]
    assert empty == 2


def test_an_answer_to_what_is_new_has_the_ledger_only_where_it_is_asked_for(store: redis.Redis):
    here = signal(0)
    keep(store, here)
    written(here)
    place = re.findall(r'data-place="([^"]+)"', page().content.decode())[0]
    know(here, mid_1m=101.0, bps_1m=75.0, unknown_1m="")
    nothing, whole = page(after=place), page(after=place, whole="")
    assert (ids(nothing), ids(whole)) == ([], [here.id])
    assert 'data-news="0"' in whole.content.decode()
    assert "1 min +75.0 bps" in text(whole)
    assert ('id="tally"' in nothing.content.decode(), 'id="tally"' in whole.content.decode()) == (False, True)

"""What was held back, listed with the rest: over REST and on the page, marked, by which halt, and filtered."""

import re
from collections.abc import Callable

import msgspec
import pytest
import redis
from django.conf import settings
from django.test import Client

from halts.domain import HaltRecord
from strategies import views
from strategies.api import views as api
from strategies.domain.signal import Fate, Signal, fate_under, kept
from strategies.keys import KEPT_HALTED, KEPT_SIGNALS, StrategyKeys
from strategies.reader import StrategiesReader
from tests.strategies.scenes import START
from tests.strategies.test_views import ids, place, signal, text

pytestmark = [pytest.mark.database, pytest.mark.django_db]
KEYS = StrategyKeys(settings.STORE_PREFIX)
HALT = HaltRecord(strategy_id="orderbook_skew", halted=True, reason="secret", actor="rita", at=START + 1)
BY = {"strategy_id": "orderbook_skew", "symbol": None, "at": "2027-01-15T08:00:01.000Z"}
SENT, HALTED, TOO_OLD = signal(0), signal(2), signal(3, "trade_momentum", "ETHUSDT")


@pytest.fixture(autouse=True)
def reader(nobody_remembered: None, store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> StrategiesReader:
    """One of each fate."""
    reader = StrategiesReader(store, KEYS, lambda: START + 60)
    for module in (views, api):
        monkeypatch.setattr(module, "get_reader", lambda: reader)
    store.lpush(KEYS.signals("orderbook_skew"), msgspec.json.encode(SENT))
    store.lpush(KEYS.signals("trade_momentum"), with_fate(TOO_OLD, Fate("held_back")))
    store.lpush(KEYS.halted("orderbook_skew"), with_fate(HALTED, fate_under(HALT)))
    return reader


def with_fate(signal: Signal, fate: Fate) -> bytes:
    return kept(msgspec.json.encode(signal), fate)


def test_each_is_reported_with_its_fate(client: Client):
    answered = client.get("/api/v1/signals").json()["signals"]
    assert [(each["id"], each["state"], each["halted_by"]) for each in answered] == [
        (TOO_OLD.id, "held_back", None),
        (HALTED.id, "halted", BY),
        (SENT.id, "sent", None),
    ]
    assert "secret" not in str(answered)
    assert "rita" not in str(answered)


@pytest.mark.parametrize(("state", "left"), [("sent", SENT), ("halted", HALTED), ("held_back", TOO_OLD)])
def test_only_those_of_one_fate(client: Client, state: str, left: Signal):
    """Also where newer ones of another fate stand before it."""
    (answered,) = client.get("/api/v1/signals", {"state": state, "limit": "1"}).json()["signals"]
    assert answered["id"] == left.id
    assert ids(client.get("/signals/", {"state": state})) == [left.id]
    assert ids(client.get("/signals/", {"state": state, "symbol": "XRPUSDT"})) == []


def test_another_fate_is_refused_over_rest_and_none_on_the_page(client: Client):
    refused = client.get("/api/v1/signals?state=lost")
    assert refused.status_code == 400
    assert refused.json()["detail"] == "state: must be one of sent, halted, held_back, got 'lost'"
    assert len(ids(client.get("/signals/?state=lost"))) == 3


def test_the_page_marks_what_was_held_back(client: Client):
    answer = client.get("/signals/")
    assert ids(answer) == [TOO_OLD.id, HALTED.id, SENT.id]
    seen = text(answer)
    assert seen.count("held back:") == 2
    assert "held back: halt of orderbook_skew on all symbols since 08:00:01 UTC" in seen
    assert "held back: too old when NATS was back" in seen
    assert [f'data-fate="{fate}"' in answer.content.decode() for fate in ("sent", "halted", "held_back")] == [
        True
    ] * 3
    assert "secret" not in seen


def test_what_is_held_back_arrives_like_the_rest(client: Client, store: redis.Redis):
    here = place(client.get("/signals/"))
    new = signal(5, symbol="XRPUSDT")
    store.lpush(KEYS.halted("orderbook_skew"), with_fate(new, Fate("halted")))
    answer = client.get("/signals/", {"after": here})
    assert ids(answer)[0] == new.id
    assert len(ids(answer)) == 4  # the list anew
    assert "held back: what is halted was not known yet" in text(answer)
    assert ids(client.get("/signals/", {"after": here, "state": "sent"})) == []
    assert ids(client.get("/signals/", {"after": place(answer)})) == []


@pytest.mark.parametrize(
    "forged",
    [
        {"state": "lost"},
        {"state": "sent", "halted_by": BY},
        {"state": "halted", "halted_by": BY | {"at": "2026-13-01T08:00:01.000Z"}},
        {"state": "halted", "halted_by": BY | {"symbol": "<b>"}},
        {"state": "halted", "halted_by": {}},
    ],
)
def test_a_fate_that_cannot_be_is_not_believed(client: Client, store: redis.Redis, forged: dict[str, object]):
    whole = msgspec.to_builtins(signal(7)) | forged
    store.lpush(KEYS.halted("orderbook_skew"), msgspec.json.encode(whole))
    assert len(client.get("/api/v1/signals").json()["signals"]) == 3
    assert len(ids(client.get("/signals/"))) == 3


def test_the_newest_that_was_halted_is_not_when_a_strategy_last_signalled(reader: StrategiesReader):
    assert reader.newest_of_each()["orderbook_skew"] == SENT.timestamp


KEPT = "Of each strategy the last 1,000 are kept, and the last 200 a halt held back."


def test_the_page_shows_of_which_signals_its_counts_are(client: Client):
    assert f"3 signals. {KEPT}" in text(client.get("/signals/"))
    assert f"1 signal of this choice. {KEPT}" in text(client.get("/signals/?symbol=eth"))
    assert f"0 signals of this choice. {KEPT}" in text(client.get("/signals/?symbol=eth&side=buy"))


def fill(store: redis.Redis, key: str, most: int, second: int, fate: Fate | None = None) -> None:
    """A list of a strategy, with as many as are kept."""
    raw = msgspec.json.encode(signal(second))
    store.lpush(key, *[kept(raw, fate) if fate else raw] * most)
    store.ltrim(key, 0, most - 1)


def test_each_strategy_states_since_when_none_of_its_own_is_missing(client: Client, store: redis.Redis):
    """A busy one reaches back less far than a quiet one."""
    assert "complete since" not in text(client.get("/signals/"))
    fill(store, KEYS.signals("orderbook_skew"), KEPT_SIGNALS, 20)
    seen = text(client.get("/signals/"))
    assert seen.count("complete since 15 January, 08:00:20 UTC , last sent 08:00:20 UTC") == 1
    assert re.search(r"Order Book Skew .{,60} complete since 15 January, 08:00:20 UTC", seen)


def test_since_when_none_is_missing_is_never_later_than_the_last(client: Client, store: redis.Redis):
    """What a halt holds back has a count of its own, and is not what was sent last."""
    fill(store, KEYS.halted("orderbook_skew"), KEPT_HALTED, 50, fate_under(HALT))
    seen = text(client.get("/signals/"))
    assert re.search(r"Order Book Skew .{,60} last sent 08:00:00 UTC", seen)
    assert "complete since" not in seen


@pytest.mark.parametrize(
    ("list_of", "most", "fate", "least"),
    [
        (KEYS.signals, KEPT_SIGNALS, None, {"", "sent", "halted"}),
        (KEYS.halted, KEPT_HALTED, fate_under(HALT), {"", "halted"}),
    ],
)
def test_of_what_has_made_room_the_least_is_counted(
    client: Client, store: redis.Redis, list_of: Callable[[str], str], most: int, fate: Fate | None,
    least: set[str],
):  # fmt: skip
    fill(store, list_of("orderbook_skew"), most, 20, fate)
    for state in ("", "sent", "halted"):
        seen = text(client.get("/signals/", {"state": state}))
        assert bool(re.search(r"[\d,]+\+ signals?", seen)) == (state in least), state
        assert bool(re.search(r"Order Book Skew .{,40}sell [\d,]+\+", seen)) == (state in least), state
    assert "+" not in text(client.get("/signals/?strategy=trade_momentum")).partition("of this choice")[0]


def test_parts_of_the_page_have_headings_and_what_is_behind_a_signal_stands_below_them(client: Client):
    page = client.get("/signals/").content.decode()
    headings = re.findall(r"<h(\d)[^>]*>([^<]+)<", page)
    assert headings[:4] == [
        ("1", "Signals"),
        ("2", "Strategies and sides"),
        ("2", "Newest signals"),
        ("3", "Figures it was decided on"),
    ]
    assert {level for level, _ in headings[3:]} == {"3"}

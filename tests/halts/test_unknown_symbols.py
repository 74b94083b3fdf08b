"""A halt of a symbol nobody has heard of is asked for again, while that can be known, and never kept from landing."""

import socket
import time
from collections.abc import Callable

import msgspec
import pytest
import redis
from django.db import OperationalError

from configuration import services as configuration
from configuration.known_symbols import nearest, question
from configuration.ledger import Author
from halts.domain import Scope
from halts.known import unknown_among
from halts.models import HaltChange
from halts.shell import halt as halt_from_shell
from metrics.domain.admission.news import NotLive
from metrics.domain.market import SUSPECT
from metrics.store.keys import Keys
from realtime import tracking
from realtime.stack.servers import LOCALHOST
from strategies.reader import get_reader as get_strategies_reader
from tests.conftest import forget_readers
from tests.factories import Clock, feed_report, spot_book
from tests.servers import Server
from tests.strategies.scenes import START
from tests.strategies.test_views import keep, signal

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db,
    pytest.mark.usefixtures("nobody_remembered", "reader"),
]
WHY = {"reason": "odd books"}
Publish = Callable[..., None]


@pytest.fixture
def who(desk):
    return desk("halt_strategies", "resume_strategies")


@pytest.mark.parametrize("path", ["/strategies/halt", "/strategies/orderbook_skew/halt/ethusd"])
def test_it_is_refused_with_the_nearest_names_unless_it_is_confirmed(who, publish: Publish, path: str):
    publish(spot_book("ETHUSDT"), spot_book("BTCUSDT"))
    body = WHY if path.endswith("ethusd") else {**WHY, "symbol": "ethusd"}
    error = who.post(path, body)["error"]
    assert (who.status, error["code"]) == (409, "UNKNOWN_SYMBOL")
    assert error["message"] == "ETHUSD? You may mean ETHUSDT."
    assert error["details"] == {"symbol": "ETHUSD", "nearest": ["ETHUSDT"]}
    assert not HaltChange.objects.exists()
    who.post(path, {**body, "confirm_unknown": False})
    assert who.status == 409
    who.post(path, {**body, "confirm_unknown": True})
    assert who.status == 200
    assert HaltChange.objects.get().symbol == "ETHUSD"


def test_of_several_every_unknown_one_is_named_and_none_is_halted(who, publish: Publish):
    publish(spot_book("ETHUSDT"))
    error = who.post("/strategies/halt", {**WHY, "symbols": ["ETHUSDT", "ETHUSD", "QQ"]})["error"]
    assert error["details"] == {
        "symbol": "ETHUSD",
        "nearest": ["ETHUSDT"],
        "others": [{"symbol": "QQ", "nearest": []}],
    }
    assert not HaltChange.objects.exists()


def test_a_market_that_is_not_live_values_and_signals_make_a_symbol_known(
    who, publish: Publish, store: redis.Redis, settings, author: Author, monkeypatch
):
    publish(spot_book("ETHUSDT"))
    report = feed_report(instance="a/0/1", not_live=[NotLive("LIVELESS", SUSPECT, "crossed")])
    store.hset(Keys(settings.STORE_PREFIX).feeds, report.instance, msgspec.msgpack.encode(report))
    configuration.write("orderbook_skew", "OWNVALUES", {"top_levels": 7}, author=author)
    monkeypatch.setattr(get_strategies_reader(), "clock", lambda: START)
    keep(store, signal(symbol="SIGNALLED"))
    for symbol in ("LIVELESS", "OWNVALUES", "SIGNALLED"):
        who.post("/strategies/halt", {**WHY, "symbol": symbol})
        assert who.status == 200, symbol


@pytest.mark.parametrize("seconds", [10.1, 3600.0])
def test_while_no_feed_is_heard_every_symbol_is_taken(who, publish: Publish, clock: Clock, seconds: float):
    publish(spot_book("ETHUSDT"))
    clock.advance(seconds)
    who.post("/strategies/halt", {**WHY, "symbol": "ETHUSD"})
    assert who.status == 200


def test_with_the_store_away_every_symbol_is_taken(who, own_store: Server):
    own_store.stop()
    who.post("/strategies/halt", {**WHY, "symbol": "ETHUSD"})
    assert who.status == 200


def test_a_store_that_keeps_silent_is_looked_at_for_half_a_second_only(settings):
    with socket.create_server((LOCALHOST, 0)) as silent:
        settings.REDIS_URL = f"redis://{LOCALHOST}:{silent.getsockname()[1]}/0"
        forget_readers()
        began = time.monotonic()
        assert tracking.known_symbols() is None
        assert time.monotonic() - began < 2 * tracking.LOOK_SECONDS
    forget_readers()


def test_with_the_database_away_nobody_can_know_which_symbols_have_values(publish: Publish, monkeypatch):
    publish(spot_book("ETHUSDT"))

    def away() -> None:
        raise OperationalError("it is away")

    monkeypatch.setattr("configuration.reading.current_token", away)
    assert unknown_among([Scope("", "ETHUSD")]) == {}


def test_resumptions_wide_halts_and_the_brake_of_orchestrators_are_never_asked_again(who, publish: Publish):
    publish(spot_book("ETHUSDT"))
    for path, body in [
        ("/strategies/resume", {**WHY, "symbol": "ETHUSD"}),
        ("/strategies/orderbook_skew/resume/ETHUSD", WHY),
        ("/strategies/halt", WHY),
        ("/strategies/orderbook_skew/halt", WHY),
        ("/strategies/orderbook_skew/config/ETHUSD", {"parameters": {"enabled": False}}),
    ]:
        who.post(path, body)
        assert who.status == 200, path


def test_names_that_begin_so_come_before_those_that_are_spelt_alike():
    names = ["BTCUSDT", "ETHUSDC", "ETHUSDT", "ETHFIUSDT", "BETHUSDT"]
    assert nearest("ETHUSD", names)[:2] == ["ETHUSDC", "ETHUSDT"]
    assert nearest("BTC", names) == ["BTCUSDT"]
    assert nearest("EHTUSDT", names)[0] == "ETHUSDT"
    assert nearest("QQ", names) == []


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], "XY? No market, no values and no signal have that name."),
        (["XYZ"], "XY? You may mean XYZ."),
        (["XYZ", "XYA", "XYB"], "XY? You may mean XYZ, XYA or XYB."),
    ],
)
def test_the_question_in_words(names: list[str], words: str):
    assert question(("XY", names)) == words


@pytest.mark.django_db(transaction=True)
def test_a_shell_halts_it_all_the_same_and_reports_that_nobody_knows_it(publish: Publish, settings, tmp_path):
    settings.STATE_DIR = tmp_path
    publish(spot_book("ETHUSDT"))
    outcome = halt_from_shell("", "ethusd", "why", 2.0)
    assert {"file", "database"} <= set(outcome.ways)
    assert "ETHUSD? You may mean ETHUSDT." in outcome.problems
    assert not [
        reported for reported in halt_from_shell("", "ETHUSDT", "why", 2.0).problems if "?" in reported
    ]

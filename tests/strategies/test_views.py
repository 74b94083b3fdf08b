"""The page of signals as the server paints it: what each decision rests on, and who may see how much."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import quote

import pytest
import redis
from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from redis.asyncio import Redis

from configuration.domain.catalogue import CATALOGUE
from configuration.ledger import Author
from configuration.models import Source
from halts import services
from halts.domain import Halts, Scope
from metrics.store.reader import StoreReader
from realtime.stack.servers import LOCALHOST, free_port
from strategies import views
from strategies.api import views as api
from strategies.domain.decision import HOLD, Action, Decision, Leg
from strategies.domain.signal import BookSeen, ConfigurationUsed, Signal, make_signal
from strategies.keys import KEPT_SIGNALS, StrategyKeys
from strategies.ledger.writer import Kept, Ledger
from strategies.outbox import Outbox
from strategies.reader import StrategiesReader
from symbols import fault_of
from tests.factories import spot_book
from tests.strategies.scenes import START
from tests.symbols import LISTED, LOOK_ALIKES

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LEGS = (
    Leg("kraken", "spot", "buy", 60100.0, 0.25),
    Leg("binance", "spot", "sell", 60200.0, 0.25),
)


@pytest.fixture(autouse=True)
def pages_reader(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> StrategiesReader:
    """The page's reader, over the clean store, at the time of the signals."""
    reader = StrategiesReader(store, StrategyKeys(settings.STORE_PREFIX), lambda: START + 60)
    for module in (views, api):
        monkeypatch.setattr(module, "get_reader", lambda: reader)
    return reader


def signal(
    second: int = 0,
    strategy_id="orderbook_skew",
    symbol="BTCUSDT",
    book_state="live",
    action: Action = "sell",
    legs: tuple[Leg, ...] = (),
    confidence: float = 0.75,
    **evidence,
) -> Signal:
    decision = Decision(
        symbol=symbol,
        action=action,
        confidence=confidence,
        price=60123.4,
        current_price=60120.0,
        indicators={"ratio": 0.512345678},
        rationale="the ratio of 0.5123 is below 0.8",
        exchange="binance" if legs else "",
        legs=legs,
        evidence=evidence,
    )
    used = ConfigurationUsed(7, "symbol", True, "9f2c", {"top_levels": 12})
    book = BookSeen("binance", "spot", 5123, book_state, 14)
    return make_signal(strategy_id, strategy_id.title(), decision, used, book, START + second)


def keep(store: redis.Redis, *signals: Signal) -> None:
    """As the runner does."""

    async def deliver() -> None:
        async with Redis.from_url(settings.REDIS_URL) as client:
            outbox = Outbox(
                client, StrategyKeys(settings.STORE_PREFIX), "nowhere", Halts, ledger=Ledger(Kept(1, 1), int)
            )
            for each in signals:
                outbox.put(each)
            await outbox.queues[1].send_once()

    async_to_sync(deliver)()


def text(answer) -> str:
    html = re.sub(r"<(noscript|script|select)\b.*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def ids(answer) -> list[str]:
    return re.findall(r'data-id="([^"]+)"', answer.content.decode())


@pytest.fixture
def viewer() -> Client:
    user = User.objects.create_user("vera")
    user.user_permissions.add(Permission.objects.get(codename="view_strategyconfig"))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_signal_opens_what_it_rests_on(viewer: Client, store: redis.Redis):
    keep(store, signal(legs=LEGS, confirmed_by_whales=True))
    seen = text(viewer.get("/signals/"))
    for fact in (
        "08:00:00 UTC ▼ sell BTCUSDT",
        "at 60,123.40 USDT",
        "0.75 of 1 strong",
        "version 7, own",
        "ratio 0.512346",
        "hash 9f2c",
        "top_levels 12",
        "update 5123 state live age 14 ms",
        "the ratio of 0.5123 is below 0.8",
        "at binance",
        "buy at kraken, spot 0.25 BTC at 60,100.00 USDT",
        "confirmed_by_whales true",
    ):
        assert fact in seen, fact


def test_a_signal_that_holds_asks_for_no_price_to_leave_at(viewer: Client, store: redis.Redis):
    keep(store, signal(strategy_id="cross_exchange_spread", action=HOLD, legs=LEGS))
    seen = text(viewer.get("/signals/"))
    for fact in ("08:00:00 UTC ◆ hold BTCUSDT", "sell at binance, spot 0.25 BTC"):
        assert fact in seen, fact
    assert " target " not in seen
    assert " stop " not in seen


@pytest.mark.parametrize(("state", "words"), [("suspect", "suspect"), ("one_sided", "one-sided")])
def test_a_signal_without_a_live_book_shows_it_before_it_is_opened(
    viewer: Client, store: redis.Redis, state: str, words: str
):
    keep(store, signal(), signal(1, strategy_id="trade_momentum", book_state=state))
    seen = text(viewer.get("/signals/"))
    assert f"Trade_Momentum {words} book" in seen
    assert f"state {words} age" in seen
    assert "live book" not in seen


def test_prices_of_a_signal_are_shown_in_all_their_digits(viewer: Client, store: redis.Redis):
    decision = Decision(
        symbol="BTCUSDT",
        action="buy",
        confidence=0.75,
        price=98765432101.25,
        current_price=98765432101.375,
        indicators={"spread_percent": 2.025e-9},
        rationale="because",
    )
    used = ConfigurationUsed(7, "symbol", True, "9f2c", {})
    keep(store, make_signal("orderbook_skew", "Order Book Skew", decision, used, None, START))
    seen = text(viewer.get("/signals/"))
    for fact in (
        "at 98,765,432,101.25 USDT",
        "market then 98,765,432,101.375 USDT",
        "target 102,716,049,385.30 USDT",
        "stop 95,802,469,138.2125 USDT",
        "spread_percent 0.00000000202500",
    ):
        assert fact in seen, fact


def test_parameters_are_for_those_who_may_see_configuration(client: Client, store: redis.Redis):
    keep(store, signal())
    services.halt(Scope("orderbook_skew"), author=Author(source=Source.API, name="rita", reason="secret"))
    answer = client.get("/signals/")
    seen = text(answer)
    assert "hash 9f2c" in seen
    assert "Halted: Order Book Skew on all symbols. Since " in seen
    assert "/admin/strategies/" not in answer.content.decode()
    for hidden in ("top_levels", "secret", "rita"):
        assert hidden not in seen, hidden


def test_newest_first_and_filtered(client: Client, store: redis.Redis):
    old, other, new = signal(0), signal(1, "trade_momentum", "ETHUSDT"), signal(2)
    keep(store, old, other, new)
    assert ids(client.get("/signals/")) == [new.id, old.id, other.id]  # the two that are alike are one line
    assert ids(client.get("/signals/?symbol=ethusdt")) == [other.id]
    assert ids(client.get("/signals/?strategy=orderbook_skew")) == [new.id, old.id]
    nothing = client.get("/signals/?strategy=orderbook_skew&symbol=ETHUSDT")
    assert ids(nothing) == []
    assert "No signal of this choice" in text(nothing)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("symbol=btc", ["sold", "bought", "sure"]),
        ("symbol=USDT", ["sold", "bought", "sure", "other"]),
        ("side=buy", ["bought", "other"]),
        ("confidence=0.9", ["sure"]),
        ("side=sell&confidence=0.7&symbol=BT", ["sold", "sure"]),
        ("side=nonsense&confidence=x", ["sold", "bought", "sure", "other"]),
    ],
)
def test_a_choice_holds_for_the_first_look_and_for_what_follows(
    client: Client, store: redis.Redis, query: str, expected: list[str]
):
    made = {
        "sold": signal(90),
        "bought": signal(80, action="buy"),
        "sure": signal(10, confidence=0.95),
        "other": signal(5, "trade_momentum", "ETHUSDT", action="buy", confidence=0.6),
    }
    keep(store, *reversed(made.values()))
    wanted = [made[name].id for name in expected]
    assert ids(client.get(f"/signals/?{query}")) == wanted
    assert ids(client.get(f"/signals/?{query}&after=")) == wanted
    keep(store, signal(100, symbol="XRPEUR", action="hold", confidence=0.55))
    here = place(client.get(f"/signals/?{query}&after="))
    assert ids(client.get(f"/signals/?{query}&after={here}")) == []


def test_signals_are_counted_by_strategy_and_side(
    client: Client, store: redis.Redis, pages_reader: StrategiesReader
):
    keep(
        store,
        signal(0),
        signal(1),
        signal(2, action="buy"),
        signal(3, "trade_momentum", "ETHUSDT", action="buy"),
    )
    answer = client.get("/signals/")
    assert counts_of(answer) == {
        "orderbook_skew buy": 1, "orderbook_skew sell": 2, "trade_momentum buy": 1, "buy": 2, "sell": 2,
    }  # fmt: skip
    chosen = client.get("/signals/?symbol=btc&strategy=orderbook_skew&side=sell")
    assert counts_of(chosen) == {"orderbook_skew sell": 2, "sell": 2}
    assert counts_of(client.get("/signals/?strategy=trade_momentum")) == {"trade_momentum buy": 1, "buy": 1}


def counts_of(answer) -> dict[str, int]:
    """Those that are not zero."""
    shown = re.findall(r'data-now="([^"]+)">(\d+)<', answer.content.decode())
    return {name: int(count) for name, count in shown if count != "0"}


def test_signals_alike_in_a_burst_are_one_line_with_a_count(client: Client, store: redis.Redis):
    burst, apart, other = [signal(100 + each) for each in range(3)], signal(0), signal(101, symbol="ETHUSDT")
    keep(store, apart, burst[0], other, *burst[1:])
    page = client.get("/signals/")
    assert ids(page) == [burst[2].id, burst[1].id, burst[0].id, other.id, apart.id]
    assert page.content.decode().count('class="signal group"') == 1
    assert "3 alike in 2 s" in text(page)


@pytest.mark.parametrize("symbol", LISTED)
def test_signals_about_symbols_of_all_scripts(viewer: Client, store: redis.Redis, symbol: str):
    about, other = signal(0, symbol=symbol), signal(1)
    keep(store, about, other)
    page = viewer.get("/signals/", {"symbol": symbol.lower()})
    assert ids(page) == [about.id]
    assert symbol in text(page)
    assert f'href="/symbols/{quote(symbol)}/"' in page.content.decode()
    assert f'href="/admin/strategies/orderbook_skew/symbols/{quote(symbol)}/"' in page.content.decode()
    (shown,) = viewer.get("/api/v1/signals", {"symbol": symbol.lower()}).json()["signals"]
    assert shown["symbol"] == symbol


@pytest.mark.parametrize("name", LOOK_ALIKES, ids=ascii)
def test_what_only_looks_like_a_symbol_is_answered_with_its_stranger(
    client: Client, store: redis.Redis, name: str
):
    keep(store, signal())
    page = client.get("/signals/", {"symbol": name})
    assert ids(page) == []
    assert f"A symbol is {fault_of(name)}." in unescape(page.content.decode())
    refused = client.get("/api/v1/signals", {"symbol": name})
    assert (refused.status_code, refused.json()["detail"]) == (400, f"symbol: must be {fault_of(name)}")


def place(answer) -> str:
    (found,) = re.findall(r'data-place="([^"]*)"', answer.content.decode())
    return found


def test_what_has_arrived_since_comes_without_the_frame(client: Client, store: redis.Redis):
    old, new = signal(0), signal(1)
    assert place(client.get("/signals/")) == ""
    keep(store, old)
    here = place(client.get("/signals/"))
    keep(store, new)
    answer = client.get("/signals/", {"after": here})
    assert ids(answer) == [new.id, old.id]  # all of the list, in which it has its place
    assert 'data-news="1"' in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert ids(client.get("/signals/", {"after": place(answer)})) == []
    assert ids(client.get("/signals/", {"after": ""})) == [new.id, old.id]


def test_what_arrives_late_is_not_overlooked(client: Client, store: redis.Redis):
    """Two processes: the signal of one is on its way while a later one of the other has been read."""
    late, early = signal(0, "trade_momentum"), signal(1)
    keep(store, early)
    here = place(client.get("/signals/"))
    keep(store, late)
    assert ids(client.get("/signals/")) == [early.id, late.id]
    assert ids(client.get("/signals/", {"after": here})) == [early.id, late.id]


def test_a_rare_signal_stays_although_another_strategy_is_busy(client: Client, store: redis.Redis):
    rare = signal(0, "onchain_metrics", "ETHUSDT")
    keep(store, rare)
    keep(store, *(signal(1 + number) for number in range(KEPT_SIGNALS)))
    assert ids(client.get("/signals/?strategy=onchain_metrics")) == [rare.id]
    assert ids(client.get("/signals/?symbol=ETHUSDT")) == [rare.id]
    listed = client.get("/api/v1/signals?symbol=ethusdt").json()
    assert [each["id"] for each in listed["signals"]] == [rare.id]


def test_reading_is_one_round_trip(
    store: redis.Redis, pages_reader: StrategiesReader, monkeypatch: pytest.MonkeyPatch
):
    keep(store, signal(0), signal(1, "trade_momentum"))
    trips: list[bytes] = []
    send = redis.Connection.send_packed_command

    def counted(connection: redis.Connection, command, *args, **kwargs) -> None:
        trips.append(b"".join(command))
        send(connection, command, *args, **kwargs)

    assert pages_reader.signals_since("")[0]  # the connection stands
    monkeypatch.setattr(redis.Connection, "send_packed_command", counted)
    assert len(pages_reader.signals_since("")[0]) == 2
    (sent,) = trips
    assert sent.count(b"LRANGE") == 2 * len(CATALOGUE)  # of each what was sent, and what was halted


def test_at_most_so_many(client: Client, store: redis.Redis):
    keep(store, *(signal(second) for second in range(views.SHOWN + 5)))
    assert len(ids(client.get("/signals/"))) == views.SHOWN


def test_without_a_process_the_page_shows_it(client: Client):
    assert "No strategy process is running: nothing new will appear." in text(client.get("/signals/"))


def test_without_the_store_the_page_shows_it(client: Client, monkeypatch: pytest.MonkeyPatch):
    away = redis.Redis.from_url(f"redis://{LOCALHOST}:{free_port()}")
    monkeypatch.setattr(views, "get_reader", lambda: StrategiesReader(away, StrategyKeys("away")))
    answer = client.get("/signals/")
    assert answer.status_code == 503
    assert "The store of the signals is away" in text(answer)


def test_a_log_in_is_needed_where_metrics_need_one(client: Client, settings):
    settings.METRICS_REQUIRE_LOGIN = True
    assert client.get("/signals/").status_code == 302


def test_signals_of_an_invented_market_show_it(
    client: Client, reader: StoreReader, publish: Callable[..., None]
):
    publish(spot_book())
    assert "invented" not in client.get("/signals/").content.decode()
    publish(spot_book(update_id=2, origin="simulated"))
    assert "Simulated market: what is shown is invented." in client.get("/signals/").content.decode()

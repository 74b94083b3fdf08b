"""All of one venue and form: what is traded there, and its connections."""

import asyncio
import json
from collections.abc import Callable

import pytest

from markets.domain.translated import KINDS
from markets.domain.venue import Limits
from markets.no_answer import NoAnswer
from markets.venue_stream import NothingTraded, addresses_of
from markets.venues import VENUES
from tests.markets.exchange import RestAnswer, until
from tests.markets.quick_time import quickly
from tests.markets.running import BOOKS_AND_TRADES, changed, running, stream_of
from tests.markets.venues_played import ALL, KEEP_BOOKS, Played, PlayedBinance, PlayedBinanceUsdm, PlayedOkx

BINANCE = VENUES["binance", "spot"]


@pytest.mark.parametrize("play", ALL)
def test_every_venue__is_published_on_the_subjects_of_its_markets(play: Callable[[], Played]) -> None:
    async def run() -> None:
        played = play()
        async with played.exchange().open() as exchange:
            stream = stream_of(played.venue, exchange, f"top:2:{played.quote}", KINDS)
            async with running(stream) as heard:
                await until(lambda: len({(each.kind, each.symbol) for each in heard.all}) >= 4)
                await exchange.send(*(played.trade(name) for name in played.names))
                kinds = [kind for kind in KINDS if kind in played.venue.kinds]
                await until(lambda: {each.kind for each in heard.all} == set(kinds))

                name = played.venue.name + ("-usdm" if played.venue.form == "usdm" else "")
                symbols = [played.symbol(coin) for coin in ("SOL", "ETH")]  # the busiest
                assert heard.subjects(played.venue) == {
                    f"market.{name}.{kind}.{symbol}" for kind in kinds for symbol in symbols
                }
                assert stream.figures.symbols == 2
                assert stream.figures.connections_open == stream.figures.connections_wanted

    quickly(run())


def test_many_symbols__have_several_connections_none_with_more_channels_than_allowed() -> None:
    async def run() -> None:
        played = PlayedOkx([f"C{number}" for number in range(55)])
        venue = changed(played.venue, limits=Limits(20, 8, 20.0, 300))
        async with played.exchange().open() as exchange:
            stream = stream_of(venue, exchange, "top:1000", ("depth", "trade"))
            async with running(stream) as heard:
                await until(lambda: len({each.symbol for each in heard.all}) == 55)

                assert stream.figures.connections_wanted == exchange.opened == 6
                for number in exchange.open_now:
                    messages = [played.channels(each) for each in exchange.asked_on(number)]
                    assert sum(len(each) for each in messages) <= 20

                await exchange.cut(3)
                await until(lambda: exchange.opened == 7)
                await until(lambda: exchange.asked_on(7))
                assert len(exchange.open_now) == 6

    quickly(run())


def test_contracts_of_binance__have_a_connection_for_each_of_its_two_paths() -> None:
    async def run() -> None:
        played = PlayedBinanceUsdm()
        async with (
            played.exchange().open() as exchange,
            running(stream_of(played.venue, exchange, "BTCUSDT", KINDS)) as heard,
        ):
            await until(lambda: {each.kind for each in heard.all} == set(KINDS))

            assert sorted(exchange.opened_paths) == ["/market/stream", "/public/stream"]

    quickly(run())


def test_connections__are_no_more_in_five_minutes_than_the_venue_allows() -> None:
    async def run() -> None:
        played = PlayedOkx([f"C{number}" for number in range(60)])
        venue = changed(played.venue, limits=Limits(2, 8, 20.0, 100))
        exchange = played.exchange()
        exchange.refuses = RestAnswer(b"", 503)
        async with exchange.open(), running(stream_of(venue, exchange, "top:1000", ("depth", "trade"))):
            await asyncio.sleep(600.0)

        assert len(exchange.wanted_at) > 150
        for begin in exchange.wanted_at:
            assert sum(begin <= each < begin + 299.0 for each in exchange.wanted_at) <= 100

    quickly(run())


# -- What is traded ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        RestAnswer(b"", 503),
        RestAnswer(b"<html>", 200),
        RestAnswer({"code": -1003, "msg": "Way too many requests; IP banned"}, 418, {"Retry-After": "5"}),
        RestAnswer({"symbols": "none"}),
        RestAnswer([[]]),
        RestAnswer(b"[" * 200_000),
        RestAnswer(b""),
    ],
)
def test_a_venue_that_is_away_at_the_start__is_waited_for(answer: RestAnswer) -> None:
    async def run() -> None:
        played = PlayedBinance()
        exchange = played.exchange()
        path = BINANCE.listing_paths["symbols"]
        good = exchange.rest[path]
        exchange.rest[path] = answer
        async with exchange.open():
            stream = stream_of(played.venue, exchange)
            async with running(stream) as heard:
                await until(lambda: exchange.paths.count(path) == 3)
                assert stream.figures.trouble
                assert not exchange.opened
                exchange.rest[path] = good
                await until(lambda: len(heard.of("depth")) == 3)

                assert stream.figures.trouble == ""

    quickly(run())


def test_a_venue_that_asks_to_be_left_alone__is_left_alone_for_so_long() -> None:
    async def run() -> None:
        played = PlayedBinance()
        exchange = played.exchange()
        path = BINANCE.listing_paths["symbols"]
        exchange.rest[path] = RestAnswer({}, 418, {"Retry-After": "3600"})
        async with exchange.open(), running(stream_of(played.venue, exchange)):
            await asyncio.sleep(3_000.0)
            assert len(exchange.paths) == 1
            await asyncio.sleep(700.0)
            assert len(exchange.paths) == 2

    quickly(run())


def test_a_symbol_that_is_not_traded__is_named_and_the_others_come(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        played = PlayedBinance()
        async with (
            played.exchange().open() as exchange,
            running(stream_of(played.venue, exchange, "NOSUCH,ETHUSDT")) as heard,
        ):
            await until(lambda: len(heard.of("depth")) == 1)

    quickly(run())
    assert "not_traded binance/spot: NOSUCH" in caplog.text


def test_a_venue_that_trades_nothing_of_it__is_reported_as_such() -> None:
    async def run() -> None:
        played = PlayedBinance()
        async with played.exchange().open() as exchange:
            with pytest.raises(NothingTraded, match="binance/spot trades none of NOSUCH"):
                await stream_of(played.venue, exchange, "NOSUCH").run()
            assert not exchange.opened

    quickly(run())


def test_kinds_that_a_venue_has_not__are_left_out_and_where_none_is_left_that_is_reported() -> None:
    async def run() -> None:
        played = PlayedOkx()
        async with played.exchange().open() as exchange:
            async with running(stream_of(played.venue, exchange, kinds=("ticker", "diff", "depth"))) as heard:
                await until(lambda: len(heard.all) == 3)
                assert {each.kind for each in heard.all} == {"depth"}
            with pytest.raises(NothingTraded, match="okx/spot has none of the kinds"):
                await stream_of(played.venue, exchange, kinds=("ticker", "diff")).run()

    quickly(run())


# -- Whole books -----------------------------------------------------------------------------------


@pytest.mark.parametrize("play", [PlayedBinance, PlayedBinanceUsdm])
def test_a_whole_book__is_the_venues_own_answer_and_is_published_as_well(
    play: Callable[[], PlayedBinance],
) -> None:
    async def run() -> None:
        played = play()
        async with played.exchange().open() as exchange:
            stream = stream_of(played.venue, exchange, "BTCUSDT", ["diff"])
            async with running(stream) as heard:
                await until(lambda: heard.all)
                body = await stream.snapshot("BTCUSDT")

                frame = json.loads(heard.all[-1].payload)
                assert frame["stream"] == "btcusdt@depthSnapshot"
                assert frame["data"] == json.loads(body)
                assert frame["source"] == "binance-websocket"
                assert heard.all[-1][:2] == ("diff", "BTCUSDT")

    quickly(run())


@pytest.mark.parametrize(
    "answer",
    [
        RestAnswer(b"<html>please sign in</html>"),
        RestAnswer({"code": -1121, "msg": "Invalid symbol."}),
        RestAnswer({"lastUpdateId": "x", "bids": [], "asks": []}),
        RestAnswer({"lastUpdateId": 1, "bids": []}),
        RestAnswer(b'{"lastUpdateId":1,"bids":[],"asks":[]'),
        RestAnswer(b"", 503),
    ],
)
def test_a_wrong_whole_book__is_neither_answered_nor_published(answer: RestAnswer) -> None:
    async def run() -> None:
        played = PlayedBinance()
        exchange = played.exchange()
        exchange.rest[played.depth_path.format("BTCUSDT")] = answer
        async with exchange.open():
            stream = stream_of(played.venue, exchange, "BTCUSDT", ["trade"])
            async with running(stream) as heard:
                await until(lambda: heard.all)
                with pytest.raises(NoAnswer) as raised:
                    await stream.snapshot("BTCUSDT")

                assert raised.value.retry_after > 0
                assert {each.kind for each in heard.all} == {"trade"}

    quickly(run())


@pytest.mark.parametrize("play", [PlayedBinance, *KEEP_BOOKS])
def test_a_whole_book_of_what_is_not_there__is_no_answer(play: Callable[[], Played]) -> None:
    async def run() -> None:
        played = play()
        async with played.exchange().open() as exchange:
            stream = stream_of(played.venue, exchange, kinds=BOOKS_AND_TRADES)
            with pytest.raises(NoAnswer, match="has no snapshots of NOSUCH"):
                await stream.snapshot("NOSUCH")
            await stream.rest.close()

    quickly(run())


# -- Addresses -----------------------------------------------------------------------------------


def test_addresses__are_those_of_the_venue_unless_settings_state_otherwise() -> None:
    assert addresses_of(BINANCE, {}) == ("wss://stream.binance.com:9443", "https://api.binance.com")
    assert addresses_of(
        BINANCE, {"VENUE_BINANCE_SPOT_WS": "ws://127.0.0.1:1/", "VENUE_BINANCE_SPOT_REST": ""}
    ) == ("ws://127.0.0.1:1", "https://api.binance.com")

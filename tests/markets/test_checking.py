"""Does a venue answer, and with what?"""

import pytest

from markets.checking import Finding, Watcher, check
from markets.domain.translated import KINDS, Kind
from tests.factories import Clock
from tests.markets.exchange import Exchange, RestAnswer
from tests.markets.quick_time import quickly
from tests.markets.running import stream_of
from tests.markets.venues_played import Played, PlayedBinance, PlayedBybit, PlayedOkx


def findings(
    played: Played, exchange: Exchange, kinds: tuple[Kind, ...], choice: str = "top:5", seconds: float = 30.0
) -> list[Finding]:
    async def run() -> list[Finding]:
        async with exchange.open():
            watcher = Watcher(list(kinds), Clock())
            stream = stream_of(played.venue, exchange, choice, kinds)
            stream.publish = watcher.publish
            return await check(stream, watcher, list(kinds), seconds)

    return quickly(run())


def test_what_comes__is_found_with_after_how_long() -> None:
    played = PlayedBinance()

    found = findings(played, played.exchange(), KINDS)

    assert [(each.venue, each.form, each.kind, each.seconds, each.why) for each in found] == [
        ("binance", "spot", kind, 0.0, "") for kind in KINDS
    ]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda exchange, played: setattr(exchange, "refuses", RestAnswer(b"", 403)), "HTTP 403"),
        (lambda exchange, played: exchange.rest.clear(), "HTTP 404"),
        (lambda exchange, played: setattr(exchange, "is_silent", True), "nothing came within 30 s"),
        (
            lambda exchange, played: setattr(played, "answers_subscriptions", False),
            "nothing came within 30 s",
        ),
        (
            lambda exchange, played: setattr(played, "refuses", frozenset({"orderbook.200.BTCUSDT"})),
            "error:handler not found,topic:orderbook.200.BTCUSDT",
        ),
    ],
)
def test_what_does_not_come__is_reported_with_why(change: object, why: str) -> None:
    played = PlayedBybit()
    exchange = played.exchange()
    change(exchange, played)  # type: ignore[operator]

    (found,) = findings(played, exchange, ("depth",))

    assert found.seconds is None
    assert why in found.why


def test_a_kind_that_comes_beside_one_that_does_not__is_found() -> None:
    played = PlayedOkx()

    depth, trade = findings(played, played.exchange(), ("depth", "trade"))

    assert (depth.seconds, depth.why) == (0.0, "")
    assert (trade.seconds, trade.why) == (None, "nothing came within 30 s")


def test_markets_and_kinds_that_there_are_not__are_reported_at_once() -> None:
    played = PlayedOkx()

    (symbol,) = findings(played, played.exchange(), ("depth",), "NOSUCH")
    (kind,) = findings(played, played.exchange(), ("ticker",))

    assert symbol.why == "okx/spot trades none of NOSUCH."
    assert kind.why == "okx/spot has none of the kinds that are wanted."

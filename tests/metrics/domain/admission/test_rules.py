"""The gate decides as its rules do when they are told a second time: message by message, whatever producers do."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.domain.admission.gate import Admission
from metrics.domain.admission.news import News, Released
from metrics.domain.admission.rules import PRIMARY_MARKETS, Rules
from metrics.domain.book import BookUpdate, Refused
from metrics.feed.wire import read_levels
from tests.metrics.domain.admission.producers import (
    CONTRACT,
    OTHER_SPOT,
    SPOT,
    Arrival,
    Frame,
    contract_scenes,
    market_scenes,
    spot_scenes,
)
from tests.metrics.domain.admission.reference import HELD, SHOWN, Rulebook, Verdict

primaries = st.permutations([SPOT, OTHER_SPOT, CONTRACT]).flatmap(
    lambda markets: st.integers(0, len(markets)).map(lambda count: tuple(markets[:count]))
)
"""Some markets in any order; all others come after them."""


@settings(max_examples=300)
@given(spot_scenes())
def test_books_without_a_symbol_and_what_names_one(arrivals: list[Arrival]):
    compare(arrivals)


@settings(max_examples=300)
@given(contract_scenes())
def test_books_of_contracts_and_diffs_under_their_names(arrivals: list[Arrival]):
    compare(arrivals)


@settings(max_examples=150)
@given(market_scenes(), primaries)
def test_books_of_several_markets_of_one_symbol(arrivals: list[Arrival], primary: tuple[str, ...]):
    compare(arrivals, primary)


def compare(arrivals: list[Arrival], primary: tuple[str, ...] = PRIMARY_MARKETS) -> None:
    """Show both the same messages, and let time pass before each; both must tell the same, show the same, and follow
    the same market."""
    gate = Admission(Rules(primary=primary), read_levels)
    rules = Rulebook(primary=primary)
    for now, frame in arrivals:
        gate.pass_time(now)
        rules.pass_time(now)
        assert Counter(news(gate.take_news())) == Counter(news(rules.take_news())), now
        assert followed(gate, now) == rules.follow("BTCUSDT", now), now
        expected = rules.book(frame, now) if isinstance(frame, BookUpdate) else rules.hear(frame, now)
        assert decided(gate, frame, now) == expected, (now, frame)
        assert news(gate.take_news()) == news(rules.take_news()), (now, frame)
        assert live(gate, now) == rules.live(now), (now, frame)
        assert followed(gate, now) == rules.follow("BTCUSDT", now), (now, frame)


@given(spot_scenes() | contract_scenes() | market_scenes(), st.sampled_from((SPOT, OTHER_SPOT, CONTRACT)))
def test_a_market_is_told_the_same_with_and_without_all_others(arrivals: list[Arrival], market: str):
    among, alone = Admission(Rules(), read_levels), Admission(Rules(), read_levels)
    for now, frame in arrivals:
        for gate in (among, alone):
            gate.pass_time(now)
        verdicts = [
            decided(gate, frame, now) for gate in (among, alone) if gate is among or frame.market == market
        ]
        if frame.market == market:
            assert verdicts[0] == verdicts[1], (now, frame)
        assert told_of(market, among, now) == told_of(market, alone, now), (now, frame)


def told_of(name: str, gate: Admission, now: float) -> tuple[Any, ...]:
    """Everything a gate says of a market."""
    news_of = [
        each
        for each in news(gate.take_news())
        if name in each  # all name their market
    ]
    market = gate.find("BTCUSDT", name)
    if market is None:
        return (news_of,)
    return (
        news_of,
        market.is_live(now, gate.rules.stale_after),
        market.can_be_followed(now, gate.rules.stale_after),
        market.live_since,
        (market.since, market.is_new),
        gate.trouble(market),
        gate.suspicion(market, now),
        [each for each in gate.not_live(now) if each.market == name],
    )


def decided(gate: Admission, frame: Frame, now: float) -> Verdict:
    """What the gate says; it fills in books, and is given one of its own."""
    try:
        if isinstance(frame, BookUpdate):
            return SHOWN if gate.book(msgspec.structs.replace(frame), now) else HELD
        gate.hear(frame, now)
    except Refused as refusal:
        return refusal.reason
    return SHOWN


def news(told: list[News]) -> list[tuple[Any, ...]]:
    """What was decided later, in a form that can be compared: a book may have been filled in."""
    return [
        ("released", each.update.market, each.update.update_id, each.at)
        if isinstance(each, Released)
        else (type(each).__name__, *each)
        for each in told
    ]


def live(gate: Admission, now: float) -> set[tuple[str, str]]:
    """Symbol and market of what may be shown."""
    symbol = gate.get("BTCUSDT")
    return {
        (market.symbol, market.name)
        for market in (symbol.markets.values() if symbol else ())
        if market.is_live(now, gate.rules.stale_after)
    }


def followed(gate: Admission, now: float) -> str | None:
    """The market that the bare symbol means."""
    symbol = gate.get("BTCUSDT")
    market = gate.follow(symbol, now) if symbol else None
    return market.name if market else None

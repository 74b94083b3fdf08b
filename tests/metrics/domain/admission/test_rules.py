"""The gate decides as its rules do when they are told a second time: message by message, whatever producers do."""

from collections import Counter
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.domain.admission.gate import Admission
from metrics.domain.admission.news import News, Released
from metrics.domain.admission.rules import Rules
from metrics.domain.book import BookUpdate, Refused
from metrics.feed.wire import read_levels
from tests.metrics.domain.admission.producers import Arrival, Frame, contract_scenes, spot_scenes
from tests.metrics.domain.admission.reference import HELD, SHOWN, Rulebook, Verdict


@settings(max_examples=300)
@given(spot_scenes(), st.booleans())
def test_books_without_a_symbol_and_what_names_one(arrivals: list[Arrival], one_market: bool):
    compare(arrivals, one_market)


@settings(max_examples=300)
@given(contract_scenes(), st.booleans())
def test_books_of_contracts_and_diffs_under_their_names(arrivals: list[Arrival], one_market: bool):
    compare(arrivals, one_market)


def compare(arrivals: list[Arrival], one_market: bool, max_event_lag: float = 30.0) -> None:
    """Show both the same messages, and let time pass before each; both must tell the same, and show the same."""
    gate = Admission(Rules(one_market=one_market, max_event_lag=max_event_lag), read_levels)
    rules = Rulebook(one_market=one_market, max_lag=max_event_lag)
    for now, frame in arrivals:
        gate.pass_time(now)
        rules.pass_time(now)
        assert Counter(news(gate.take_news())) == Counter(news(rules.take_news())), now
        expected = rules.book(frame, now) if isinstance(frame, BookUpdate) else rules.hear(frame, now)
        assert decided(gate, frame, now) == expected, (now, frame)
        assert news(gate.take_news()) == news(rules.take_news()), (now, frame)
        assert live(gate, now) == rules.live(now), (now, frame)


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
    """Symbol and market of what may be shown: where they are followed one by one, of what is followed."""
    symbol = gate.get("BTCUSDT")
    return {
        (market.symbol, market.name)
        for market in (symbol.markets.values() if symbol else ())
        if market.is_live(now, gate.rules.stale_after)
        and (not gate.rules.one_market or (symbol and market is symbol.followed))
    }

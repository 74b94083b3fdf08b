"""Halts as marks: what is shown of a symbol, and that showing it never depends on the database."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from configuration.domain.catalogue import CATALOGUE
from configuration.exceptions import StoreUnavailable
from configuration.ledger import Author
from configuration.models import Source
from halts import reading, services
from halts.domain import HaltRecord, Halts, Scope
from metrics import marks
from metrics.marks import UNMARKED, Mark, Marks
from realtime.halt_marks import HaltMarks, marks_of
from tests.configuration.outage import database_away
from tests.factories import Clock, spot_book
from tests.servers import until

BTC, ETH = "BTCUSDT", "ETHUSDT"
SKEW, MOMENTUM = "orderbook_skew", "trade_momentum"
NOW = datetime(2026, 11, 27, 14, 19, tzinfo=UTC)
AT = NOW - timedelta(minutes=16)  # 14:03


def halts(*scopes: Scope, at: datetime = AT) -> Halts:
    return Halts(each(*scopes, at=at))


def each(*scopes: Scope, at: datetime = AT) -> Iterable[HaltRecord]:
    return [
        HaltRecord(**scope._asdict(), halted=True, reason="odd books", actor="rita", at=at.timestamp())
        for scope in scopes
    ]


def mark(halts: Halts, symbol: str = BTC, now: datetime = NOW) -> Mark:
    return marks_of(halts, now.timestamp()).of(symbol)


def words(mark: Mark) -> str:
    return f"{mark.headline} {mark.detail}"


def test_without_halts_nothing_is_marked():
    assert mark(Halts()) == UNMARKED


def test_a_halt_of_everything_marks_every_symbol_and_shows_it():
    found = mark(halts(Scope(), Scope(SKEW, ETH)))
    assert found.halted
    assert found.since == AT.timestamp()
    assert words(found) == "Signals halted since 14:03 UTC. Everything is halted: no strategy sends any."


def test_a_symbol_halted_over_all_strategies_is_marked_and_no_other():
    found = halts(Scope("", BTC))
    assert words(mark(found)) == "Signals halted since 14:03 UTC. No strategy sends any about BTCUSDT."
    assert mark(found).halted
    assert mark(found, ETH) == UNMARKED


def test_one_halt_for_each_strategy_of_the_catalogue_is_as_good():
    wide, *narrow = CATALOGUE
    found = mark(halts(Scope(wide), *(Scope(strategy_id, BTC) for strategy_id in narrow)))
    assert found.halted
    assert words(found) == "Signals halted since 14:03 UTC. Every strategy is halted."


def test_where_one_strategy_goes_on_the_others_are_named_and_there_is_no_mark():
    found = halts(Scope(SKEW, BTC), Scope(MOMENTUM))
    names = f"{CATALOGUE[SKEW].name} and {CATALOGUE[MOMENTUM].name}"
    assert not mark(found).halted
    assert words(mark(found)) == f"Signals of {names} halted since 14:03 UTC. Other strategies go on."
    assert mark(found, ETH).headline == f"Signals of {CATALOGUE[MOMENTUM].name} halted since 14:03 UTC."


def test_it_holds_since_the_last_strategy_was_halted_by_the_first_halt_that_covers_it():
    later = AT + timedelta(minutes=5)
    everything, symbol = each(Scope(), at=later), each(Scope("", BTC))
    assert mark(Halts([*everything, *symbol])).since == AT.timestamp()
    assert mark(Halts([*each(Scope(SKEW)), *each(Scope(MOMENTUM), at=later)])).since == later.timestamp()


def test_each_halt_is_reported_with_its_own_beginning():
    later = AT + timedelta(minutes=9)
    both = Halts([*each(Scope(), at=later), *each(Scope("", BTC))])
    assert words(mark(both)) == (
        "Signals halted since 14:03 UTC. Everything is halted since 14:12 UTC, BTCUSDT since 14:03 UTC."
    )
    assert words(mark(both, ETH)) == (
        "Signals halted since 14:12 UTC. Everything is halted: no strategy sends any."
    )
    singly = Halts([*each(Scope(), at=later), *each(*map(Scope, CATALOGUE))])
    assert words(mark(singly)) == (
        "Signals halted since 14:03 UTC. Everything is halted since 14:12 UTC: no strategy sends any."
    )


def test_strategies_that_were_halted_one_after_the_other_are_reported_each_with_its_beginning():
    found = Halts([*each(Scope(SKEW)), *each(Scope(MOMENTUM), at=AT + timedelta(minutes=9))])
    skew, momentum = CATALOGUE[SKEW].name, CATALOGUE[MOMENTUM].name
    assert mark(found).headline == (
        f"Signals of {skew} halted since 14:03 UTC, of {momentum} since 14:12 UTC."
    )


def test_of_another_day_the_day_is_reported():
    found = mark(halts(Scope()), now=NOW + timedelta(days=1))
    assert found.headline == "Signals halted since 27 November 2026, 14:03 UTC."


def test_at_most_once_a_second_somebody_asks():
    clock, asked = Clock(), []

    def read() -> Halts:
        asked.append(clock())
        return halts(Scope())

    shown = HaltMarks(read, clock, NOW.timestamp)
    for _ in range(30):
        assert shown().of(BTC).halted
        clock.advance(0.1)
    assert len(asked) == 3


def test_while_somebody_asks_nobody_waits():
    clock, seen = Clock(), []

    def read() -> Halts:
        seen.append(shown().of(BTC).halted)  # as others do meanwhile
        return halts(Scope())

    shown = HaltMarks(read, clock, NOW.timestamp)
    assert shown().of(BTC).halted
    clock.advance(1)
    shown()
    assert seen == [False, True]


def test_who_has_never_been_answered_marks_nothing_and_asks_again_a_second_later():
    clock = Clock()
    answers: list[Halts | StoreUnavailable] = [StoreUnavailable(), StoreUnavailable(), halts(Scope())]

    def read() -> Halts:
        answer = answers.pop(0)
        if isinstance(answer, StoreUnavailable):
            raise answer
        return answer

    shown = HaltMarks(read, clock, NOW.timestamp)
    for is_halted, left in ((False, 2), (False, 2), (False, 1), (False, 1), (True, 0)):
        assert shown().of(BTC).halted == is_halted
        assert len(answers) == left
        clock.advance(0.6)


def test_a_database_that_keeps_silent_holds_up_nobody_for_long_and_is_not_asked_twice():
    clock, speaks, asked = Clock(), Event(), []

    def read() -> Halts:
        asked.append(clock())
        assert speaks.wait(30)
        return halts(Scope())

    shown = HaltMarks(read, clock, NOW.timestamp)
    for _ in range(5):
        assert shown() == Marks()
        clock.advance(1)
    assert len(asked) == 1
    speaks.set()
    until(lambda: shown().of(BTC).halted, "the answer is known")


def test_any_other_failure_is_a_failure_and_reported_once():
    clock = Clock()
    shown = HaltMarks(lambda: 1 / 0, clock, NOW.timestamp)  # type: ignore[arg-type,return-value]
    for _ in range(2):
        assert shown() == Marks()
        clock.advance(1)
        with pytest.raises(ZeroDivisionError):
            shown()


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("reader")
def test_a_public_answer_shows_a_halt_and_goes_on_showing_it_while_the_database_is_away(
    client: Client,
    publish: Callable[..., None],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
):
    monkeypatch.setattr(reading, "_last", None)
    marks.hand_in(HaltMarks(clock=clock))
    publish(spot_book())

    def is_halted() -> bool:
        return bool(client.get("/api/v1/metrics/all").json()["metrics"][BTC]["halted"])

    with database_away():
        assert not is_halted()
    services.halt(Scope("", BTC), author=Author(source=Source.API, name="rita", reason="odd books"))
    assert not is_halted()
    clock.advance(1)
    with django_assert_num_queries(0):  # in the thread of the answer
        until(is_halted, "the halt is shown")
    clock.advance(1)
    with database_away():
        assert is_halted()

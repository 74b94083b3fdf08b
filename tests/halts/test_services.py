"""Halting and resuming: latched, on record, narrow and wide."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from configuration import reading
from configuration.exceptions import ForbiddenWrite, StoreUnavailable, StrategyNotFound, ValidationFailed
from configuration.ledger import Author
from configuration.models import Source
from halts import services, shell
from halts.domain import HaltRecord, Halts, Scope, newest
from halts.models import HaltChange
from halts.signals import halts_issued_elsewhere
from tests.factories import START

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW = Scope("orderbook_skew")


def record(at, halted=True, scope=SKEW):
    return HaltRecord(**scope._asdict(), halted=halted, reason="why", actor="somebody", at=at)


def test_a_halt_stands_until_it_is_lifted_and_both_are_on_record(author: Author):
    assert services.in_force().state("orderbook_skew") == "ACTIVE"
    services.halt(SKEW, author=author)
    assert services.in_force().state("orderbook_skew", "BTCUSDT") == "HALTED"
    assert services.in_force().state("trade_momentum") == "ACTIVE"
    services.resume(SKEW, author=author)
    assert services.in_force() == Halts()
    reported = [(c.halted, c.actor, c.reason, c.changed_by, c.source) for c in HaltChange.objects.of(SKEW)]
    assert reported == [
        (False, "manager", "tuning", "desk", "api"),
        (True, "manager", "tuning", "desk", "api"),
    ]


def test_lifting_a_narrow_halt_leaves_a_wide_one(author: Author):
    services.halt(Scope(), author=author)
    services.halt(SKEW, author=author)
    services.resume(SKEW, author=author)
    halts = services.in_force()
    assert [covering.scope for covering in halts.covering("orderbook_skew")] == [Scope()]
    assert halts.is_halted("orderbook_skew", "BTCUSDT")


def test_resuming_what_is_not_halted_does_nothing(author: Author):
    assert services.resume(SKEW, author=author) is None
    assert not HaltChange.objects.exists()


@pytest.mark.parametrize("change", [services.halt, services.resume])
def test_a_reason_is_required(change, author: Author):
    with pytest.raises(ValidationFailed):
        change(SKEW, author=Author(source=author.source, user=author.user, reason="  "))
    assert not HaltChange.objects.exists()


def test_pollers_see_it_by_the_same_token_as_configuration(author: Author):
    before = reading.current_token()
    services.halt(SKEW, author=author)
    halted = reading.current_token()
    services.resume(SKEW, author=author)
    assert len({before, halted, reading.current_token()}) == 3


def test_what_was_issued_while_the_database_was_away_is_taken_over_once(author: Author):
    now = datetime.now(UTC).timestamp()
    reported = [record(round(now + 5, 3)), record(round(now, 3), scope=Scope())]
    assert services.adopt(reported) == 2
    assert services.adopt(reported) == 0
    assert services.in_force().records.keys() == {SKEW, Scope()}
    # a later word wins, although the clock it was given by is behind
    services.resume(SKEW, author=author)
    assert services.adopt(reported) == 0
    merged = Halts([*services.records(), *reported])
    assert merged.records.keys() == {Scope()}


def test_what_many_processes_hand_over_is_compared_at_one_go():
    now = datetime.now(UTC).timestamp()
    reported = [record(round(now - number, 3), scope=Scope("", f"S{number}USDT")) for number in range(20)]
    assert services.adopt(reported * 3) == 20
    with CaptureQueriesContext(connection) as queries:
        assert services.adopt(reported * 3) == 0
    assert sum("halts_haltchange" in query["sql"] for query in queries) == 1


@pytest.fixture
def elsewhere():
    """What receivers report as issued without the database."""
    issued: list[HaltRecord] = []

    def answer(**_):
        return issued

    halts_issued_elsewhere.connect(answer)
    yield issued
    halts_issued_elsewhere.disconnect(answer)


def reported(scope=SKEW):
    """The record of a scope, the last word first."""
    return [(change.halted, change.actor) for change in HaltChange.objects.of(scope)]


def test_a_resumption_takes_back_a_halt_that_is_not_on_record_yet(author: Author, elsewhere):
    late = record(datetime.now(UTC).timestamp() - 5)
    elsewhere.append(late)
    services.resume(SKEW, author=author)
    assert reported() == [(False, "manager"), (True, "somebody")]
    assert services.adopt([late]) == 0
    assert services.in_force() == Halts()


@pytest.mark.parametrize("seconds", [-5, 5])
@pytest.mark.parametrize("halted", [True, False])
def test_who_decides_later_has_the_last_word_whatever_the_clocks_show(
    author: Author, elsewhere, seconds: float, halted: bool
):
    services.halt(SKEW, author=author)
    elsewhere.append(record(datetime.now(UTC).timestamp() + seconds, not halted))
    decide = services.halt if halted else services.resume
    decide(SKEW, author=author)
    services.adopt(elsewhere)
    assert services.in_force().is_halted("orderbook_skew", "BTCUSDT") is halted
    assert HaltChange.objects.of(SKEW).filter(actor="somebody").count() == 1


def test_a_late_record_of_a_halt_that_has_been_resumed_is_kept_and_does_not_latch(author: Author):
    at = datetime.now(UTC).timestamp() - 0.01
    services.halt(SKEW, author=author)
    services.resume(SKEW, author=author)
    before = reading.current_token()
    assert services.adopt([record(at)]) == 1
    assert reported() == [(False, "manager"), (True, "manager"), (True, "somebody")]
    assert services.in_force() == Halts()
    assert services.records()[0].actor == "manager"
    assert reading.current_token() != before


def test_a_halt_issued_after_a_resumption_latches_although_it_is_recorded_late(author: Author):
    services.halt(SKEW, author=author)
    services.resume(SKEW, author=author)
    services.adopt([record(datetime.now(UTC).timestamp() + 0.5)])
    assert services.in_force().is_halted("orderbook_skew", "BTCUSDT")


def test_of_two_words_at_one_moment_the_halt_counts(author: Author):
    at = round(datetime.now(UTC).timestamp(), 3)
    services.adopt([record(at), record(at, halted=False)])
    assert services.in_force().is_halted("orderbook_skew", "BTCUSDT")


def test_a_resumption_that_is_dated_ahead_is_refused(author: Author, elsewhere):
    services.halt(SKEW, author=author)
    elsewhere.append(record(4e9, halted=False))
    assert services.adopt(elsewhere) == 0
    services.halt(SKEW, author=author)
    assert reported() == [(True, "manager"), (True, "manager")]
    assert services.records()[0].at == pytest.approx(datetime.now(UTC).timestamp(), abs=5)


def test_a_halt_that_is_dated_ahead_latches_and_can_be_lifted(author: Author):
    late = record(datetime.now(UTC).timestamp() + 3600)
    assert services.adopt([late]) == 1
    assert services.in_force().is_halted("orderbook_skew", "BTCUSDT")
    services.resume(SKEW, author=author)
    assert services.adopt([late]) == 0
    assert Halts([*services.records(), late]) == Halts()


def test_who_cannot_report_what_was_issued_elsewhere_stops_nobody(author: Author):
    def fail(**_):
        raise OSError("the file cannot be read")

    halts_issued_elsewhere.connect(fail)
    try:
        services.halt(SKEW, author=author)
    finally:
        halts_issued_elsewhere.disconnect(fail)
    assert services.in_force().is_halted("orderbook_skew", "BTCUSDT")


def test_the_log_cannot_be_changed(author: Author):
    services.halt(SKEW, author=author)
    change = HaltChange.objects.get()
    change.reason = "another"
    for write in (change.save, change.delete, HaltChange.objects.all().delete):
        with pytest.raises(ForbiddenWrite):
            write()
    with pytest.raises(IntegrityError), transaction.atomic():
        HaltChange(halted=True, reason="", actor="a", at=datetime.now(UTC)).save()


def test_scopes_are_checked():
    assert services.scope_of("orderbook_skew", "btcusdt") == Scope("orderbook_skew", "BTCUSDT")
    assert services.scope_of(None, None) == Scope()
    with pytest.raises(StrategyNotFound):
        services.scope_of("nope", None)
    with pytest.raises(ValidationFailed):
        services.scope_of("orderbook_skew", "b t c")


def test_an_absent_database_is_reported_as_such(monkeypatch, author: Author):
    def away(*_args, **_kwargs):
        raise OperationalError("away")

    monkeypatch.setattr(HaltChange, "save", away)
    with pytest.raises(StoreUnavailable):
        services.halt(SKEW, author=author)


def test_of_two_words_about_a_scope_the_newer_counts_and_of_equals_the_halt():
    assert newest([record(1.0), record(2.0, halted=False)])[SKEW].halted is False
    assert newest([record(2.0, halted=False), record(1.0)])[SKEW].halted is False
    assert newest([record(1.0, halted=False), record(1.0)])[SKEW].halted is True
    assert newest([record(1.0), record(1.0, halted=False)])[SKEW].halted is True


def test_only_halted_scopes_count():
    halts = Halts([record(1.0), record(2.0, halted=False), record(1.0, scope=Scope("", "ETHUSDT"))])
    assert halts.is_halted("orderbook_skew", "ETHUSDT")
    assert not halts.is_halted("orderbook_skew", "BTCUSDT")
    assert halts.state("orderbook_skew") == "ACTIVE"


def test_the_groups_may_what_they_should():
    from django.contrib.auth.models import Group

    rights = {
        group.name: set(
            group.permissions.filter(content_type__model="haltchange").values_list("codename", flat=True)
        )
        for group in Group.objects.all()
    }
    assert rights["Viewers"] == {"view_haltchange"}
    assert rights["Risk managers"] == {"view_haltchange", "halt_strategies", "resume_strategies"}


MANY = [Scope("", f"A{number}USDT") for number in range(500)]


def test_many_are_halted_and_resumed_at_once_each_with_a_record_of_its_own(author: Author):
    before = [services.word(scope, halted=True, author=author) for scope in MANY]
    with CaptureQueriesContext(connection) as queries:
        records = services.put_all_on_record(before)
    assert [each.record.scope for each in records] == MANY
    assert sum("SELECT" in query["sql"] and "halts_haltchange" in query["sql"] for query in queries) == 2
    assert services.put_all_on_record(before) == records
    assert HaltChange.objects.count() == 500
    services.resume(MANY[0], author=author)
    resumed = services.resume_all([*MANY, Scope("", "ZZZUSDT")], author=author)
    assert [record.scope for record in resumed] == MANY[1:]
    assert services.in_force() == Halts()


def test_all_are_halted_or_none(author: Author, monkeypatch: pytest.MonkeyPatch):
    records = [services.word(scope, halted=True, author=author) for scope in MANY[:3]]

    def save(change: HaltChange, *args: Any, **kwargs: Any) -> None:
        if change.symbol == MANY[2].symbol:
            raise OperationalError("the disk is full")
        models.Model.save(change, *args, **kwargs)

    monkeypatch.setattr(HaltChange, "save", save)
    with pytest.raises(StoreUnavailable):
        services.put_all_on_record(records)
    assert not HaltChange.objects.exists()


def test_every_symbol_that_is_none_is_named():
    with pytest.raises(ValidationFailed) as refused:
        services.scopes_of(None, ["BTCUSDT", "b$c", "E$H"])
    assert len(refused.value.problems) == 2


def test_no_symbol_is_all_of_them_and_one_named_twice_counts_once():
    assert services.scopes_of("orderbook_skew", []) == [SKEW]
    assert services.scopes_of("", ["btcusdt", "BTCUSDT"]) == [Scope("", "BTCUSDT")]


@pytest.mark.parametrize(
    ("issued", "kept"),
    [
        ("odd\r\nbooks\r", "odd\nbooks"),
        ("odd \x1b[31mbooks\0", "odd \ufffd[31mbooks\ufffd"),
        ("caf\udce9", "caf\ufffd"),
    ],
)
def test_a_halt_is_not_refused_for_the_characters_of_its_reason_by_anybody_who_hears_it(
    issued: str, kept: str
):
    author = Author(source=Source.API, name="rita", reason=issued)
    word = services.word(SKEW, halted=True, author=author)
    assert word.reason == kept
    services.require_issuable(msgspec.json.decode(msgspec.json.encode(word), type=HaltRecord))
    assert shell.checked(issued) == kept


def test_what_was_halted_at_a_moment_and_after_each_word_from_then_on(django_assert_num_queries: Any):
    at = [datetime.fromtimestamp(START + seconds, UTC) for seconds in range(4)]
    services.adopt([record(START), record(START + 2, halted=False), record(START + 1, scope=Scope())])
    found = services.halts_since(at[0])
    assert [(moment, sorted(halts.records)) for moment, halts in found] == [
        (at[0], [SKEW]),
        (at[1], [Scope(), SKEW]),
        (at[2], [Scope()]),
    ]
    assert services.halts_since(at[3]) == [(at[3], services.in_force())]
    services.adopt([record(START + seconds) for seconds in range(3, 9)])  # each follows the one before
    with django_assert_num_queries(1):
        services.halts_since(at[0])
    before = datetime.fromtimestamp(START - 1, UTC)
    assert services.halts_since(before)[0] == (before, Halts())

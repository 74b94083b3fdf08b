"""Guessing passwords at the doors there are."""

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from login import counting
from login.domain import ALLOWED, FIRST_WAIT, FORGOTTEN_AFTER
from login.exceptions import TooManyGuesses
from login.models import PasswordCount
from tests.configuration.outage import database_away

pytestmark = [pytest.mark.database, pytest.mark.django_db]
RIGHT = "violet harbour 93"
HOME, ELSEWHERE = "192.0.2.7", "198.51.100.4"


class Hands:
    """A clock that is put forward by hand."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def pass_(self, span: timedelta) -> None:
        self.now += span


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr(timezone, "now", lambda: hands.now)
    return hands


@pytest.fixture
def rita(db: None) -> User:
    return User.objects.create_user("rita", password=RIGHT, is_staff=True)


def log_in(password: str, address: str = HOME, name: str = "rita") -> Any:
    form = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address, raise_request_exception=False).post("/admin/login/", form)


def statuses(guesses: int, address: str = HOME, name: str = "rita") -> list[int]:
    return [log_in("wrong", address, name).status_code for _ in range(guesses)]


def test_after_a_few_guesses_not_even_the_right_password_is_looked_at(rita: User, hands: Hands):
    assert statuses(20) == [200] * ALLOWED.together + [429] * (20 - ALLOWED.together)
    assert log_in(RIGHT).status_code == 429
    hands.pass_(FIRST_WAIT)
    assert log_in(RIGHT).status_code == 302


def test_retry_after_grows_with_each_wrong_one(rita: User, hands: Hands):
    statuses(ALLOWED.together)
    reported = []
    for _ in range(12):
        reported.append(int(log_in("wrong")["Retry-After"]))
        hands.pass_(timedelta(seconds=reported[-1]))
        assert log_in("wrong").status_code == 200
    assert reported == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]


def test_the_page_shows_when_one_may_try_again(rita: User, hands: Hands):
    hands.now = datetime(2026, 11, 28, 12, 59, 58, tzinfo=timezone.now().tzinfo)
    statuses(ALLOWED.together)
    refused = log_in(RIGHT)
    assert "13:00:03 UTC" in refused.content.decode()
    assert "no-store" in refused["Cache-Control"]


def test_who_comes_too_early_makes_nothing_worse(rita: User, hands: Hands):
    statuses(ALLOWED.together + 50)
    hands.pass_(FIRST_WAIT)
    assert log_in(RIGHT).status_code == 302


def test_guessing_from_everywhere_stops_at_the_account(rita: User, hands: Hands):
    guesses = [log_in("wrong", f"203.0.113.{host}").status_code for host in range(30)]
    assert guesses.count(200) == ALLOWED.account
    assert log_in(RIGHT, ELSEWHERE).status_code == 429


def test_and_keeps_nobody_out_who_is_known_at_his_address(rita: User, hands: Hands):
    assert log_in(RIGHT).status_code == 302
    for host in range(30):
        log_in("wrong", f"203.0.113.{host}")
    assert log_in(RIGHT, ELSEWHERE).status_code == 429
    assert log_in(RIGHT).status_code == 302


def test_guessing_for_everybody_stops_at_the_address(rita: User, hands: Hands):
    guesses = [log_in("wrong", ELSEWHERE, f"person-{number}").status_code for number in range(40)]
    assert guesses.count(200) == ALLOWED.address
    assert log_in(RIGHT, ELSEWHERE).status_code == 429
    assert log_in(RIGHT, HOME).status_code == 302


def test_and_keeps_no_colleague_out_who_is_known_there(rita: User, hands: Hands):
    assert log_in(RIGHT).status_code == 302
    statuses(40, name="somebody")
    for number in range(40):
        log_in("wrong", HOME, f"person-{number}")
    assert log_in(RIGHT).status_code == 302


def test_addresses_of_one_network_of_ipv6_are_one(rita: User, hands: Hands):
    guesses = [log_in("wrong", f"2001:db8:1:2::{host:x}").status_code for host in range(30)]
    assert guesses.count(200) == ALLOWED.together
    assert log_in(RIGHT, "2001:db8:1:3::1").status_code == 302


def test_who_mistypes_and_gets_in_leaves_nothing_behind(rita: User, hands: Hands):
    for _ in range(30):
        statuses(ALLOWED.together - 1)
        assert log_in(RIGHT).status_code == 302
    assert not PasswordCount.objects.filter(failures__gt=0).exists()


def test_an_own_account_does_not_wash_guesses_at_others_away(rita: User, hands: Hands):
    User.objects.create_user("mallory", password=RIGHT, is_staff=True)
    tried = 0
    for number in range(40):
        tried += log_in("wrong", ELSEWHERE, f"person-{number}").status_code == 200
        log_in(RIGHT, ELSEWHERE, "mallory")
    assert tried == ALLOWED.address
    assert log_in(RIGHT, ELSEWHERE).status_code == 429


@pytest.mark.parametrize("name", ["x" * 151, "x" * 256, "x" * 100_000, "ﷺ" * 20])
def test_a_name_nobody_can_have_is_refused_and_stored_nowhere(hands: Hands, name: str):
    answer = log_in("wrong", name=name)
    assert answer.status_code == 200
    assert "Name and password do not belong together" in answer.content.decode()
    assert not PasswordCount.objects.exists()


def test_the_longest_name_logs_in(hands: Hands):
    User.objects.create_user("x" * 150, password=RIGHT, is_staff=True)
    client = Client()
    form = {"username": "x" * 150, "password": RIGHT}
    assert client.post("/admin/login/?next=/admin/", form, follow=True).status_code == 200
    assert client.get("/admin/").status_code == 200


def test_the_old_password_is_guessed_no_better(rita: User, hands: Hands):
    assert log_in(RIGHT).status_code == 302
    thief = Client(REMOTE_ADDR=ELSEWHERE)
    thief.force_login(rita, "django.contrib.auth.backends.ModelBackend")
    new = {"new_password1": "amber meadow 41", "new_password2": "amber meadow 41"}

    def change(old: str) -> int:
        return thief.post("/admin/password_change/", {"old_password": old, **new}).status_code

    assert [change("wrong") for _ in range(20)] == [200] * ALLOWED.together + [429] * (20 - ALLOWED.together)
    assert change(RIGHT) == 429
    assert log_in(RIGHT, ELSEWHERE).status_code == 429
    assert log_in(RIGHT).status_code == 302
    hands.pass_(FIRST_WAIT)
    assert change(RIGHT) == 302
    assert log_in("amber meadow 41").status_code == 302


def test_the_page_of_the_own_password_is_that_of_the_admin(rita: User):
    client = Client()
    client.force_login(rita, "django.contrib.auth.backends.ModelBackend")
    page = client.get("/admin/password_change/").content.decode()
    assert "old_password" in page
    assert 'aria-label="Main"' in page
    assert Client().get("/admin/password_change/").status_code == 302


def test_one_fault_is_told_once_and_named_by_its_field(rita: User):
    """No box says that there is an error where one says which."""
    refused = Client().post("/admin/login/", {"username": "rita", "password": "wrong"}).content.decode()
    assert refused.count("errornote") == 1
    assert "Name and password do not belong together" in refused
    client = Client()
    client.force_login(rita, "django.contrib.auth.backends.ModelBackend")
    new = {"new_password1": "amber meadow 41", "new_password2": "amber meadow 41"}
    page = client.post("/admin/password_change/", {"old_password": "wrong", **new}).content.decode()
    assert "errornote" not in page
    assert page.count("This is not your password") == 1
    assert 'aria-describedby="id_old_password_error"' in page
    assert 'id="id_old_password_error"' in page
    both = client.post("/admin/password_change/", {"old_password": "wrong"}).content.decode()
    assert both.count("errornote") == 1


def test_what_no_longer_counts_is_deleted(rita: User, hands: Hands):
    for number in range(15):
        log_in("wrong", f"203.0.113.{number}", f"person-{number}")
    assert log_in(RIGHT).status_code == 302
    hands.pass_(FORGOTTEN_AFTER)
    log_in("wrong", ELSEWHERE, "somebody")
    kept = set(PasswordCount.objects.values_list("account", "address"))
    of_rita = {("rita", HOME)}
    assert kept - of_rita == {("somebody", ELSEWHERE), ("somebody", ""), ("", ELSEWHERE)}
    assert of_rita <= kept


def test_the_shell_lets_an_account_in_and_an_address(rita: User, hands: Hands):
    statuses(ALLOWED.together)
    call_command("let_in", account="rita")
    assert log_in(RIGHT).status_code == 302
    for number in range(40):
        log_in("wrong", "2001:db8::1", f"person-{number}")
    assert log_in(RIGHT, "2001:db8::1").status_code == 429
    call_command("let_in", address="2001:db8::2")
    assert log_in(RIGHT, "2001:db8::1").status_code == 302


def test_whoever_is_let_in_takes_along_what_the_address_was_counted_for_it(rita: User, hands: Hands):
    for _ in range(ALLOWED.address + 5):
        hands.pass_(timedelta(hours=1))
        assert log_in("wrong").status_code != 429
    assert log_in(RIGHT).status_code == 429
    call_command("let_in", account="rita")
    assert log_in(RIGHT).status_code == 302


@pytest.mark.parametrize(
    "words",
    [{}, {"account": ""}, {"address": ""}, {"account": "a", "address": HOME}, {"address": "rita"}],
)
def test_the_shell_wants_to_know_whom(words: dict[str, str]):
    with pytest.raises(CommandError):
        call_command("let_in", **words)


def test_a_wrong_password_is_a_line_in_the_log_and_a_refused_one_is_none(
    rita: User, hands: Hands, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO):
        statuses(20)
    assert caplog.messages.count(f"wrong_password rita from {HOME}") == ALLOWED.together
    assert "wrong" not in caplog.text.replace("wrong_password", "")


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_guesses_at_once_no_more_are_tried_than_one_by_one():
    """Those that cannot get at the database in time are tried no more than those that are refused."""
    now = timezone.now()

    def guess(number: int) -> bool:
        try:
            counting.admit("rita", HOME, now)
        except TooManyGuesses:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(guess, range(100))) == ALLOWED.together
    assert PasswordCount.objects.get(account="rita", address=HOME).failures == ALLOWED.together


@pytest.mark.django_db(transaction=True)
def test_without_the_database_nobody_is_let_in(rita: User):
    with database_away():
        assert log_in(RIGHT).status_code == 503
    assert connection.vendor
    assert log_in(RIGHT).status_code == 302

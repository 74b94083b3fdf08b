"""Log-ins that end after hours of silence."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from realtime.sessions import SessionStore
from tests.configuration.outage import only_to_be_read

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE = "/admin/strategies/"


@pytest.fixture
def rita(db: None, nothing_set: None) -> Client:
    user = User.objects.create_superuser("rita", password="violet harbour 93")
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def be_silent(span: timedelta) -> None:
    """What was written long ago ends so much earlier."""
    session = Session.objects.get()
    session.expire_date -= span
    session.save()


def writes(client: Client) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(PAGE).status_code == 200
    return [query["sql"] for query in queries if query["sql"].startswith(("UPDATE", "INSERT"))]


def ends_in() -> timedelta:
    return Session.objects.get().expire_date - timezone.now()


def test_a_log_in_ends_after_twelve_hours_of_silence(rita: Client):
    be_silent(timedelta(hours=11, minutes=59))
    assert rita.get(PAGE).status_code == 200
    be_silent(timedelta(hours=12))
    assert rita.get(PAGE).status_code == 302


def test_short_ones_are_prolonged_as_well(rita: Client, settings: Any):
    settings.SESSION_COOKIE_AGE = 100
    for _ in range(5):
        session = Session.objects.get()
        session.expire_date = timezone.now() + timedelta(seconds=50)
        session.save()
        assert rita.get(PAGE).status_code == 200
        assert ends_in() > timedelta(seconds=90)


def test_whoever_is_heard_of_stays(rita: Client):
    for _ in range(5):
        be_silent(timedelta(hours=8))
        answer = rita.get(PAGE)
        assert answer.status_code == 200
        assert answer.cookies["sessionid"]["max-age"] == settings.SESSION_COOKIE_AGE == 12 * 3600
    assert abs(ends_in() - timedelta(hours=12)) < timedelta(minutes=1)


def test_which_is_written_every_few_minutes_only(rita: Client):
    assert not writes(rita)
    be_silent(timedelta(minutes=4))
    assert not writes(rita)
    be_silent(timedelta(minutes=1))
    assert len(writes(rita)) == 1
    assert not writes(rita)


def test_a_session_that_was_to_last_for_weeks_is_shortened(rita: Client):
    be_silent(-timedelta(days=14))
    assert rita.get(PAGE).status_code == 200
    assert ends_in() <= timedelta(hours=12)


def test_who_logs_out_meanwhile_is_not_brought_back(rita: Client, monkeypatch: pytest.MonkeyPatch):
    be_silent(timedelta(hours=1))
    save = SessionStore.save

    def save_late(session: SessionStore, must_create: bool = False) -> None:
        Session.objects.all().delete()
        save(session, must_create)

    monkeypatch.setattr(SessionStore, "save", save_late)
    assert rita.get(PAGE).status_code == 200
    assert not Session.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_no_write_keeps_nobody_from_reading(rita: Client):
    be_silent(timedelta(hours=1))
    with only_to_be_read():
        assert rita.get(PAGE).status_code == 200
    assert ends_in() < timedelta(hours=12)

"""The log-in of a laptop installation always works, or the screen says why it is not printed."""

from pathlib import Path

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.test import RequestFactory

from realtime.stack.login import Login, ensure_login
from realtime.stack.state import StateDirectory

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def state(tmp_path: Path) -> StateDirectory:
    return StateDirectory(tmp_path)


def works(login: Login) -> bool:
    request = RequestFactory().post("/admin/login/")
    user = authenticate(request, username=login.username, password=login.password)
    return user is not None and user.is_superuser


def test_generated_once_and_kept(state: StateDirectory):
    first = ensure_login(state, {})
    assert works(first)
    assert ensure_login(state, {}) == first
    assert get_user_model().objects.count() == 1


def test_given_name_and_password(state: StateDirectory):
    given = {"DJANGO_SUPERUSER_USERNAME": "risk", "DJANGO_SUPERUSER_PASSWORD": "tulips-1637"}
    assert ensure_login(state, given) == Login("risk", "tulips-1637")
    assert works(Login("risk", "tulips-1637"))
    assert state.stored_login() is None


def test_a_given_password_replaces_the_old_one(state: StateDirectory):
    ensure_login(state, {})
    login = ensure_login(state, {"DJANGO_SUPERUSER_PASSWORD": "tulips-1637"})
    assert works(login)


def test_a_password_changed_by_hand_is_respected_and_not_printed(state: StateDirectory):
    login = ensure_login(state, {})
    user = get_user_model().objects.get()
    user.set_password("my own choice")
    user.save()
    assert ensure_login(state, {}) == Login(login.username, None)
    assert works(Login(login.username, "my own choice"))


def test_a_user_of_a_given_database_keeps_their_password(state: StateDirectory):
    get_user_model().objects.create_superuser("admin", password="theirs alone")
    assert ensure_login(state, {}) == Login("admin", None)


def test_a_lost_database_gets_the_same_login_again(state: StateDirectory):
    first = ensure_login(state, {})
    get_user_model().objects.all().delete()
    assert ensure_login(state, {}) == first
    assert works(first)

"""What those who manage people and tokens cannot get by it: more than they were given."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

pytestmark = [pytest.mark.database, pytest.mark.django_db]
BACKEND = "django.contrib.auth.backends.ModelBackend"


def permissions(*names: str) -> list[Permission]:
    pairs = [name.split(".") for name in names]
    return [Permission.objects.get(content_type__app_label=app, codename=code) for app, code in pairs]


def signed_in(name: str, *rights: str, **what: Any) -> Client:
    user = User.objects.create_user(name, password="amber meadow 41", is_staff=True, **what)
    user.user_permissions.add(*permissions(*rights))
    client = Client()
    client.force_login(user, BACKEND)
    return client


def change(client: Client, user: User, **fields: Any) -> User:
    form = {"email": "", "is_active": "on", **fields}
    assert client.post(f"/admin/auth/user/{user.pk}/change/", form).status_code == 302
    return User.objects.get(pk=user.pk)


@pytest.fixture
def root(db: None) -> Client:
    return signed_in("root", is_superuser=True)


def test_a_link_ends_where_its_person_becomes_a_superuser(root: Client):
    manager = signed_in("mona", "auth.view_user", "auth.change_user")
    bob = User.objects.create_user("bob", password="violet harbour 93")
    link = manager.post(f"/admin/auth/user/{bob.pk}/link/").context["link"]
    assert change(root, bob, is_superuser="on").is_superuser
    assert "This link does not work" in Client().get(link, follow=True).content.decode()
    assert manager.post(f"/admin/auth/user/{bob.pk}/link/").status_code == 403


def test_who_may_add_accounts_but_not_change_them_makes_no_person():
    adder = signed_in("addy", "auth.add_user", "auth.view_user")
    administrators = Group.objects.get(name="Administrators")
    answer = adder.post("/admin/auth/user/add/", {"username": "evil", "groups": [administrators.pk]})
    assert answer.status_code == 403
    assert not User.objects.filter(username="evil").exists()


def test_a_service_account_gets_no_scope_that_its_maker_has_in_part_only():
    maker = signed_in(
        "mick", "knox.add_authtoken", "knox.view_authtoken", "configuration.change_strategyconfig"
    )
    form = {"name": "esc", "lifetime": 30, "scopes": ["change"]}
    assert "cannot be chosen here" in maker.post("/admin/knox/authtoken/add/", form).content.decode()
    assert not User.objects.filter(username="esc").exists()


def test_staff_follows_the_superuser_and_leaves_with_it(root: Client):
    ann = User.objects.create_user("ann", password="violet harbour 93")
    assert change(root, ann, is_superuser="on").is_staff
    assert not change(root, ann).is_staff


def test_rights_of_ones_own_are_shown_and_can_be_taken_away(root: Client):
    ann = User.objects.create_user("ann", password="violet harbour 93")
    ann.user_permissions.add(*permissions("halts.resume_strategies"))
    assert 'name="rights"' in root.get(f"/admin/auth/user/{ann.pk}/change/").content.decode()
    assert not change(root, ann).user_permissions.exists()


def test_saving_a_service_account_keeps_what_no_tick_can_show(root: Client):
    bot = User.objects.create_user("bot")
    names = ("configuration.view_strategyconfig", "configuration.change_strategyconfig")
    bot.user_permissions.add(*permissions(*names))
    kept = change(root, bot, email="bot@desk.example", rights=["read"])
    assert kept.get_all_permissions() == set(names)


def test_a_name_that_is_none_is_reported_at_its_field(root: Client):
    answer = root.post("/admin/knox/authtoken/add/", {"name": "my bot!", "lifetime": 30, "scopes": ["read"]})
    assert answer.status_code == 200
    assert "A name has letters, digits and @ . + - _ only." in answer.content.decode()


def test_a_name_stays_as_the_history_shows_it(root: Client):
    alice = User.objects.create_user("alice", password="violet harbour 93")
    assert change(root, alice, username="ROOT").username == "alice"

"""People, roles, API tokens and refused log-ins in the admin."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from configuration.scopes import SCOPES
from login.models import PasswordCount
from login.rights import permissions_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def ada(db: None) -> Client:
    """An administrator, who is no superuser."""
    user = User.objects.create_user("ada", is_staff=True)
    user.groups.add(Group.objects.get(name="Administrators"))
    client = Client()
    client.force_login(user, BACKEND)
    return client


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@desk.example", "secret enough for a test")


def make_token(client: Client, user: User) -> str:
    form = {"user": user.pk, "lifetime": 30, "scopes": ["metrics"] if user.username == "bot" else ["read"]}
    response = client.post("/admin/knox/authtoken/add/", form)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return str(response.context["secret"])


def test_a_token_is_shown_once_works_and_is_revoked(ada: Client):
    user = User.objects.get(username="ada")
    secret = make_token(ada, user)
    [token] = AuthToken.objects.all()
    assert abs(token.expiry - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    asked = {"authorization": f"Token {secret}"}
    assert Client().get("/api/v1/strategies", headers=asked).status_code == 200
    for page in ("", f"{token.pk}/change/", f"{token.pk}/history/"):
        assert secret not in ada.get(f"/admin/knox/authtoken/{page}").content.decode()

    assert ada.post(f"/admin/knox/authtoken/{token.pk}/delete/", {"post": "yes"}).status_code == 302
    assert Client().get("/api/v1/strategies", headers=asked).status_code == 401


def test_the_pages_of_tokens_name_things_plainly_and_nothing_of_the_hash(ada: Client):
    user = User.objects.get(username="ada")
    form = {"user": user.pk, "lifetime": 30, "scopes": ["read"]}
    answer = ada.post("/admin/knox/authtoken/add/", form).content.decode()
    [token] = AuthToken.objects.all()
    assert "curl -H 'Authorization: Token " in unescape(answer)
    assert "http://testserver/api/v1/whoami" in answer
    listed = ada.get("/admin/knox/authtoken/").content.decode()
    asked = ada.get(f"/admin/knox/authtoken/{token.pk}/delete/").content.decode()
    opened = ada.get("/admin/knox/authtoken/add/").content.decode()
    for page in (answer, listed, asked, opened):
        assert "API token" in page
        assert "Knox" not in page
        assert "auth token" not in page.lower()
    assert f"Revoke the token {token.token_key[:8]}… of ada" in asked
    assert token.digest not in asked
    assert f'href="/admin/knox/authtoken/{token.pk}/delete/" aria-label="Revoke the token' in listed
    assert f"{token.token_key[:8]}… of ada" in listed
    assert f"{token.expiry:%H:%M} UTC" in listed
    done = ada.post(f"/admin/knox/authtoken/{token.pk}/delete/", {"post": "yes"}, follow=True)
    assert "… of ada is revoked" in done.content.decode()
    assert token.digest not in done.content.decode()


def test_revoking_asks_once_and_shows_what_stops(ada: Client):
    bot = User.objects.create_user("bot")
    ada.post(
        "/admin/knox/authtoken/add/",
        {"user": bot.pk, "lifetime": 30, "scopes": ["metrics"], "purpose": "quotes"},
    )
    [token] = AuthToken.objects.all()
    page = f"/admin/knox/authtoken/{token.pk}/delete/"
    asked = unescape(ada.get(page).content.decode())
    assert "Last use: never" in asked
    assert "quotes" in asked
    assert "read metrics and signals" in asked.lower()
    token.grant.used_at = timezone.now()
    token.grant.save()
    assert f"Last use: {timezone.now():%-d %b %Y}" in unescape(ada.get(page).content.decode())
    assert AuthToken.objects.exists()
    done = unescape(ada.post(page, {"post": "yes"}, follow=True).content.decode())
    assert f"The token {token.token_key[:8]}… of bot is revoked" in done
    assert not AuthToken.objects.exists()


def test_what_a_token_is_for_is_worded_alike_wherever_it_is_read(ada: Client):
    form = {"lifetime": 30, "scopes": ["metrics", "read"], "name": "quoting-bot"}
    User.objects.get(username="ada").groups.add(Group.objects.get(name="Risk managers"))
    words = "read metrics and signals; read configuration and its history"
    offered = unescape(ada.get("/admin/knox/authtoken/add/").content.decode())
    assert all(each in offered.lower() for each in words.split("; "))
    assert words in ada.post("/admin/knox/authtoken/add/", form).content.decode()
    [token] = AuthToken.objects.all()
    for page in ("", f"{token.pk}/change/", f"{token.pk}/delete/"):
        assert words in ada.get(f"/admin/knox/authtoken/{page}").content.decode()
    assert "read configuration and its history" in ada.get("/admin/auth/group/").content.decode()


def test_a_new_token_is_for_reading_the_market_unless_more_is_ticked_and_each_scope_is_explained(ada: Client):
    opened = unescape(ada.get("/admin/knox/authtoken/add/").content.decode())
    ticked = re.findall(r'<input type="checkbox" name="scopes" value="(\w+)"[^>]* checked', opened)
    assert ticked == ["metrics"]
    for scope in SCOPES.values():
        if scope.name in ("metrics", "read"):
            assert scope.lets in opened


TITLES = {
    "auth/user/": "People",
    "auth/user/{ada}/change/": "ada · People",
    "auth/user/add/": "New person · People",
    "auth/user/{ada}/history/": "History of ada · People",
    "auth/user/{ada}/delete/": "Delete ada · People",
    "auth/user/{ada}/password/": "New password of ada · People",
    "auth/group/": "Roles",
    "auth/group/add/": "New role · Roles",
    "auth/group/{viewers}/change/": "Viewers · Roles",
    "auth/group/{viewers}/delete/": "Delete Viewers · Roles",
    "knox/authtoken/": "API tokens",
    "knox/authtoken/add/": "New token · API tokens",
    "knox/authtoken/{token}/change/": "{key}… of ada · API tokens",
    "knox/authtoken/{token}/delete/": "Revoke {key}… of ada · API tokens",
    "login/passwordcount/": "Refused log-ins",
}


@pytest.mark.parametrize("page", TITLES)
def test_pages_are_called_as_people_call_what_is_on_them(ada: Client, page: str):
    make_token(ada, User.objects.get(username="ada"))
    [token] = AuthToken.objects.all()
    there_is = {
        "ada": User.objects.get(username="ada").pk,
        "viewers": Group.objects.get(name="Viewers").pk,
        "token": token.pk,
        "key": token.token_key[:8],
    }
    html = unescape(ada.get(f"/admin/{page}".format_map(there_is)).content.decode())
    title = TITLES[page].format_map(there_is)
    assert f"<title>{title} · Realtime Strategies</title>" in html
    heading = re.search("<h1>(.*?)</h1>", html, re.DOTALL)
    assert heading
    words = re.sub(r"<[^>]+>|\s+", " ", heading[1]).split("›")
    assert [part.strip().casefold() for part in words] == [
        part.casefold() for part in reversed(title.split(" · "))
    ]
    assert ">People</a>" in html
    assert ">Roles</a>" in html


def test_a_token_without_an_end_is_shown_to_have_none(ada: Client):
    token, _ = AuthToken.objects.create(User.objects.get(), expiry=None)
    asked = ada.get(f"/admin/knox/authtoken/{token.pk}/delete/").content.decode()
    assert f"Created {token.created:%-d %b %Y, %H:%M} UTC, valid for ever." in asked
    assert "for ever" in ada.get("/admin/knox/authtoken/").content.decode()


def test_a_token_cannot_be_changed(ada: Client):
    make_token(ada, User.objects.get())
    before = AuthToken.objects.values().get()
    page = f"/admin/knox/authtoken/{before['digest']}/change/"
    assert ada.get(page).status_code == 200
    assert ada.post(page, {"expiry_0": "2099-01-01", "expiry_1": "00:00"}).status_code == 403
    assert AuthToken.objects.values().get() == before


def test_an_administrator_gets_no_superuser_token(ada: Client, root: User):
    form = {"user": root.pk, "lifetime": 30, "scopes": ["read"]}
    assert ada.post("/admin/knox/authtoken/add/", form).status_code == 403
    assert not AuthToken.objects.exists()


def test_nobody_gets_a_token_in_the_name_of_another_person(ada: Client):
    ada_herself = User.objects.get()
    ada_herself.set_password("amber meadow 41")
    ada_herself.save()
    ada.force_login(ada_herself, BACKEND)
    rita = User.objects.create_user("rita", password="violet harbour 93")
    bot = User.objects.create_user("bot")
    form = {"user": rita.pk, "lifetime": 30, "scopes": ["metrics"]}
    assert ada.get(f"/admin/knox/authtoken/add/?user={rita.pk}").status_code == 403
    assert ada.post("/admin/knox/authtoken/add/", form).status_code == 403
    assert not AuthToken.objects.exists()
    for owner in (bot, ada_herself):
        make_token(ada, owner)
    assert set(AuthToken.objects.values_list("user__username", flat=True)) == {"ada", "bot"}


def test_a_superuser_gets_none_either(root: User):
    client = Client()
    client.force_login(root, BACKEND)
    rita = User.objects.create_user("rita", password="violet harbour 93")
    client.post("/admin/knox/authtoken/add/", {"user": rita.pk, "lifetime": 30, "scopes": ["metrics"]})
    assert not AuthToken.objects.exists()


@pytest.mark.parametrize("action", ["change", "delete", "password"])
def test_an_administrator_cannot_take_over_a_superuser(ada: Client, root: User, action: str):
    form = {
        "username": "root",
        "is_superuser": "on",
        "post": "yes",
        "password1": "a new one 123",
        "password2": "a new one 123",
    }
    response = ada.post(f"/admin/auth/user/{root.pk}/{action}/", form)
    assert response.status_code == 403
    root.refresh_from_db()
    assert root.check_password("secret enough for a test")


def test_selected_superusers_are_not_deleted_in_bulk(ada: Client, root: User):
    form = {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"}
    ada.post("/admin/auth/user/", form)
    assert User.objects.filter(pk=root.pk).exists()


def test_an_administrator_cannot_become_a_superuser(ada: Client):
    user = User.objects.get(username="ada")
    joined = timezone.now()
    form: dict[str, Any] = {
        "username": "ada",
        "is_active": "on",
        "is_staff": "on",
        "is_superuser": "on",
        "groups": [group.pk for group in user.groups.all()],
        "date_joined_0": f"{joined:%Y-%m-%d}",
        "date_joined_1": f"{joined:%H:%M:%S}",
    }
    assert ada.post(f"/admin/auth/user/{user.pk}/change/", form).status_code == 302
    user.refresh_from_db()
    assert not user.is_superuser
    assert user.is_staff


def make_person(client: Client, name: str, *roles: str) -> Any:
    groups = [Group.objects.get(name=role).pk for role in roles]
    return client.post("/admin/auth/user/add/", {"username": name, "groups": groups})


def test_a_new_risk_manager_is_a_name_and_a_role_and_logs_in_by_a_link(ada: Client):
    opened = ada.get("/admin/auth/user/add/").content.decode()
    assert (
        "May read configuration and its history; change configuration; halt signals; resume signals; "
        "read alerts; acknowledge alerts; silence alerts; change alert rules; change channels of alerts."
        in opened
    )
    assert "staff" not in opened.lower()
    assert "permission" not in opened.lower()
    made = make_person(ada, "rita", "Risk managers")
    assert "no-store" in made["Cache-Control"]
    link = made.context["link"]
    assert link in made.content.decode()
    rita = User.objects.get(username="rita")
    assert (rita.is_staff, rita.has_usable_password()) == (True, True)

    hers = Client()
    page = hers.get(link, follow=True)
    assert "Choose a password for" in page.content.decode()
    form = {"new_password1": "violet harbour 93", "new_password2": "violet harbour 93"}
    assert hers.post(page.redirect_chain[-1][0], form).headers["Location"] == "/admin/"
    assert hers.get("/admin/strategies/").status_code == 200
    assert Client().login(username="rita", password="violet harbour 93")
    again = Client().get(link, follow=True).content.decode()
    assert "This link does not work" in again
    assert "Risk managers" in ada.get("/admin/auth/user/").content.decode()
    [entry] = LogEntry.objects.filter(object_id=rita.pk)
    assert (entry.user.username, entry.get_change_message()) == ("ada", "Made with the roles: Risk managers.")


def test_a_person_needs_a_role_and_a_name_of_their_own(ada: Client):
    assert "This must not be left empty" in make_person(ada, "rita").content.decode()
    assert "There is an account of this name" in make_person(ada, "ADA", "Viewers").content.decode()
    assert User.objects.count() == 1


def change_account(client: Client, user: User, **fields: Any) -> Any:
    form = {"username": user.username, "email": "", "is_active": "on", **fields}
    answer = client.post(f"/admin/auth/user/{user.pk}/change/", form)
    user.refresh_from_db()
    return answer


def test_the_role_is_the_one_source_of_staff(ada: Client):
    make_person(ada, "rita", "Viewers")
    rita = User.objects.get(username="rita")
    managers = Group.objects.get(name="Risk managers")
    assert change_account(ada, rita, groups=[managers.pk], is_staff="").status_code == 302
    assert rita.is_staff
    assert "roles: Risk managers" in LogEntry.objects.filter(object_id=rita.pk)[0].get_change_message()
    page = unescape(ada.get(f"/admin/auth/user/{rita.pk}/change/").content.decode())
    assert "May read configuration and its history; change configuration" in page
    assert 'name="is_staff"' not in page
    assert 'name="user_permissions"' not in page
    change_account(ada, rita, groups=[], is_staff="on")
    assert not rita.is_staff


@pytest.mark.parametrize("door", ["add", "set", "reverse add", "reverse set"])
def test_staff_follows_roles_through_every_door(door: str, db: None):
    rita, viewers = User.objects.create_user("rita"), Group.objects.get(name="Viewers")
    if door == "add":
        rita.groups.add(viewers)
    elif door == "set":
        rita.groups.set([viewers])
    elif door == "reverse add":
        viewers.user_set.add(rita)
    else:
        viewers.user_set.set([rita])
    rita.refresh_from_db()
    assert rita.is_staff


@pytest.mark.parametrize("door", ["remove", "clear", "reverse remove", "reverse clear", "delete"])
def test_without_its_last_role_an_account_is_no_staff(door: str, root: User):
    rita, viewers = User.objects.create_user("rita"), Group.objects.get(name="Viewers")
    for each in (rita, root):
        each.groups.add(viewers)
    if door == "remove":
        rita.groups.remove(viewers)
    elif door == "clear":
        rita.groups.clear()
    elif door == "reverse remove":
        viewers.user_set.remove(rita)
    elif door == "reverse clear":
        viewers.user_set.clear()
    else:
        viewers.delete()
    rita.refresh_from_db()
    root.refresh_from_db()
    assert (rita.is_staff, root.is_staff) == (False, True)


def test_a_new_link_for_who_has_lost_the_password(ada: Client, root: User):
    make_person(ada, "rita", "Viewers")
    rita = User.objects.get(username="rita")
    assert "chooses a new password" in ada.get(f"/admin/auth/user/{rita.pk}/link/").content.decode()
    link = ada.post(f"/admin/auth/user/{rita.pk}/link/").context["link"]
    assert "Choose a password for" in Client().get(link, follow=True).content.decode()
    User.objects.filter(pk=rita.pk).update(is_active=False)
    assert "This link does not work" in Client().get(link, follow=True).content.decode()
    assert ada.post(f"/admin/auth/user/{root.pk}/link/").status_code == 403
    bot = User.objects.create_user("bot")
    assert ada.post(f"/admin/auth/user/{bot.pk}/link/").status_code == 404


def test_a_role_is_a_name_and_what_it_is_for(ada: Client):
    form = {"name": "Night watch", "rights": ["read", "halt"]}
    assert ada.post("/admin/auth/group/add/", form).status_code == 302
    role = Group.objects.get(name="Night watch")
    assert permissions_of(role) == {
        "configuration.view_strategyconfig",
        "halts.halt_strategies",
    }
    assert (
        "May read configuration and its history; halt signals."
        in ada.get("/admin/auth/group/").content.decode()
    )
    ada.post(f"/admin/auth/group/{role.pk}/change/", {"name": "Night watch", "rights": ["halt"]})
    assert permissions_of(role) == {"halts.halt_strategies"}


def test_what_a_role_gives_in_part_stays_when_something_else_is_changed(ada: Client):
    role = Group.objects.create(name="Half")
    half = Permission.objects.get(codename="change_strategyconfig")
    other = Permission.objects.get(codename="view_session")
    role.permissions.add(half, other)
    assert "change configuration (in part)" in ada.get("/admin/auth/group/").content.decode()
    ada.post(f"/admin/auth/group/{role.pk}/change/", {"name": "Half", "rights": ["halt"]})
    assert set(role.permissions.values_list("codename", flat=True)) == {
        "change_strategyconfig",
        "view_session",
        "halt_strategies",
    }


def guess(password: str) -> Any:
    return Client().post("/admin/login/", {"username": "rita", "password": password})


def test_an_account_that_guessed_too_often_is_let_in_again(ada: Client):
    User.objects.create_user("rita", password="violet harbour 93", is_staff=True)
    for _ in range(8):
        guess("wrong")
    locked = guess("violet harbour 93")
    assert locked.status_code == 429
    assert "Too many wrong passwords" in locked.content.decode()
    page = ada.get("/admin/login/passwordcount/").content.decode()
    assert "rita" in page
    assert "127.0.0.1" in page
    one = PasswordCount.objects.get(account="rita", address="")
    form = {"action": "let_in", "_selected_action": [one.pk]}
    assert ada.post("/admin/login/passwordcount/", form).status_code == 302
    assert guess("violet harbour 93").status_code == 302


def test_counts_are_not_deleted_since_that_would_forget_where_somebody_is_known(ada: Client):
    guess("wrong")
    one = PasswordCount.objects.get(account="rita", address="")
    form = {"action": "delete_selected", "_selected_action": [one.pk], "post": "yes"}
    ada.post("/admin/login/passwordcount/", form)
    assert PasswordCount.objects.filter(pk=one.pk).exists()


def test_no_person_is_made_a_service_account_for_the_sake_of_a_token(ada: Client):
    rita = User.objects.create_user("rita", password="violet harbour 93")
    form = {"usable_password": "false", "unset-password": "1"}
    ada.post(f"/admin/auth/user/{rita.pk}/password/", form)
    rita.refresh_from_db()
    assert rita.has_usable_password()


def test_a_service_account_that_becomes_a_person_has_no_tokens(ada: Client):
    bot = User.objects.create_user("bot")
    AuthToken.objects.create(bot)
    form = {"password1": "violet harbour 93", "password2": "violet harbour 93", "set-password": "1"}
    ada.post(f"/admin/auth/user/{bot.pk}/password/", form)
    bot.refresh_from_db()
    assert bot.has_usable_password()
    assert not AuthToken.objects.exists()


def test_who_only_looks_lets_nobody_in(ada: Client):
    guess("wrong")
    one = PasswordCount.objects.get(account="rita", address="")
    group = Group.objects.get(name="Administrators")
    group.permissions.remove(group.permissions.get(codename="delete_passwordcount"))
    ada.post("/admin/login/passwordcount/", {"action": "let_in", "_selected_action": [one.pk]})
    one.refresh_from_db()
    assert one.failures == 1


def test_what_is_wrong_with_a_new_password_stands_where_it_was_entered_first(ada: Client):
    link = make_person(ada, "rita", "Viewers").context["link"]
    hers = Client()
    hers.get(link, follow=True)
    own = f"{link.rpartition('/')[0].rpartition('/')[0]}/set-password/"
    rita, herself = User.objects.get(username="rita"), User.objects.get(username="ada")
    herself.set_password("amber meadow 41")
    herself.save()
    ada.force_login(herself, BACKEND)
    for client, page, names, old in (
        (hers, own, ("new_password1", "new_password2"), {}),
        (ada, f"/admin/auth/user/{rita.pk}/password/", ("password1", "password2"), {"set-password": "1"}),
        (
            ada,
            "/admin/password_change/",
            ("new_password1", "new_password2"),
            {"old_password": "amber meadow 41"},
        ),
    ):
        for first, second, wrong in (("123", "123", 0), ("violet harbour 93", "violet harbour 39", 1)):
            answer = client.post(page, {names[0]: first, names[1]: second, **old})
            form = answer.context.get("form") or answer.context["adminform"].form
            assert list(form.errors) == [names[wrong]], page


@pytest.mark.parametrize(
    "page",
    [
        "auth/user/",
        "auth/group/",
        "knox/authtoken/",
        "login/passwordcount/",
        "auth/user/add/",
        "auth/group/add/",
        "knox/authtoken/add/",
    ],
)
def test_the_pages_of_accounts_open(ada: Client, page: str):
    assert ada.get(f"/admin/{page}").status_code == 200

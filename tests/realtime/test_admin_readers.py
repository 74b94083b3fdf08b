"""Who may look at people, roles and tokens, and change none: what they read is true, and no link leads to 403."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from knox.models import AuthToken

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LOOKING = ("view_user", "view_group", "view_authtoken", "view_passwordcount", "view_strategyconfig")


@pytest.fixture
def reader(db: None) -> Client:
    """Somebody who may look at everything in the admin."""
    user = User.objects.create_user("reader", password="violet harbour 93", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=LOOKING))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def bot(db: None) -> User:
    bot = User.objects.create_user("bot")
    bot.user_permissions.add(Permission.objects.get(codename="view_strategyconfig"))
    return bot


def read(client: Client, page: str) -> str:
    answer = client.get(f"/admin/{page}")
    assert answer.status_code == 200
    words = re.sub(r"<[^>]+>", " ", answer.content.decode().partition('id="content"')[2])
    return " ".join(unescape(words).split())


def test_the_rights_of_an_account_are_shown_to_who_may_only_look(reader: Client, bot: User):
    text = read(reader, f"auth/user/{bot.pk}/change/")
    assert "May read configuration and its history." in text
    assert "Rights" not in text


def test_what_a_role_is_for_is_shown_to_who_may_only_look(reader: Client):
    text = read(reader, f"auth/group/{Group.objects.get(name='Viewers').pk}/change/")
    assert "What it is for May read configuration and its history; read alerts." in text
    assert "Whoever has it may" not in text


def test_nothing_there_leads_to_what_is_refused(reader: Client, bot: User):
    rita = User.objects.create_user("rita", password="violet harbour 93")
    User.objects.create_superuser("root", password="violet harbour 93")
    token, _ = AuthToken.objects.create(bot)
    pages = [
        "",
        *(f"{kind}/" for kind in ("auth/user", "auth/group", "knox/authtoken", "login/passwordcount")),
        *(f"auth/user/{user.pk}/change/" for user in User.objects.all()),
        *(f"auth/user/{user.pk}/history/" for user in (rita, bot)),
        *(f"auth/group/{group.pk}/change/" for group in Group.objects.all()),
        f"knox/authtoken/{token.pk}/change/",
    ]
    for page in pages:
        answer = reader.get(f"/admin/{page}")
        assert answer.status_code == 200, page
        for link in set(re.findall(r'href="(/admin/[^"#?]*[^"#]*)"', answer.content.decode())):
            if "logout" not in link:
                assert reader.get(unescape(link)).status_code in (200, 302), (page, link)


@pytest.mark.parametrize(
    ("right", "leads"), [("change_user", "New link to choose a password"), ("add_authtoken", "Another token")]
)
def test_the_ways_on_are_shown_to_who_may_go_them(reader: Client, bot: User, right: str, leads: str):
    rita = User.objects.create_user("rita", password="violet harbour 93")
    account = rita if right == "change_user" else bot
    assert leads not in read(reader, f"auth/user/{account.pk}/change/")
    User.objects.get(username="reader").user_permissions.add(Permission.objects.get(codename=right))
    assert leads in read(reader, f"auth/user/{account.pk}/change/")


def test_tokens_of_others_have_no_button_for_who_may_not_revoke_them(reader: Client, bot: User):
    AuthToken.objects.create(bot)
    AuthToken.objects.create(User.objects.get(username="reader"))
    listed = reader.get("/admin/knox/authtoken/").content.decode()
    assert listed.count(">Revoke…</a>") == 1

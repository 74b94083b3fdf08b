"""No sentence of Django's or unfold's reaches a page: all that they look up for one is held against what is on it."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import translation
from knox.models import AuthToken

from login.models import PasswordCount
from realtime.wording import COUNTED, WORDS

pytestmark = [pytest.mark.database, pytest.mark.django_db]
BACKEND = "django.contrib.auth.backends.ModelBackend"
PASSWORD = "violet harbour 93"
PLACEHOLDER = re.compile(r"%\(?\w*\)?[sd]|\{\w*\}")
NOT_OUR_WORDS = re.compile(
    r"\b(?:staff|objects?|groups?|users?|usernames?|permissions?|records?|successful(?:ly)?|please|administration|"
    r"superuser status)\b| \| ",
    re.IGNORECASE,
)
"""A person is a person, and has roles; a page asks without begging."""
BAD_PASSWORDS = ("1", "password1", "rita.risk1", PASSWORD)

PERSON, BOT, ROLE, TOKEN = "{rita}", "{bot}", "{role}", "{token}"
LOOKED_AT = [
    "auth/user/",
    "auth/user/?q=nobody-at-all",
    "auth/user/?kind=person&is_active__exact=1",
    "auth/user/add/",
    f"auth/user/{PERSON}/change/",
    f"auth/user/{BOT}/change/",
    f"auth/user/{PERSON}/password/",
    f"auth/user/{PERSON}/link/",
    f"auth/user/{PERSON}/delete/",
    f"auth/user/{PERSON}/history/",
    "auth/group/",
    "auth/group/add/",
    f"auth/group/{ROLE}/change/",
    f"auth/group/{ROLE}/delete/",
    f"auth/group/{ROLE}/history/",
    "knox/authtoken/",
    "knox/authtoken/add/",
    f"knox/authtoken/{TOKEN}/change/",
    f"knox/authtoken/{TOKEN}/delete/",
    f"knox/authtoken/{TOKEN}/history/",
    "login/passwordcount/",
    "login/passwordcount/add/",
    "alerts/",
    "alerts/rules/",
    "alerts/rules/new/",
    "alerts/rules/999/",
    "alerts/silences/new/",
    "alerts/channels/",
    "alerts/channels/new/",
    "alerts/channels/999/",
    "auth/",
    "knox/",
    "login/",
    "auth/user/999/change/",
    "auth/user/999/password/",
    "password_change/",
    "password_change/done/",
    "history/?since=yesterday&strategy=nope&symbol=!!!&actor=%00",
    "strategies/nope/",
]
ENTERED: list[tuple[str, dict[str, Any]]] = [
    ("password_change/", {}),
    ("password_change/", {"old_password": "wrong", "new_password1": "a b c d e 1", "new_password2": "other"}),
    *(
        ("password_change/", {"old_password": PASSWORD, "new_password1": bad, "new_password2": bad})
        for bad in BAD_PASSWORDS
    ),
    ("auth/user/add/", {}),
    ("auth/user/add/", {"username": "a b", "groups": [999]}),
    ("auth/user/add/", {"username": "x" * 200, "groups": ["x"]}),
    ("auth/user/add/", {"username": "a\0b", "groups": [ROLE]}),
    ("auth/user/add/", {"username": "RITA.RISK", "groups": [ROLE]}),
    (f"auth/user/{PERSON}/change/", {"email": "nope", "groups": [999]}),
    (f"auth/user/{PERSON}/change/", {"email": "", "groups": [ROLE], "is_active": "on"}),
    (f"auth/user/{PERSON}/change/", {"email": "", "groups": [ROLE], "is_active": "on"}),
    (f"auth/user/{PERSON}/history/", {}),
    (f"auth/user/{BOT}/change/", {"rights": ["nope"]}),
    (f"auth/user/{PERSON}/password/", {"set-password": "1"}),
    (f"auth/user/{PERSON}/password/", {"password1": "1", "password2": "2", "set-password": "1"}),
    (f"auth/user/{PERSON}/password/", {"password1": PASSWORD, "password2": PASSWORD, "set-password": "1"}),
    ("auth/group/add/", {}),
    ("auth/group/add/", {"name": "Night watch", "rights": ["nope"]}),
    ("auth/group/add/", {"name": "x" * 200}),
    ("auth/group/add/", {"name": "Viewers"}),
    ("auth/group/add/", {"name": "Day watch", "rights": ["read"]}),
    ("knox/authtoken/add/", {}),
    ("knox/authtoken/add/", {"name": "a b", "lifetime": "7", "scopes": ["nope"], "purpose": "x" * 300}),
    ("login/passwordcount/", {}),
    ("login/passwordcount/", {"action": "let_in"}),
    ("login/passwordcount/", {"action": "", "_selected_action": [1]}),
    (f"auth/group/{ROLE}/delete/", {"post": "yes"}),
    (f"auth/user/{PERSON}/delete/", {"post": "yes"}),
    ("logout/", {}),
]


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The sentences that were looked up and are not ours."""
    theirs: set[str] = set()
    catalogue: Any = translation._trans  # type: ignore[attr-defined]  # what every look-up goes through
    one, counted = catalogue.gettext, catalogue.ngettext

    def gettext(message: str) -> str:
        if message not in WORDS:
            theirs.add(message)
        return str(one(message))

    def ngettext(singular: str, plural: str, number: int) -> str:
        if singular not in COUNTED:
            theirs.update((singular, plural))
        return str(counted(singular, plural, number))

    monkeypatch.setattr(catalogue, "gettext", gettext)
    monkeypatch.setattr(catalogue, "ngettext", ngettext)
    return theirs


@pytest.fixture
def there_is() -> dict[str, Any]:
    rita = User.objects.create_user("rita.risk", password=PASSWORD)
    role = Group.objects.create(name="Night watch")
    rita.groups.add(role)
    token, _ = AuthToken.objects.create(User.objects.create_user("bot"))
    AuthToken.objects.create(rita)
    PasswordCount.objects.create(account="rita.risk")
    return {"rita": rita.pk, "bot": User.objects.get(username="bot").pk, "role": role.pk, "token": token.pk}


def words_on(answer: Any) -> str:
    """What is to be read on a page, or heard."""
    page = re.sub(r"<(script|style).*?</\1>", " ", answer.content.decode(), flags=re.DOTALL)
    named = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', page)
    return re.sub(r"\s+", " ", unescape(" ".join([re.sub(r"<[^>]+>", " ", page), *named])))


def theirs_on(page: str, looked_up: set[str]) -> set[str]:
    """Of what was looked up, the sentences on the page."""
    return {sentence for sentence in looked_up if _is_sentence(sentence) and _is_on(sentence, page)}


def _is_sentence(text: str) -> bool:
    return text.endswith(".") or len(text.split()) > 4


def _is_on(sentence: str, page: str) -> bool:
    parts = [" ".join(part.split()) for part in PLACEHOLDER.split(sentence)]
    return all(part in page for part in parts)


def filled(form: dict[str, Any], there_is: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [str(each).format_map(there_is) for each in value] if isinstance(value, list) else value
        for name, value in form.items()
    }


def test_whatever_is_entered_in_the_admin_is_answered_in_our_words(
    looked_up: set[str], there_is: dict[str, Any]
):
    client, root = Client(), User.objects.create_superuser("root", password=PASSWORD)
    faults = []
    for address, form in [*((each, None) for each in LOOKED_AT), *ENTERED]:
        root.refresh_from_db()
        client.force_login(root, BACKEND)
        place = f"/admin/{address.format_map(there_is)}"
        answer = (
            client.get(place) if form is None else client.post(place, filled(form, there_is), follow=True)
        )
        page = words_on(answer)
        found = theirs_on(page, looked_up) | {each[0] for each in NOT_OUR_WORDS.finditer(page)}
        faults += [(address, form, each) for each in found]
    assert not faults, faults


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"username": "rita.risk", "password": "wrong"},
        {"username": "norole", "password": PASSWORD},
        {"username": "gone", "password": PASSWORD},
    ],
)
def test_whoever_is_not_let_in_reads_why_in_our_words(
    looked_up: set[str], there_is: dict[str, Any], form: dict[str, str]
):
    User.objects.create_user("norole", password=PASSWORD)
    User.objects.create_user("gone", password=PASSWORD, is_active=False)
    page = words_on(Client().post("/admin/login/", form))
    assert page.strip().startswith("Log in · Realtime Strategies")
    assert theirs_on(page, looked_up) == set()
    assert not NOT_OUR_WORDS.search(page)


def test_a_link_that_no_longer_works_says_so_in_the_title():
    page = words_on(Client().get("/admin/welcome/MQ/wrong/"))
    assert page.strip().startswith("This link does not work · Realtime Strategies")


def test_our_words_need_no_more_than_theirs_give():
    in_all = [*WORDS.items(), *((theirs, ours) for theirs, forms in COUNTED.items() for ours in forms)]
    for theirs, ours in in_all:
        assert set(PLACEHOLDER.findall(ours)) <= set(PLACEHOLDER.findall(theirs)), theirs

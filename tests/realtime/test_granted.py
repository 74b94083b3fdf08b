"""What somebody may do is what Django grants, asked in one question, and anew for each request."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Group, Permission, User

from configuration.permissions import CHANGE, HALT, VIEW
from realtime.granted import GrantedAtOnce
from tests.people import Caller

pytestmark = [pytest.mark.database, pytest.mark.django_db]
CONFIG = "/strategies/orderbook_skew/config"


def granted(user: User) -> set[str]:
    return GrantedAtOnce().get_all_permissions(User.objects.get(pk=user.pk))


def as_django_has_it(user: User) -> set[str]:
    return ModelBackend().get_all_permissions(User.objects.get(pk=user.pk))


def permission(name: str) -> Permission:
    label, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=label, codename=codename)


def test_own_permissions_and_those_of_all_groups():
    user, somebody_else = User.objects.create_user("ada"), User.objects.create_user("bob")
    for name, codename in (("readers", VIEW), ("writers", CHANGE), ("readers again", VIEW)):
        group = Group.objects.create(name=name)
        group.permissions.add(permission(codename))
        user.groups.add(group)
    user.user_permissions.add(permission(VIEW), permission(HALT))
    somebody_else.user_permissions.add(permission("auth.add_user"))
    assert granted(user) == as_django_has_it(user) == {VIEW, CHANGE, HALT}
    assert granted(somebody_else) == {"auth.add_user"}


@pytest.mark.parametrize("role", ["stranger", "viewer", "manager", "administrator"])
def test_each_role_may_what_django_grants(make_user: Callable[[str], User], role: str):
    user = make_user(role)
    assert granted(user) == as_django_has_it(user)


def test_an_account_that_is_not_active_may_nothing(make_user: Callable[[str], User]):
    user = make_user("manager")
    User.objects.update(is_active=False)
    assert granted(user) == set()
    assert not User.objects.get().has_perm(VIEW)


def test_a_superuser_may_everything(make_user: Callable[[str], User]):
    make_user("stranger")
    User.objects.update(is_superuser=True)
    assert User.objects.get().has_perm(VIEW)
    assert User.objects.get().get_all_permissions() >= {VIEW, CHANGE, HALT}


def test_nothing_is_granted_for_single_objects(make_user: Callable[[str], User]):
    user = make_user("manager")
    assert not user.has_perm(VIEW, user)
    assert user.has_perm(VIEW)


def test_it_is_asked_first(make_user: Callable[[str], User]):
    names = [name.rpartition(".")[2] for name in settings.AUTHENTICATION_BACKENDS]
    assert names.index("GrantedAtOnce") < names.index("ModelBackend")


@pytest.mark.usefixtures("nothing_set", "nobody_remembered")
@pytest.mark.parametrize("by", ["token", "session"])
@pytest.mark.parametrize("through", ["own", "group", "membership"])
def test_what_is_taken_away_is_gone_with_the_next_request(
    caller: Callable[..., Caller], by: str, through: str
):
    who = caller("stranger", by=by)
    user, group = User.objects.get(), Group.objects.create(name="readers")

    def status() -> int:
        who.get(CONFIG)
        return who.status

    assert status() == 403
    if through == "own":
        user.user_permissions.add(permission(VIEW))
    else:
        group.permissions.add(permission(VIEW))
        user.groups.add(group)
    assert status() == 200
    if through == "own":
        user.user_permissions.clear()
    elif through == "group":
        group.permissions.clear()
    else:
        user.groups.clear()
    assert status() == 403

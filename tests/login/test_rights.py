"""Rights are given and taken whole, to roles and to accounts by one rule."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, Permission, User

from login.rights import Right, permissions_of, set_rights

pytestmark = [pytest.mark.database, pytest.mark.django_db]
LOOK = Right({"auth.view_user", "auth.view_group"})
CHANGE = Right({"auth.change_user", "auth.change_group"})
OTHER = "auth.view_permission"
HOLDERS: dict[str, Callable[[], Group | User]] = {
    "role": lambda: Group.objects.create(name="Night watch"),
    "account": lambda: User.objects.create_user("bot"),
}


@pytest.fixture(params=HOLDERS)
def holder(request: pytest.FixtureRequest) -> Group | User:
    return HOLDERS[request.param]()


def give(holder: Group | User, *names: str) -> None:
    own = holder.permissions if isinstance(holder, Group) else holder.user_permissions
    for name in names:
        app, codename = name.split(".")
        own.add(Permission.objects.get(content_type__app_label=app, codename=codename))


def test_what_is_wanted_is_there_and_no_other_right(holder: Group | User):
    set_rights(holder, [LOOK], [LOOK, CHANGE])
    assert permissions_of(holder) == LOOK
    set_rights(holder, [CHANGE], [LOOK, CHANGE])
    assert permissions_of(holder) == CHANGE
    set_rights(holder, [], [LOOK, CHANGE])
    assert permissions_of(holder) == set()


def test_what_is_held_in_part_and_what_belongs_to_no_right_is_kept(holder: Group | User):
    give(holder, "auth.change_user", OTHER)
    set_rights(holder, [LOOK], [LOOK, CHANGE])
    assert permissions_of(holder) == {*LOOK, "auth.change_user", OTHER}

"""Who halts and resumes in these tests."""

import pytest
from django.contrib.auth.models import Permission, User
from knox.models import AuthToken

from tests.configuration.conftest import _clean_process, author, manager

__all__ = ["_clean_process", "author", "manager"]


@pytest.fixture
def desk(caller):
    """A caller with the permissions named."""

    def make(*codenames):
        user = User.objects.create_user("desk")
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        who = caller(None)
        who.headers = {"Authorization": f"Token {AuthToken.objects.create(user)[1]}"}
        return who

    return make

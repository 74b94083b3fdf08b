"""Passwords are looked at here and nowhere else."""

import logging
from typing import Any

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from login import counting
from login.domain import site
from login.models import LONGEST_NAME

logger = logging.getLogger(__name__)


class CountedPasswords(BaseBackend):
    """Whoever logs in, or gives his old password for a new one. What people may do is for other backends."""

    _passwords = ModelBackend()

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_: Any
    ) -> User | None:
        """The account. Raises PermissionDenied, after which no other backend is asked, where the password is wrong, and
        TooManyGuesses where it was not even tried."""
        if not username or password is None:
            return None
        account = User.normalize_username(username)
        if len(account) > LONGEST_NAME or "\0" in account:
            raise PermissionDenied  # nobody can have this name, and nothing stores it
        origin = site(request.META.get("REMOTE_ADDR") if request else None)
        counting.admit(account, origin, timezone.now())
        user = self._passwords.authenticate(request, username=account, password=password)
        if user is None:
            logger.warning("wrong_password %s from %s", account, origin)
            raise PermissionDenied
        counting.take_back(account, origin, timezone.now())
        return user

    def get_user(self, user_id: int) -> User | None:
        user: User | None = self._passwords.get_user(user_id)
        return user

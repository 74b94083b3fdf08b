"""The log-in of a laptop installation."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib.auth import get_user_model

from realtime.stack.state import StateDirectory

USERNAME = "admin"


@dataclass(frozen=True, slots=True)
class Login:
    """Who may log in. `password` is None where only the person who changed it knows it."""

    username: str
    password: str | None


def ensure_login(state: StateDirectory, environ: Mapping[str, str]) -> Login:
    """A superuser whose password works: given, or generated at the first start and kept."""
    stored_name, stored_password = state.stored_login() or (USERNAME, None)
    username = environ.get("DJANGO_SUPERUSER_USERNAME") or stored_name
    given = environ.get("DJANGO_SUPERUSER_PASSWORD")
    password = given or (stored_password if username == stored_name else None)
    users = get_user_model()
    user = users.objects.filter(username=username).first()
    if user is None:
        password = password or secrets.token_urlsafe(9)
        users.objects.create_superuser(username, password=password)
    elif given and not user.check_password(given):
        user.set_password(given)
        user.save(update_fields=["password"])
    elif password and not user.check_password(password):
        password = None
    if password and not given:
        state.store_login(username, password)
    return Login(username, password)

"""The application of who comes in: passwords, roles, tokens."""

from django.apps import AppConfig


class LoginConfig(AppConfig):
    name = "login"

    def ready(self) -> None:
        from login import roles  # noqa: F401  # it registers itself

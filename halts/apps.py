"""The halts application."""

from django.apps import AppConfig


class HaltsConfig(AppConfig):
    name = "halts"

    def ready(self) -> None:
        from halts import announcements, elsewhere  # noqa: F401  # they register themselves

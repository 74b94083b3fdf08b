"""The halts application."""

from django.apps import AppConfig


class HaltsConfig(AppConfig):
    name = "halts"

    def ready(self) -> None:
        from halts import elsewhere  # noqa: F401  # it registers itself

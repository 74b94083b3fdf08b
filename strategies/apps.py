"""The strategies application."""

from django.apps import AppConfig


class StrategiesConfig(AppConfig):
    name = "strategies"

    def ready(self) -> None:
        from strategies import halts_elsewhere  # noqa: F401  # it registers itself

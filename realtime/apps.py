"""The realtime application."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        from realtime import checks, configuration_events  # noqa: F401  # they register themselves

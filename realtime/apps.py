"""The realtime application."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"

    def ready(self) -> None:
        from realtime import configuration_events  # noqa: F401  # it registers itself

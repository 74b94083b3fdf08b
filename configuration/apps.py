"""The configuration application."""

from django.apps import AppConfig


class ConfigurationConfig(AppConfig):
    name = "configuration"

    def ready(self) -> None:
        from configuration import announcements, checks  # noqa: F401  # they register themselves

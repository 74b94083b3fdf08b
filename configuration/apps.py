"""The configuration application."""

from django.apps import AppConfig


class ConfigurationConfig(AppConfig):
    name = "configuration"

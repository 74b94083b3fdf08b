"""The halts: a room of the configuration application with tables of its own."""

from django.apps import AppConfig


class HaltsConfig(AppConfig):
    name = "configuration.halts"
    label = "halts"

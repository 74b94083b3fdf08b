"""The realtime application."""

from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    name = "realtime"

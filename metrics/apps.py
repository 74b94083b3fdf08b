"""The metrics application."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"

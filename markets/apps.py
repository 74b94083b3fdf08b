"""The app, whose commands bring market data."""

from django.apps import AppConfig


class MarketsConfig(AppConfig):
    name = "markets"

"""The what-if application."""

from django.apps import AppConfig


class WhatIfConfig(AppConfig):
    name = "what_if"

    def ready(self) -> None:
        from configuration.signals import level_written
        from what_if.records import refer

        level_written.connect(refer, dispatch_uid="what_if")

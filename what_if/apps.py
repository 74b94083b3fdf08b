"""The what-if application."""

from django.apps import AppConfig


class WhatIfConfig(AppConfig):
    name = "what_if"

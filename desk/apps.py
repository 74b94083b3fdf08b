"""The desk application: the admin for risk managers."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "desk"

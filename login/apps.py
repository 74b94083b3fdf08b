"""The application that counts wrong passwords."""

from django.apps import AppConfig


class LoginConfig(AppConfig):
    name = "login"

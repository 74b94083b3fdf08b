"""`manage.py create_demo_users`: the log-in of a laptop's stack."""

import os
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Creates the superuser of the environment, or sets its password."""

    help = "Create the superuser DJANGO_SUPERUSER_USERNAME, or set its password to DJANGO_SUPERUSER_PASSWORD."

    def handle(self, **options: Any) -> None:
        try:
            username = os.environ["DJANGO_SUPERUSER_USERNAME"]
            password = os.environ["DJANGO_SUPERUSER_PASSWORD"]
        except KeyError as missing:
            raise CommandError(f"{missing.args[0]} is not set.") from missing
        user, _ = get_user_model().objects.get_or_create(username=username)
        user.is_staff = user.is_superuser = user.is_active = True
        if not user.check_password(password):
            user.set_password(password)
        user.save()

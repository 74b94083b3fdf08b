"""What commands share that import a document: whose change it is, and what it says."""

import sys
from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.management.base import CommandError

from configuration.plain_yaml import BadDocument


def account(username: str | None) -> AbstractBaseUser | None:
    """The account of this name, None without a name; raises CommandError where there is none."""
    if username is None:
        return None
    users = get_user_model()
    try:
        return users.objects.get_by_natural_key(username)
    except users.DoesNotExist as error:
        raise CommandError(f"There is no account {username}.") from error


def text_of(document: str) -> str:
    """What stands in a file, or in standard input (-); raises OSError, BadDocument."""
    raw = sys.stdin.buffer.read() if document == "-" else Path(document).read_bytes()
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise BadDocument(f"{document} is not UTF-8 text") from error
